"""The stays of an estate as columns, and who is in on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rentalwatch.simulation.chance import Draws, Floats, Ids, Ints
from rentalwatch.simulation.district import Estate
from rentalwatch.simulation.kinds import KINDS, NUMBER, Kind
from rentalwatch.simulation.lives import Life, Stay
from rentalwatch.simulation.seasons import away, away_on_a_trip, is_free, week_of

SLOTS = 64
"""Persons of a stay at the most: beds are numbered below it."""
STAYS = 256
"""Stays of a home at the most."""
_LONG = 1 << 24
"""More days than any life has."""

COLUMNS = np.dtype([
    ("home", "i8"), ("begin", "i8"), ("kind", "i8"), ("stay", "i8"), ("persons", "i8"), ("own", "i8"),
    ("shared", "i8"), ("handed_on", "?"), ("ramp", "f8"), ("base", "f8"), ("each", "f8"), ("litres", "f8"),
    ("cooling", "f8"), ("heating", "f8"), ("comes", "f8"), ("calls", "i8"),
])  # fmt: skip
"""One row a stay; `own`: persons with a card of their own; `calls`: customers a day."""

OF_GROUP = np.array([kind.group for kind in KINDS])
OF_OWNERS = np.isin(np.arange(len(KINDS)), [NUMBER[k] for k in ("family", "extended", "shop")])
HAS_GUESTS = np.isin(np.arange(len(KINDS)), [NUMBER[k] for k in ("single", "family", "extended", "sharers")])
SECOND, SHOP, WORKS = NUMBER["second"], NUMBER["shop"], NUMBER["renovation"]

Rows = NDArray[np.void]


def columns(estate: Estate, lives: list[Life]) -> Rows:
    """The stays of an estate, by home and day."""
    rows = [row for life in lives for row in _rows(estate, life)]
    return np.array(rows, dtype=COLUMNS)


def _rows(estate: Estate, life: Life) -> list[tuple[float, ...]]:
    ids = np.array([life.home.number * STAYS + n for n in range(len(life.stays))])
    drawn = Draws("stay", estate.district.seed, estate.number).uniform(ids, 8).tolist()
    return [_row(life, n, stay, u) for n, (stay, u) in enumerate(zip(life.stays, drawn, strict=True))]


def _row(life: Life, n: int, stay: Stay, u: list[float]) -> tuple[float, ...]:
    kind = KINDS[NUMBER[stay.kind]]
    base, each, litres, cooled, comes = (
        least + (most - least) * part
        for (least, most), part in zip(_ranges(kind), u[:5], strict=True)
    )  # fmt: skip
    calls = 8 + int(u[7] * 22) if kind.rhythm == "shop" else 0
    units = max(1.0, cooled * life.home.rooms) if kind.cooled[1] else 0.0
    return (
        life.home.number, stay.begin, NUMBER[stay.kind], n, stay.persons, round(stay.cards * stay.persons),
        stay.shared, stay.handed_on, stay.ramp, base, each, litres, units * (0.35 + 0.65 * u[5]),
        units * 0.9 * u[6], comes, calls,
    )  # fmt: skip


def _ranges(kind: Kind) -> tuple[tuple[float, float], ...]:
    return kind.base, kind.each, kind.litres, kind.cooled, kind.comes


@dataclass(frozen=True)
class Day:
    """A day of an estate. By home: `stays` (rows of `columns`), `inside` (persons who live there and are
    there this day), `guests`. By person there: `home`, `slot`, `bed` (an id of the bed and who has it
    now)."""

    number: int
    date: date
    free: int
    stays: Rows
    inside: Floats
    guests: Ints
    home: Ints
    slot: Ints
    bed: Ids


class Households:
    """Who lives in the homes of an estate, day by day."""

    def __init__(self, estate: Estate, lives: list[Life]) -> None:
        self._estate = estate
        self._all = columns(estate, lives)
        self._order = self._all["home"] * _LONG + self._all["begin"] + _LONG // 2
        self._homes = np.arange(estate.size)

    def on(self, number: int, today: date, *, free: bool) -> Day:
        """The homes on a day, counted from 0."""
        found = np.searchsorted(self._order, self._homes * _LONG + number + _LONG // 2, side="right") - 1
        stays = self._all[found]
        home, slot = self._slots(stays["persons"])
        bed, there = self._beds(stays[home], slot, number)
        absent = self._absent(stays, today)
        there &= ~absent[home] & ~self._went_home(stays[home], bed, today)
        home, slot, bed = home[there], slot[there], bed[there]
        inside = np.bincount(home, minlength=self._estate.size).astype(np.float64)
        return Day(
            number, today, int(free), stays, inside, self._guests(stays, absent, today), home, slot, bed
        )

    def draws(self, *purpose: object) -> Draws:
        """Chance of this estate for a purpose."""
        return Draws(self._estate.district.seed, self._estate.number, *purpose)

    def _slots(self, persons: Ints) -> tuple[Ints, Ints]:
        home = np.repeat(self._homes, persons)
        first = np.repeat(np.cumsum(persons) - persons, persons)
        return home, np.arange(len(home)) - first

    def _beds(self, stays: Rows, slot: Ints, number: int) -> tuple[Ids, NDArray[np.bool_]]:
        """(who has each bed, whether anybody has). In group rentals people come and go; beds fill up
        slowly."""
        place = (stays["home"] * STAYS + stays["stay"]) * SLOTS + slot
        u = self.draws("bed").uniform(place, 3)
        lasts = 25 + 160 * u[:, 0]
        since = number - stays["begin"] + lasts * u[:, 1]
        turn = np.where(OF_GROUP[stays["kind"]], np.floor(since / lasts), 0).astype(np.int64)
        empty = (turn > 0) & (since - turn * lasts < 6 * u[:, 2])
        taken = u[:, 2] < 0.35 + 0.65 * (number - stays["begin"] + 1) / stays["ramp"]
        there = np.where(OF_GROUP[stays["kind"]], taken & ~empty, True)
        return (place * 1024 + turn % 1024).astype(np.uint64), there

    def _absent(self, stays: Rows, today: date) -> NDArray[np.bool_]:
        """Homes that are away as a whole: a trip, a feast; second homes, but for most weekends."""
        ids = stays["home"] * STAYS + stays["stay"]
        trip = away_on_a_trip(today, self.draws("trip", week_of(today)).uniform(ids, 3))
        feast = away(today, "owner", self.draws("feast", today.year).uniform(ids, 3))
        of_owners, group = OF_OWNERS[stays["kind"]], OF_GROUP[stays["kind"]]
        weekend = self.draws("weekend", week_of(today)).one(ids) < (0.6 if today.weekday() >= 4 else 0.03)
        absent: NDArray[np.bool_] = ~group & (trip | (of_owners & feast))
        if is_free(today):
            absent = absent | (stays["kind"] == WORKS)
        away_now: NDArray[np.bool_] = np.where(stays["kind"] == SECOND, ~weekend, absent)
        return away_now

    def _went_home(self, stays: Rows, bed: Ids, today: date) -> NDArray[np.bool_]:
        """Persons who left for a feast by themselves."""
        u = self.draws("leave", today.year).uniform(bed, 3)
        group, of_owners = OF_GROUP[stays["kind"]], OF_OWNERS[stays["kind"]]
        left: NDArray[np.bool_] = (
            np.where(group, away(today, "group", u), away(today, "tenant", u)) & ~of_owners
        )
        return left

    def _guests(self, stays: Rows, absent: NDArray[np.bool_], today: date) -> Ints:
        """Guests of a home: now and then for a few days, more at Spring Festival."""
        u = self.draws("guests", week_of(today)).uniform(stays["home"], 3)
        feast = today.month in (1, 2) and bool(away(today, "group", np.array([[0.0, 0.0, 0.0]]))[0])
        begin = np.floor(u[:, 1] * 6)
        staying = (today.weekday() >= begin) & (today.weekday() <= begin + 1)
        come = (u[:, 0] < (0.3 if feast else 0.05)) & staying & HAS_GUESTS[stays["kind"]] & ~absent
        return np.where(come, 1 + np.floor(u[:, 2] * 3.5), 0).astype(np.int64)
