"""Sets of readings packed into numbers: twice, in another order or in other pieces, it is the same set."""

from __future__ import annotations

import numpy as np

from rentalwatch.signals.columns import Homes, Mask, Packed

FEW = 2048
"""So many of late stay apart from the rest, so that not every batch moves the whole day."""
EMPTY: Packed = np.zeros(0, dtype=np.uint64)


def unique(packed: Packed) -> Packed:
    """Sorted, each once."""
    ordered = np.sort(packed)
    if ordered.size < 2:
        return ordered
    keep = np.empty(ordered.size, dtype=np.bool_)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


def within(some: Packed, ordered: Packed) -> Mask:
    """Which of some numbers are among sorted ones."""
    if not ordered.size:
        return np.zeros(some.size, dtype=np.bool_)
    place = np.searchsorted(ordered, some)
    place[place == ordered.size] = ordered.size - 1
    found: Mask = ordered[place] == some
    return found


def of_homes(ordered: Packed, homes: Homes, shift: int) -> Packed:
    """Those of some homes, sorted; a number's home are its bits from `shift` on."""
    wanted = homes.astype(np.uint64)
    low = np.searchsorted(ordered, wanted << np.uint64(shift))
    high = np.searchsorted(ordered, (wanted + np.uint64(1)) << np.uint64(shift))
    count = high - low
    total = int(count.sum())
    if total == ordered.size:
        return ordered
    ends = np.cumsum(count)
    theirs: Packed = ordered[np.arange(total) + np.repeat(low - ends + count, count)]
    return theirs


class PackedSet:
    """A growing set of numbers of 64 bits, in two sorted runs: most of it, and what came of late."""

    __slots__ = ("_most", "_recent")

    def __init__(self, most: Packed = EMPTY) -> None:
        self._most = most
        self._recent = EMPTY

    def add(self, packed: Packed) -> int:
        """Takes numbers in, and says how many were new."""
        new = unique(packed)
        new = new[~(within(new, self._most) | within(new, self._recent))]
        if new.size:
            self._recent = np.sort(np.concatenate((self._recent, new)))
        if self._recent.size > max(FEW, self._most.size // 4):
            self.whole()
        return int(new.size)

    def whole(self) -> Packed:
        """All of it, sorted."""
        if self._recent.size:
            self._most = np.sort(np.concatenate((self._most, self._recent)))
            self._recent = EMPTY
        return self._most

    def of_homes(self, homes: Homes, shift: int) -> Packed:
        """The part of some homes, sorted."""
        most = of_homes(self._most, homes, shift)
        if not self._recent.size:
            return most
        return np.sort(np.concatenate((most, of_homes(self._recent, homes, shift))))

    @property
    def size(self) -> int:
        return self._most.size + self._recent.size
