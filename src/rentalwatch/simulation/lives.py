"""What happens in a home: who moves in, who lets it by the room, what the squad finds and what comes back.

`life(home)` tells it from long before the first day on. The squad in it finds homes by what neighbours say
and by going round, never by a signal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from rentalwatch.simulation.district import Home
from rentalwatch.simulation.kinds import GROUP, KINDS, NUMBER

LONG_AGO = -4_000
"""The day from which on lives are told, long before the first."""
STOCK, TREATED = 0.05, 0.03
"""Shares of homes: let by the room on the first day; put right in the half year before it."""
TURNS = 0.11
"""The share of changes of tenants after which a home is let by the room, before the estate's own factor."""
FOUND, FOUND_AGAIN = 140.0, 90.0
"""Days until the squad confirms, on average: a first time, and while under watch."""
GOES_BY_ITSELF = 420.0
"""Days until a sublandlord gives up unfound, on average."""
RELAPSES = 0.4
"""The share of homes put right that are let by the room again within four months or so."""
SAME_OPERATOR = 0.7
RELEASED_AFTER = (185, 260)
"""Days from being put right to the end of the watch."""
ORDINARY = {
    "single": 0.22, "family": 0.36, "extended": 0.10, "sharers": 0.10, "night": 0.04, "shop": 0.04,
    "empty": 0.09, "second": 0.05,
}  # fmt: skip
"""How homes are lived in that are not let by the room."""
TENANTS = {"single": 0.5, "family": 0.25, "sharers": 0.19, "night": 0.06}
STAYS_FOR_YEARS = {"single": 0.2, "family": 0.75, "extended": 0.95, "shop": 0.7, "empty": 0.8, "second": 0.95}
"""The share of homes of a kind in which nobody moves within the years told."""
FORMS = {"beds": 0.25, "hostel": 0.17, "partition": 0.4, "dormitory": 0.18}
"""How group rentals are let."""

PERSONS = {
    "single": (1, 1, 2, 2), "family": (3, 3, 3, 4), "extended": (5, 6, 6, 7), "night": (1, 2),
    "shop": (1, 2, 2), "second": (2, 3), "renovation": (3, 4, 5, 6),
}  # fmt: skip
"""How many live in a home, each as likely as the others; sharers are one or two a room."""
CROWDED = {"beds": (8, 8, 4), "hostel": (8, 8, 4), "partition": (6, 7, 2), "dormitory": (6, 8, 3)}
"""Beds of a group rental: the least, and the most for a home without rooms and for each room more. Always
more than two a designed room."""


@dataclass(frozen=True)
class Stay:
    """Who lives in a home from a day until another. `cards`: the share with a card of their own; `shared`:
    cards that the others hand round; `handed_on`: the next tenant of a bed gets the card of the last; `ramp`:
    days until all beds are taken; `operator`: who lets it by the room, a number within the home."""

    begin: int
    until: int
    kind: str
    persons: int
    cards: float = 1.0
    shared: int = 1
    handed_on: bool = False
    ramp: int = 1
    operator: int = 0
    relapse: bool = False

    @property
    def group(self) -> bool:
        """Whether it is group rental."""
        return self.kind in GROUP


@dataclass
class Life:
    """A home through the time told. Days are numbers from the first day on, and may be negative."""

    home: Home
    stays: list[Stay] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    rectified: list[int] = field(default_factory=list)
    released: list[int] = field(default_factory=list)


def life(home: Home) -> Life:
    """What happens in a home."""
    return _Telling(home).told()


