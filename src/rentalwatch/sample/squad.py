"""The squad: what becomes of a home that somebody pointed at."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from rentalwatch.domain.events import Finding
from rentalwatch.sample.agenda import Agenda, Process, days_later
from rentalwatch.sample.district import Estate, Home
from rentalwatch.sample.telling import Telling

GETS_IN = 0.82
"""The share of visits that get in; half of the others are repeated out of office hours."""
SEES_ALL = 0.93
"""The share of inspections with full access."""
ON_TIME = 0.9
"""The share of visits within the on-site clock."""
CLAIMS = 0.75
"""The share of homes whose sublandlord claims that it was put right."""
REALLY = 0.86
"""The share of re-inspections that find it put right."""
CHECKED_ON_TIME = 0.9
REVISITS_ON_TIME = 0.88
RELAPSES = 0.09
"""The share of homes put right that are let by the room again."""
CASES = 0.3
"""The share of confirmed homes for which a penalty case is filed."""
DEPARTS = 0.32
"""The share of homes put right of which somebody noted who left, and how many."""
OFFICERS = ("310-0117", "310-0118", "310-0123", "310-0131", "310-0140")


class Squad:
    """Inspects, orders, checks and comes again. Every method that takes time is a process."""

    def __init__(self, agenda: Agenda, telling: Telling, chance: Random) -> None:
        self.agenda, self.tell, self.chance = agenda, telling.tell, chance
        self.visits = self.cases = 0

    def sent(self, home: Home, estate: Estate, ticket: str, channel: str, at: datetime) -> Process:
        """Dispatched to a home because of a lead: gets in, sooner or later, and finds what there is."""
        if home.handled:
            return
        home.handled = True
        self.tell("dispatch", home.key, at, ticket=ticket, channel=channel, unit=f"squad {estate.area[7:10]}")
        late = self.chance.random() > ON_TIME
        at = days_later(at, self.chance.uniform(3, 9) if late else self.chance.uniform(0.1, 1.2), self.chance)
        yield at
        for attempt in range(4):
            if self.chance.random() < GETS_IN or attempt == 3:
                break
            self._failed(home, at, attempt)
            at = days_later(at, self.chance.uniform(0.4, 2), self.chance, office=attempt % 2 == 1)
            yield at
        visit = self.inspected(home, at, "first")
        if not home.active:
            home.handled = False
            return
        yield from self.found(home, at, visit)

    def _failed(self, home: Home, at: datetime, attempt: int) -> None:
        reason = self.chance.choice(("nobody", "nobody", "refused", "locked"))
        self.tell("visit", home.key, at, reason=reason, outside_office_hours=at.hour > 17 or at.hour < 8)
        if attempt:
            self.tell("assistance", home.key, at + timedelta(hours=1), agency="public security")

    def inspected(self, home: Home, at: datetime, purpose: str, action: str = "") -> str:
        """Got in; returns the id of the inspection."""
        self.visits += 1
        visit = f"I-{self.visits}"
        crowd = home.rooms + 3 if home.active else home.rooms
        persons = [self.chance.randint(1, 3 if home.active else 1) for _ in range(crowd)]
        rooms = tuple(
            {
                "label": chr(65 + n % 26),
                "beds": p,
                "persons": p,
                "usable_m2": round(self.chance.uniform(6, 14), 1),
            }
            for n, p in enumerate(persons)
        )
        officers = tuple(self.chance.sample(OFFICERS, 1 if self.chance.random() < 0.01 else 2))
        full = purpose != "first" or self.chance.random() < SEES_ALL
        self.tell(
            "inspection", home.key, at, inspection_id=visit, purpose=purpose, officers=officers, rooms=rooms,
            access="full" if full else "partial", locked_rooms=0 if full else 1, action_id=action,
        )  # fmt: skip
        return visit

    def found(self, home: Home, at: datetime, visit: str) -> Process:
        """Confirmed, ordered, claimed or not, checked until it is put right; then watched."""
        findings = self.confirmed(home, at, visit)
        at += timedelta(minutes=40)
        self.tell("notice", home.key, at, findings=findings, number=f"N-{visit}", manner="in person")
        self._case(home, at)
        while True:
            if self.chance.random() < CLAIMS:
                at = days_later(at, self.chance.uniform(2, 7), self.chance, office=False)
                yield at
                self.tell("claim", home.key, at, findings=findings)
                wait = (0.3, 2.5) if self.chance.random() < CHECKED_ON_TIME else (4, 15)
            else:
                wait = (8, 14)
            at = days_later(at, self.chance.uniform(*wait), self.chance)
            yield at
            visit = self.inspected(home, at, "re_inspection")
            at += timedelta(minutes=30)
            if self.chance.random() < REALLY:
                break
            findings = self._again(home, at, visit, findings)
        self.put_right(home, at, findings, visit)

    def confirmed(self, home: Home, at: datetime, visit: str) -> tuple[Finding, ...]:
        """What is confirmed on an inspection."""
        grounds = self.chance.sample(("partition", "headcount", "non_living_space", "bed_letting"), 2)
        places = ("living-room", "kitchen", "balcony", "bedroom")
        keys = self.chance.sample(places, self.chance.randint(1, 2))
        home.rounds += 1
        findings = tuple(
            Finding(ground=g, key=f"{home.rounds}-{k}") for g, k in zip(grounds, keys, strict=False)
        )
        onset = "2025-03-01" if home.onset_known and home.rounds == 1 else None
        if home.sublandlord and home.rounds == 1:
            self.tell(
                "party", home.key, at, party=home.sublandlord, role="sublandlord", basis="lease shown",
                certainty="documented",
            )  # fmt: skip
        self.tell(
            "confirmation", home.key, at + timedelta(minutes=20), findings=findings, inspection_id=visit,
            onset_on=onset, letting_form=self.chance.choice(("partition", "beds")),
            responsible_party=home.sublandlord or home.owner,
        )  # fmt: skip
        return findings

    def _again(
        self, home: Home, at: datetime, visit: str, findings: tuple[Finding, ...]
    ) -> tuple[Finding, ...]:
        """Not put right: what is still there is rejected, and now and then more is found."""
        self.tell("rejection", home.key, at, findings=findings, basis="re_inspection", reason="still_there")
        if self.chance.random() < 0.4:
            further = Finding(ground="partition", key=f"{home.rounds}-{visit}")
            self.tell("confirmation", home.key, at, findings=(further,), inspection_id=visit)
            self.tell("notice", home.key, at, findings=(further,), number=f"N-{visit}")
            findings = (*findings, further)
        return findings

    def put_right(
        self, home: Home, at: datetime, findings: tuple[Finding, ...], visit: str, action: str = ""
    ) -> None:
        """Verified; somebody may have noted who left. From here the home is watched."""
        self.tell(
            "verification", home.key, at, findings=findings, inspection_id=visit, action_id=action,
            basis="on_site" if action else "re_inspection",
        )  # fmt: skip
        if self.chance.random() < DEPARTS:
            persons = self.chance.randint(2, 6)
            self.tell(
                "departure", home.key, at, persons=persons, voluntary=self.chance.random() < 0.8,
                destination=self.chance.choice(("formal_rental", "relatives", "unknown")), action_id=action,
            )  # fmt: skip
        home.active = home.handled = False
        self.agenda.start(self._watched(home, at, home.rounds), days_later(at, 2, self.chance))
        if self.chance.random() < RELAPSES:
            self.agenda.start(self._lets_again(home), at + timedelta(days=self.chance.uniform(15, 160)))

    def _lets_again(self, home: Home) -> Process:
        home.active = True
        return
        yield  # a process that ends at once

    def _watched(self, home: Home, at: datetime, nth: int) -> Process:
        """Unannounced revisits: after days, then monthly; the watch ends when its plan is fulfilled."""
        begun, clean = at, 0
        at = days_later(at, 2.5, self.chance)
        yield at
        while home.rounds == nth:
            if home.handled:  # the squad is at it already, because of a lead
                at = days_later(at, 4, self.chance)
                yield at
                continue
            visit = self.inspected(home, at, "revisit")
            if home.active:
                home.handled = True
                yield from self.found(home, at, visit)
                return
            clean += 1
            if clean >= 4 and at - begun >= timedelta(days=182):
                self.tell("release", home.key, at + timedelta(hours=2), reason="plan_fulfilled")
                return
            late = self.chance.random() > REVISITS_ON_TIME
            at = days_later(
                at, self.chance.uniform(32, 50) if late else self.chance.uniform(22, 27), self.chance
            )
            yield at

    def _case(self, home: Home, at: datetime) -> None:
        if self.chance.random() < CASES:
            self.cases += 1
            self.agenda.start(self._penalty(home, f"P-{self.cases:05}", at), at + timedelta(days=1))

    def _penalty(self, home: Home, number: str, acted: datetime) -> Process:
        """A case from filing to payment; now and then a step is left out or late, and that is on record."""
        tell, at = self.tell, days_later(acted, 2, self.chance)
        yield at
        party, firm = home.sublandlord or home.owner, self.chance.random() < 0.25
        tell(
            "case", number, at, number=number, dwelling=home.key, party=party, ground="partition",
            party_kind="company" if firm else "individual", acted_on=acted.date().isoformat(),
            told=at + timedelta(hours=1),
        )  # fmt: skip
        at = days_later(at, 10, self.chance)
        yield at
        amount = self.chance.choice((10_000, 10_000, 15_000, 20_000))
        tell("notification", number, at, intended_rmb=amount, hearing_offered=amount >= 20_000)
        if self.chance.random() < 0.97:
            tell("defence", number, at + timedelta(days=4), made=self.chance.random() < 0.5)
        at = days_later(at, 12, self.chance)
        yield at
        tell("legal_review", number, at, agreed=True)
        at = days_later(at, self.chance.choice((5, 5, 5, 90)), self.chance)
        yield at
        regime, article = ("R2", "52") if acted.date().isoformat() < "2025-11-27" else ("R4", "53")
        tell(
            "decision", number, at, number=f"D{number[1:]}", regime=regime, article=article, tier="at_once",
            range_from_rmb=10_000, range_to_rmb=50_000, amount_rmb=amount,
        )  # fmt: skip
        at = days_later(at, self.chance.choice((3, 3, 3, 15)), self.chance)
        yield at
        tell("service", number, at, manner="in person")
        at = days_later(at, 12, self.chance)
        yield at
        tell("payment", number, at, amount_rmb=amount)
