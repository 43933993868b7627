"""Listings 房源信息: advertisements of a home, by the bed or by the room, over 30 days.

An advertisement seen on a day is a number: home (15 bits), whether by the bed (1), rooms (6), the
advertisement's own id (42, hashed). A day is the set of them, and one that is seen on many days is one.
"""

from __future__ import annotations

import numpy as np

from rentalwatch.signals.batches import AD_BITS
from rentalwatch.signals.columns import Homes, Ints, Mask, Packed
from rentalwatch.signals.packed import EMPTY, PackedSet, unique
from rentalwatch.signals.snapshot import Saved

WINDOW_DAYS = 30
ROOM_BITS = 6
BED_SHIFT = AD_BITS + ROOM_BITS
HOME_SHIFT = BED_SHIFT + 1


def packed(home: Ints, ad: Packed, by_bed: Ints, rooms: Ints) -> Packed:
    """Sightings as numbers, [n]."""
    number = home.astype(np.uint64) << np.uint64(HOME_SHIFT)
    number |= by_bed.astype(np.uint64) << np.uint64(BED_SHIFT)
    number |= rooms.astype(np.uint64) << np.uint64(AD_BITS)
    return number | ad


class Listings:
    """What was advertised in an estate, day by day, open days and the closed ones of the window alike."""

    def __init__(self) -> None:
        self.seen: dict[int, PackedSet] = {}
        self.closed: int | None = None

    def take(self, day: Ints, numbers: Packed) -> int:
        """Takes sightings in; says how many were new."""
        return sum(
            self.seen.setdefault(int(one), PackedSet()).add(numbers[day == one]) for one in np.unique(day)
        )

    def days(self) -> set[int]:
        """The open days on which something was seen."""
        return {day for day in self.seen if self.closed is None or day > self.closed}

    def active(self, day: int, homes: Homes) -> Mask:
        """Of which of some homes an advertisement was seen on a day, [m]."""
        found = np.zeros(homes.size, dtype=np.bool_)
        if day in self.seen:
            found[_place(self.seen[day].of_homes(homes, HOME_SHIFT), homes)] = True
        return found

    def features(self, day: int, homes: Homes) -> dict[str, Ints]:
        """Of some homes in the 30 days up to a day, [m] each."""
        window = [self.seen[d] for d in range(day - WINDOW_DAYS + 1, day + 1) if d in self.seen]
        found = np.concatenate([EMPTY, *(seen.of_homes(homes, HOME_SHIFT) for seen in window)])
        by_bed = found[(found >> np.uint64(BED_SHIFT)) & np.uint64(1) == 1]
        beds = unique(by_bed & ~(np.uint64(2**ROOM_BITS - 1) << np.uint64(AD_BITS)))
        rooms = np.zeros(homes.size, dtype=np.int64)
        advertised = (found >> np.uint64(AD_BITS)) & np.uint64(2**ROOM_BITS - 1)
        np.maximum.at(rooms, _place(found, homes), advertised.astype(np.int64))
        return {
            "beds_listed_30d": np.bincount(_place(beds, homes), minlength=homes.size),
            "rooms_listed_30d": rooms,
        }

    def close(self, day: int) -> None:
        """Ends a day; what no later window holds is let go."""
        self.closed = day
        self.seen = {d: seen for d, seen in self.seen.items() if d > day - WINDOW_DAYS + 1}

    def saved(self) -> Saved:
        """All of it, as arrays under names."""
        closed = [] if self.closed is None else [self.closed]
        return {
            **{f"seen/{d}": s.whole() for d, s in self.seen.items()},
            "closed": np.array(closed, dtype=np.int64),
        }

    @classmethod
    def restored(cls, saved: Saved) -> Listings:
        """The inverse of `saved`."""
        found = cls()
        found.closed = int(saved["closed"][0]) if saved["closed"].size else None
        found.seen = {
            int(n.partition("/")[2]): PackedSet(a) for n, a in saved.items() if n.startswith("seen/")
        }
        return found


def _place(numbers: Packed, homes: Homes) -> Homes:
    return np.searchsorted(homes, (numbers >> np.uint64(HOME_SHIFT)).astype(np.intp))