class _Telling:
    def __init__(self, home: Home) -> None:
        district = home.estate.district
        self._chance = Random(f"life/{district.seed}/{home.estate.number}/{home.number}")
        self._life, self._home = Life(home), home
        self._end, self._operators = district.days, 0

    def told(self) -> Life:
        chance, factor = self._chance, self._home.estate.letting
        drawn = chance.random() / factor
        if drawn < STOCK:
            self._ordinary(LONG_AGO, begin := -round(chance.uniform(20, 700)), "empty")
            self._group(begin)
        elif drawn < STOCK + TREATED:
            self._put_right_before()
        else:
            kind = chance.choices([*ORDINARY], [*ORDINARY.values()])[0]
            self._ordinary(LONG_AGO, self._leaves(kind), kind)
        while (day := self._life.stays[-1].until) < self._end:
            self._changes(day)
        return self._life

    def _put_right_before(self) -> None:
        begin = -round(self._chance.uniform(250, 500))
        self._ordinary(LONG_AGO, begin, "family")
        self._group(begin, found=-round(self._chance.uniform(10, 170)))

    def _leaves(self, kind: str, day: int = 0) -> int:
        """When they move out who moved in on a day, or are there on the first."""
        if self._chance.random() < STAYS_FOR_YEARS.get(kind, 0.0):
            return max(self._end, day) + 10_000
        return day + round(self._chance.uniform(25, 700) if day <= 0 else self._chance.uniform(120, 800))

    def _changes(self, day: int) -> None:
        """Somebody has moved out: the home stands vacant, may be done up, and somebody moves in."""
        chance, last = self._chance, self._life.stays[-1]
        if last.group and self._life.rectified and self._life.rectified[-1] >= last.until:
            self._after_rectification(last)
            return
        day = self._ordinary(day, day + chance.randint(2, 30), "vacant")
        if chance.random() < 0.15:
            day = self._ordinary(day, day + chance.randint(12, 50), "renovation")
        if chance.random() < TURNS * self._home.estate.letting:
            self._works_and_group(day)
            return
        kind = chance.choices([*TENANTS], [*TENANTS.values()])[0]
        self._ordinary(day, self._leaves(kind, max(day, 1)), kind)

    def _after_rectification(self, last: Stay) -> None:
        """It comes back weeks later, or it does not."""
        chance = self._chance
        relapses = chance.random() < RELAPSES
        quiet = round(min(160.0, 10 + chance.expovariate(1 / 40))) if relapses else 10_000
        back = self._life.rectified[-1] + quiet
        day = self._ordinary(last.until, min(back, last.until + chance.randint(3, 60)), "vacant")
        if day < back:
            kind = chance.choices(("single", "family", "sharers"), (0.35, 0.35, 0.3))[0]
            day = self._ordinary(day, back if relapses else self._leaves(kind, max(day, 1)), kind)
        if relapses:
            self._release(back)
            same = chance.random() < SAME_OPERATOR
            self._group(day, relapse=True, before=last if same else None)
        else:
            self._release(None)

    def _release(self, relapse: int | None) -> None:
        day = self._life.rectified[-1] + self._chance.randint(*RELEASED_AFTER)
        if relapse is None or day < relapse:
            self._life.released.append(day)

    def _ordinary(self, begin: int, until: int, kind: str) -> int:
        """Adds a stay that is not group rental; returns the day on which it ends."""
        persons = _persons(kind, self._home.rooms, self._chance)
        if kind == "extended" and self._home.rooms == 1:
            kind, persons = "family", 3
        own = KINDS[NUMBER[kind]].own
        until = max(until, begin + 1)
        self._life.stays.append(Stay(begin, until, kind, persons, cards=self._chance.uniform(*own)))
        return until

    def _works_and_group(self, day: int) -> None:
        if self._chance.random() < 0.5:
            day = self._ordinary(day, day + self._chance.randint(4, 14), "renovation")
        self._group(day)

    def _group(
        self, begin: int, *, found: int | None = None, relapse: bool = False, before: Stay | None = None
    ) -> None:
        """Adds a stay of group rental, and what the squad does about it."""
        chance = self._chance
        if before is None:
            self._operators += 1
        form = before.kind if before else chance.choices([*FORMS], [*FORMS.values()])[0]
        persons = _persons(form, self._home.rooms, chance)
        if before:
            persons = max(6, 2 * self._home.rooms + 1, round(before.persons * chance.uniform(0.6, 1.1)))
        cards, shared = _cards(chance) if before is None else (before.cards, before.shared)
        gone = max(begin, 0) + 20 + round(chance.expovariate(1 / GOES_BY_ITSELF))
        if found is None:
            found = max(begin, 0) + 5 + round(chance.expovariate(1 / (FOUND_AGAIN if relapse else FOUND)))
        if found < gone or found < 0:
            gone = found + chance.randint(1, 14)
            self._life.confirmed.append(found)
            self._life.rectified.append(gone + chance.randint(0, 9))
        self._life.stays.append(
            Stay(
                begin,
                gone,
                form,
                persons,
                cards,
                shared,
                handed_on=chance.random() < 0.5,
                ramp=chance.randint(5, 45),
                operator=self._operators,
                relapse=relapse,
            )
        )


def _persons(kind: str, rooms: int, chance: Random) -> int:
    """How many live there."""
    if kind in CROWDED:
        least, more, a_room = CROWDED[kind]
        return chance.randint(max(least, 2 * rooms + 1), more + a_room * rooms)
    return chance.choice((rooms, 2 * rooms, 2 * rooms) if kind == "sharers" else PERSONS.get(kind, (0,)))


def _cards(chance: Random) -> tuple[float, int]:
    """(share with a card of their own, cards that are handed round) of a group rental: most have their own;
    some half; some pass one or two round."""
    drawn = chance.random()
    if drawn < 0.55:
        return chance.uniform(0.8, 1.0), 1
    if drawn < 0.78:
        return chance.uniform(0.35, 0.6), chance.choice((1, 2))
    return chance.uniform(0.0, 0.15), chance.choice((1, 1, 2))
