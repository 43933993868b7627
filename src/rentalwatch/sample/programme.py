"""The programme of the sample district: rolls, joint actions, sublandlords who leave."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from rentalwatch.sample.agenda import Agenda, Process, days_later, on
from rentalwatch.sample.district import ROOT, Estate, Home
from rentalwatch.sample.squad import Squad
from rentalwatch.sample.telling import Telling

NAME = "three-zeros"
A_PART = 400
"""Homes in one part of a roll."""
HOMES_AN_ACTION = 22
DAYS_BETWEEN = 14
ON_THE_SPOT = 0.5
"""The share of homes of an action in which what was found is gone at its end."""
LEAVES = 0.72
"""The share of sublandlords who leave of their own accord once most of their homes were put right."""
MOSTLY = 0.8
"""The share of its homes that must have been put right before a sublandlord thinks of leaving."""
ELSEWHERE = 0.06
"""The share of those who begin again in another estate."""
NEW_A_MONTH = 1.6
"""Homes of the model estate that are newly let by the room in a month of the programme."""


class Programme:
    """What a programme adds to the daily work. Every method that takes time is a process."""

    def __init__(
        self, agenda: Agenda, telling: Telling, chance: Random, squad: Squad, every: list[Estate]
    ) -> None:
        self.agenda, self.tell, self.chance, self.squad, self.every = (
            agenda,
            telling.tell,
            chance,
            squad,
            every,
        )
        self.merged = telling.merge
        self.actions = 0

    def begins(self, baseline: date) -> None:
        """The programme with its two rolls, frozen on the day before it begins."""
        at = on(baseline - timedelta(days=1), 9)
        goals = ({"figure": "relapses", "at_most": 0}, {"figure": "omitted", "at_most": 0})
        self.tell(
            "programme", NAME, at, of="programme", label="三零样例专项行动", area=ROOT, goals=goals,
            baseline=on(baseline, 0), told=at,
        )  # fmt: skip
        stock = [home.key for estate in self.every for home in estate.let if home.on_roll]
        screening = [home.key for estate in self.every if estate.model for home in estate.homes]
        for roll, homes in (("stock", stock), ("screening", screening)):
            parts = [homes[n : n + A_PART] for n in range(0, len(homes), A_PART)]
            for n, part in enumerate(parts, start=1):
                at += timedelta(minutes=1)
                self.tell(
                    "roll", NAME, at, of="programme", roll=roll, part=n, parts=len(parts),
                    dwellings=tuple(part), told=at,
                )  # fmt: skip

    def joint_actions(self, estate: Estate, first: date, last: date) -> Process:
        """Every two weeks several agencies go through homes of the stock roll together."""
        day = first + timedelta(days=5)
        while day <= last:
            at = on(day, 9)
            yield at
            size = HOMES_AN_ACTION if estate.model else HOMES_AN_ACTION // 6
            homes = [h for h in estate.let if h.on_roll and h.active and not h.handled and not h.rounds][
                :size
            ]
            if homes:
                self._action(estate, homes, at)
            day += timedelta(days=DAYS_BETWEEN)

    def _action(self, estate: Estate, homes: list[Home], at: datetime) -> None:
        self.actions += 1
        name = f"JA-{self.actions:04}"
        agencies = ("urban management", "public security", "housing", "fire service")
        sent = tuple({"agency": a, "role": "joint", "officers": self.chance.randint(2, 6)} for a in agencies)
        self.tell(
            "action", name, at, of="action", action_id=name, area=estate.area,
            participants=sent, partitions_removed=len(homes) * 2, beds_removed=len(homes) * 3,
        )  # fmt: skip
        for n, home in enumerate(homes):
            home.handled = True
            self.agenda.start(self._in_action(home, name, at + timedelta(minutes=8 * n)), at)

    def _in_action(self, home: Home, name: str, at: datetime) -> Process:
        yield at
        visit = self.squad.inspected(home, at, "first", name)
        if self.chance.random() < ON_THE_SPOT:
            findings = self.squad.confirmed(home, at, visit)
            self.squad.put_right(home, at + timedelta(hours=3), findings, visit, name)
        else:
            yield from self.squad.found(home, at, visit)

    def twins(self, first: date) -> Process:
        """Homes that came into the book twice: the second file gets an inspection of its own, until somebody
        looks at the list of possible duplicates and puts the two together."""
        yield on(first + timedelta(days=20), 9)
        for estate in self.every:
            for home in estate.twice:
                at = on(first + timedelta(days=self.chance.randint(20, 60)), 10, self.chance)
                self.tell(
                    "inspection",
                    home.twin,
                    at,
                    inspection_id=f"I-{home.twin}",
                    purpose="first",
                    access="full",
                )
        at = on(first + timedelta(days=100), 15)
        yield at
        for estate in self.every:
            for home in estate.twice:
                at += timedelta(minutes=5)
                self.merged(home.twin, home.key, at)

    def sublandlords(self, first: date, last: date) -> Process:
        """Each week: who has had most of the homes put right, leaves or does not; some begin elsewhere."""
        asked: set[str] = set()
        for estate in self.every:
            for reference in sorted({h.sublandlord for h in estate.let} - {""}):
                self.tell("sublandlord", reference, on(first, 9), of="sublandlord", party=reference,
                          party_kind=self.chance.choice(("individual", "individual", "company")),
                          basis="leases seen", told=on(first, 9))  # fmt: skip
        day = first + timedelta(days=6)
        while day <= last:
            yield on(day, 10)
            for estate in self.every:
                self._leaving(estate, on(day, 10, self.chance), asked)
            day += timedelta(days=7)

    def _leaving(self, estate: Estate, at: datetime, asked: set[str]) -> None:
        homes: dict[str, list[Home]] = {}
        for home in estate.let:
            if home.sublandlord:
                homes.setdefault(home.sublandlord, []).append(home)
        for reference, its in homes.items():
            right = [h for h in its if h.rounds and not h.active]
            if reference in asked or len(right) < MOSTLY * len(its):
                continue
            asked.add(reference)
            if self.chance.random() < LEAVES:
                self.agenda.start(self._leaves(reference, its, estate, at), at)

    def _leaves(self, reference: str, its: list[Home], estate: Estate, at: datetime) -> Process:
        """Gone of their own accord; homes not yet put right are emptied with the others' help."""
        at = days_later(at, self.chance.uniform(3, 30), self.chance)
        yield at
        for home in its:
            home.active = home.active and home.handled
        self.tell(
            "exit", reference, at, of="sublandlord", manner="declared", voluntary=True, area=estate.area
        )
        if self.chance.random() < ELSEWHERE and len(self.every) > 1:
            at = days_later(at, self.chance.uniform(30, 90), self.chance)
            yield at
            other = self.chance.choice([e for e in self.every if e is not estate])
            home = self.chance.choice([h for h in other.homes if not h.active and not h.rounds])
            home.sublandlord, home.active = reference, True
            other.let.append(home)

    def growth(self, estate: Estate, first: date, last: date) -> Process:
        """Now and then another home is let by the room."""
        day = first
        while day <= last:
            yield on(day, 12)
            share = len(estate.homes) / 4_000
            for _ in range(1 if self.chance.random() < NEW_A_MONTH * share * 7 / 30 else 0):
                home = self.chance.choice(estate.homes)
                if not home.active and not home.rounds and not home.sublandlord:
                    home.active = True
                    estate.let.append(home)
            day += timedelta(days=7)
