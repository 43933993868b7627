"""Gate passes 门禁通行: how many, of how many cards, how often one card, how many at night.

A pass is a number: home (15 bits), card (31), second of the day (17), whether out (1). A day is the set of
them, so that a pass that comes twice counts once and no order matters.

While keys of card hashes rotate, passes are sent under the old key and the new one for seven days. Everything
is counted for each key by itself, and the greatest holds: in every window of seven days one key knows all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.batches import CARD_BITS
from rentalwatch.signals.columns import Floats, Homes, Ints, Mask, Packed
from rentalwatch.signals.history import HOURS, History
from rentalwatch.signals.packed import EMPTY, PackedSet, of_homes, unique, within
from rentalwatch.signals.snapshot import Saved, below, day_and_key, under

OFTEN = 10
"""A card that passes more often than this on a day passes often (a rule of a platform in the district)."""
NIGHT_ENDS = 5 * 3600
WINDOW_DAYS = 7

SECOND_BITS = 17
"""A day of 25 hours has 90,000 seconds."""
PAIR_SHIFT = SECOND_BITS + 1
HOME_SHIFT = CARD_BITS + PAIR_SHIFT

Key = tuple[int, str]
"""A day, and the key of the card hashes."""


def packed(home: Ints, card: Packed, second: Ints, out: Mask | None) -> Packed:
    """Passes as numbers, [n]."""
    number = home.astype(np.uint64) << np.uint64(HOME_SHIFT)
    number |= card << np.uint64(PAIR_SHIFT)
    number |= second.astype(np.uint64) << np.uint64(1)
    return number if out is None else number | out.astype(np.uint64)


class Counts(NamedTuple):
    """Of a day: for each home [m], and the pairs of home and card that passed at all, or often."""

    passes: Ints
    cards: Ints
    most: Ints
    night: Ints
    pairs: Packed
    often: Packed


def count(day: Packed, homes: Homes) -> Counts:
    """What a day's passes of some homes come to; `day` is sorted and holds no others'."""
    m = homes.size
    place = np.searchsorted(homes, (day >> np.uint64(HOME_SHIFT)).astype(np.intp))
    of_card = day >> np.uint64(PAIR_SHIFT)
    begins = np.flatnonzero(np.diff(of_card, prepend=of_card[:1] + np.uint64(1)))
    times = np.diff(begins, append=day.size)
    pairs, owner = of_card[begins], place[begins]
    second = (day >> np.uint64(1)) & np.uint64(2**SECOND_BITS - 1)
    night = (second < NIGHT_ENDS) & ((day & np.uint64(1)) == 0)
    most = np.zeros(m, dtype=np.int64)
    np.maximum.at(most, owner, times)
    return Counts(
        np.bincount(place, minlength=m),
        np.bincount(owner, minlength=m),
        most,
        np.bincount(place[night], minlength=m),
        pairs,
        pairs[times > OFTEN],
    )


class Runs(NamedTuple):
    """On how many days running up to some day each pair of home and card passed often."""

    pairs: Packed
    days: Ints

    def next_day(self, often: Packed) -> Runs:
        """One day later."""
        before = within(often, self.pairs)
        days = np.ones(often.size, dtype=np.int64)
        if before.any():
            days[before] += self.days[np.searchsorted(self.pairs, often[before])]
        return Runs(often, days)

    def of_homes(self, homes: Homes) -> Runs:
        pairs = of_homes(self.pairs, homes, CARD_BITS)
        return Runs(pairs, self.days[np.searchsorted(self.pairs, pairs)])


NO_RUNS = Runs(EMPTY, np.zeros(0, dtype=np.int64))


class Passes:
    """What is kept of an estate's gate passes: open days whole; of closed ones which cards passed in the last
    week, which pass often, and each home's passes a day."""

    def __init__(self, n: int = 0) -> None:
        self.open: dict[Key, PackedSet] = {}
        self.pairs: dict[Key, Packed] = {}
        self.runs: dict[str, Runs] = {}
        """Key → runs up to the last closed day."""
        self.closed = 0
        self.history = History(n)

    def take(self, key_id: str, day: Ints, numbers: Packed) -> int:
        """Takes passes in; says how many were new."""
        new = 0
        for one in np.unique(day):
            of_day = self.open.setdefault((int(one), key_id), PackedSet())
            new += of_day.add(numbers[day == one])
        return new

    def days(self) -> set[int]:
        """The open days that have passes."""
        return {day for day, _ in self.open}

    def active(self, day: int, homes: Homes) -> Mask:
        """Which of some homes have a pass on an open day, [m]."""
        found = np.zeros(homes.size, dtype=np.bool_)
        for (of_day, _), passes in self.open.items():
            if of_day == day:
                theirs = passes.of_homes(homes, HOME_SHIFT) >> np.uint64(HOME_SHIFT)
                found[np.searchsorted(homes, theirs.astype(np.intp))] = True
        return found

    def features(self, day: int, homes: Homes) -> dict[str, NDArray[np.generic]]:
        """The figures of some homes on an open day that only grow while it runs, [m] each."""
        found = [self._of_key(day, key, homes) for key in sorted(self._keys(day))]
        names = ("passes", "distinct_cards", "most_passes", "night_entries", "distinct_cards_7d", "often_run")
        if not found:
            return {name: np.zeros(homes.size, dtype=np.int64) for name in names}
        return {name: np.max([one[nth] for one in found], axis=0) for nth, name in enumerate(names)}

    def close(self, day: int, homes: Homes) -> Floats:
        """Ends the earliest open day: what is kept of it takes the place of its passes. `homes` are all
        homes. Gives each home's passes in the week as a multiple of the level before it was put right."""
        most = np.zeros(homes.size, dtype=np.int64)
        runs = {}
        for key in sorted(key for of_day, key in self.open if of_day == day):
            counts = count(self.open.pop((day, key)).whole(), homes)
            self.pairs[day, key] = counts.pairs
            runs[key] = self.runs.get(key, NO_RUNS).next_day(counts.often)
            most = np.maximum(most, counts.passes)
        self.runs = {key: run for key, run in runs.items() if run.pairs.size}
        self.pairs = {key: pairs for key, pairs in self.pairs.items() if key[0] > day - WINDOW_DAYS + 1}
        self.closed = day
        self.history.put(day, most.astype(np.float64), HOURS if runs else 0)
        return self.history.to_before(day)

    def saved(self) -> Saved:
        """All of it, as arrays under names."""
        return {
            **{f"open/{day}/{key}": passes.whole() for (day, key), passes in self.open.items()},
            **{f"pairs/{day}/{key}": pairs for (day, key), pairs in self.pairs.items()},
            **{f"runs/{key}/pairs": runs.pairs for key, runs in self.runs.items()},
            **{f"runs/{key}/days": runs.days for key, runs in self.runs.items()},
            "closed": np.array([self.closed]),
            **under("history", self.history.saved()),
        }

    @classmethod
    def restored(cls, saved: Saved) -> Passes:
        """The inverse of `saved`."""
        found = cls()
        found.open = {day_and_key(name): PackedSet(of) for name, of in below("open", saved).items()}
        found.pairs = {day_and_key(name): of for name, of in below("pairs", saved).items()}
        runs = below("runs", saved)
        keys = {name.rpartition("/")[0] for name in runs}
        found.runs = {key: Runs(runs[f"{key}/pairs"], runs[f"{key}/days"]) for key in keys}
        found.closed = int(saved["closed"][0])
        found.history = History.restored(below("history", saved))
        return found

    def _keys(self, day: int) -> set[str]:
        """The keys that may know of cards in the week up to a day."""
        known = {*self.open, *self.pairs}
        return {key for of_day, key in known if day - WINDOW_DAYS < of_day <= day}

    def _of_key(self, day: int, key: str, homes: Homes) -> tuple[Ints, ...]:
        first = min({day, *self.days()})
        open_days = {d: self._counts(d, key, homes) for d in range(first, day + 1)}
        counts = open_days[day]
        cards = [found.pairs for d, found in open_days.items() if d > day - WINDOW_DAYS]
        closed = (self.pairs.get((d, key), EMPTY) for d in range(day - WINDOW_DAYS + 1, first))
        cards.extend(of_homes(pairs, homes, CARD_BITS) for pairs in closed)
        runs = NO_RUNS
        if first == self.closed + 1:  # a day without passes would have ended them
            runs = self.runs.get(key, NO_RUNS).of_homes(homes)
        for found in open_days.values():
            runs = runs.next_day(found.often)
        week = unique(np.concatenate(cards))
        return (
            counts.passes,
            counts.cards,
            counts.most,
            counts.night,
            _for_each(week, None, homes),
            _for_each(runs.pairs, runs.days, homes),
        )

    def _counts(self, day: int, key: str, homes: Homes) -> Counts:
        passes = self.open.get((day, key))
        return count(EMPTY if passes is None else passes.of_homes(homes, HOME_SHIFT), homes)


def _for_each(pairs: Packed, values: Ints | None, homes: Homes) -> Ints:
    """How many pairs each home has, or the greatest of their values, [m]."""
    place = np.searchsorted(homes, (pairs >> np.uint64(CARD_BITS)).astype(np.intp))
    if values is None:
        return np.bincount(place, minlength=homes.size)
    most = np.zeros(homes.size, dtype=np.int64)
    np.maximum.at(most, place, values)
    return most
