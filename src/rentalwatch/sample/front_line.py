"""Who points at homes: residents who call, patrols, property managers, committees, alerts of a platform."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from rentalwatch.sample.agenda import Agenda, Process, days_later, how_many, on
from rentalwatch.sample.district import Estate, Home
from rentalwatch.sample.squad import Squad
from rentalwatch.sample.telling import Telling

CALLS_A_DAY = 0.011
"""Complaints that a home let by the room brings about a day, before anybody expects an answer."""
CALLS_OF_OTHERS = 0.00013
"""Complaints about homes in which nothing is found, a home of the estate and day."""
POLICE_A_DAY, POLICE_OF_OTHERS = 0.0078, 0.001
"""Police calls about a home let by the room, and about any other home, a day (all calls of the estate)."""
WITHOUT_ROOM = 0.25
"""The share of calls that name a building and no room."""
PATROLLED_A_WEEK = 25
"""Homes of the model estate that a patrol looks at in a week; of others in proportion."""
REPORTS_ON_TIME = 0.9


class FrontLine:
    """Points at homes. Every method that takes time is a process."""

    def __init__(self, agenda: Agenda, telling: Telling, chance: Random, squad: Squad) -> None:
        self.agenda, self.tell, self.chance, self.squad = agenda, telling.tell, chance, squad
        self.tickets = 0

    def lives_in(self, estate: Estate, first: date, last: date) -> Process:
        """A day of the estate after the other: calls; patrols each week; figures and reports each month."""
        day, complaints, police = first, 0, 0
        while day <= last:
            yield on(day, 8)
            active = [home for home in estate.let if home.active]
            calls = how_many(CALLS_A_DAY * len(active), self.chance)
            false = how_many(CALLS_OF_OTHERS * len(estate.homes), self.chance)
            for n in range(calls + false):
                self._call(estate, self.chance.choice(active if n < calls else estate.homes), day)
            complaints += calls + false
            police += how_many(POLICE_A_DAY * len(active) + POLICE_OF_OTHERS * len(estate.homes), self.chance)
            if day.weekday() == 2:
                self._patrol(estate, day)
            day += timedelta(days=1)
            if day.day == 1:
                self.month_ends(estate, day, complaints, police)
                complaints = police = 0

    def month_ends(self, estate: Estate, day: date, complaints: int, police: int) -> None:
        """Figures of the month before `day`, the list of rectified homes, the manager's report on it."""
        month = (day - timedelta(days=1)).isoformat()[:7]
        at = on(day + timedelta(days=2), 10, self.chance)
        satisfaction = round(
            58 + 30 * (1 - len([h for h in estate.let if h.active]) / max(1, len(estate.let))), 1
        )
        self.tell(
            "estate_figures", estate.key, at, of="estate", month=month, complaints=complaints,
            police_calls=police, satisfaction=satisfaction,
        )  # fmt: skip
        listed = tuple(home.key for home in estate.let if home.rounds and not home.handled)[:400]
        if not listed:
            return
        self.tell("rectified_list", estate.key, at, of="estate", month=day.isoformat()[:7], dwellings=listed)
        self.agenda.start(self._report(estate, month), on(day + timedelta(days=5), 10))

    def _report(self, estate: Estate, month: str) -> Process:
        late = self.chance.random() > REPORTS_ON_TIME
        at = on(date.fromisoformat(f"{month}-28") + timedelta(days=16 if late else 9), 15, self.chance)
        if late:
            chased = on(date.fromisoformat(f"{month}-28") + timedelta(days=14), 9)
            self.tell("chaser", estate.key, chased, of="estate", month=month, to=estate.manager)
            if self.chance.random() < 0.3:
                return
        yield at
        again = [h for h in estate.let if h.rounds and h.active and not h.handled]
        found = [h for h in again if self.chance.random() < 0.5]
        self.tell(
            "monthly_report", estate.key, at, of="estate", month=month, party=estate.manager,
            result="relapse_found" if found else "zero", relapses=len(found),
        )  # fmt: skip
        for home in found:
            self._lead(home, estate, "property_manager", at)

    def _call(self, estate: Estate, home: Home, day: date) -> None:
        at = on(day, self.chance.triangular(8, 23.4, 20), self.chance)
        if self.chance.random() > WITHOUT_ROOM:
            self._lead(home, estate, "12345", at)
            return
        self.tickets += 1
        ticket = f"12345-{self.tickets:06}"
        building = home.label.split()[-1].partition("号")[0]
        self.tell("lead", estate.key, at, of="estate", ticket=ticket, channel="12345", building=building)
        if self.chance.random() < 0.8:
            self.agenda.start(self._located(home, estate, ticket, at), days_later(at, 1, self.chance))

    def _located(self, home: Home, estate: Estate, ticket: str, reported: datetime) -> Process:
        at = days_later(reported, self.chance.uniform(0.5, 3), self.chance)
        yield at
        self.tell(
            "location",
            estate.key,
            at,
            ticket=ticket,
            channel="12345",
            dwelling=home.key,
            reported_at=reported,
        )
        yield from self.squad.sent(home, estate, ticket, "12345", at + timedelta(hours=1))

    def _lead(self, home: Home, estate: Estate, channel: str, at: datetime) -> None:
        self.tickets += 1
        ticket = f"{channel}-{self.tickets:06}"
        self.tell("lead", home.key, at, of="dwelling", ticket=ticket, channel=channel)
        self.agenda.start(
            self.squad.sent(home, estate, ticket, channel, at + timedelta(hours=2)), at + timedelta(hours=2)
        )
        if channel == "12345":
            answered = days_later(at, self.chance.uniform(2, 6), self.chance)
            self.tell("answer", home.key, answered, of="dwelling", ticket=ticket, channel=channel,
                      outcome="squad sent")  # fmt: skip

    def _patrol(self, estate: Estate, day: date) -> None:
        """Homes put right come first; then any home."""
        wanted = round(PATROLLED_A_WEEK * len(estate.homes) / 4_000)
        treated = [h for h in estate.let if h.rounds and not h.handled]
        homes = self.chance.sample(treated, min(len(treated), wanted // 5))
        homes += self.chance.sample(estate.homes, max(0, wanted - len(homes)))
        for home in {h.key: h for h in homes}.values():
            at = on(day, self.chance.uniform(9, 17), self.chance)
            suspicious = home.active and self.chance.random() < 0.5
            self.tell(
                "patrol", home.key, at, seen="suspicious" if suspicious else "nothing", channel="patrol"
            )
            if suspicious and not home.handled:
                self._lead(home, estate, "patrol", at)

    def platform(self, estate: Estate, first: date, last: date) -> Process:
        """The platform's alerts: mostly on homes let by the room again, some on large families."""
        day = first
        while day <= last:
            yield on(day, 11)
            again = [h for h in estate.let if h.active and h.rounds and not h.handled]
            for home in again:
                if self.chance.random() < 0.35:
                    self._alert(home, estate, on(day, 11, self.chance), "relapse_alert", "card_passes_back")
            if estate.model and self.chance.random() < 0.3:
                family = self.chance.choice(estate.homes)
                if not family.active and not family.handled:
                    self._alert(family, estate, on(day, 12, self.chance), "alert", "distinct_cards")
            day += timedelta(days=7)

    def _alert(self, home: Home, estate: Estate, at: datetime, kind: str, rule: str) -> None:
        self.tickets += 1
        self.tell(
            kind, home.key, at, rule=rule, rule_version="sample", reasons=("generated",),
            due=at + timedelta(hours=24), channel="platform",
        )  # fmt: skip
        self._lead(home, estate, "platform", at + timedelta(hours=3))
        if not home.active:
            self.agenda.start(self._family(home, at), days_later(at, 4, self.chance))

    def _family(self, home: Home, at: datetime) -> Process:
        """Nothing was found but a large family: its home is exempt from rules for a year."""
        at = days_later(at, 5, self.chance)
        yield at
        self.tell("exemption", home.key, at, cause="family", basis="赡养", until=at + timedelta(days=365))
