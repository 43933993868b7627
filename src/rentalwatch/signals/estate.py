"""The state of one estate: a join of all readings that it took, so that order, repeats and pieces do not
matter.

The watermark of an estate is the greatest instant of a reading that was taken; the wall clock is never asked.
A day is open until the watermark is `LATENESS` beyond its end. Whether a reading is late is asked of the
readings before it, in the same batch too, so that a batch and its pieces come to the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from rentalwatch.signals import listings, passes
from rentalwatch.signals.batches import Batch
from rentalwatch.signals.columns import Homes, Ints, Mask
from rentalwatch.signals.contexts import Book, Columns
from rentalwatch.signals.days import DAY, LocalDays
from rentalwatch.signals.door import passed
from rentalwatch.signals.listings import Listings
from rentalwatch.signals.passes import Passes
from rentalwatch.signals.records import Context
from rentalwatch.signals.rows import Rows
from rentalwatch.signals.snapshot import below, pack, under, unpack

LATENESS = DAY
"""Seconds that a reading may come after its day ended, by the estate's own readings; part of what figures
mean (`domain.features.EVALUATOR`)."""
IDLE_DAYS = 40
"""An estate that said nothing for longer has nothing left in any window: its days pass without rows."""

Touched = dict[int, tuple[Homes, Ints]]
"""Day → homes to judge anew [m], and the instant of the reading that touched each last."""


class Late(NamedTuple):
    """Readings of a closed day: how many of each home. They are counted and judged nowhere."""

    estate: str
    kind: str
    day: int
    dwellings: tuple[str, ...]
    readings: Ints


class Taken(NamedTuple):
    """What came of a batch."""

    touched: Touched
    counted: Counter[str]
    late: tuple[Late, ...]


class EstateState:
    """See above. Raises ZoneInfoNotFoundError for a zone that there is not."""

    def __init__(self, estate: str, zone: str) -> None:
        self.estate = estate
        self.path = ""
        self.days = LocalDays(zone)
        self.book = Book()
        self.passes = Passes()
        self.listings = Listings()
        self.watermark: int | None = None
        self.closed: int | None = None
        """The last closed day."""
        self.last_day = 0
        """The last closed day of which there was anything."""
        self.noticed: dict[int, set[int]] = {}
        """Open day → homes of which new context came."""

    def learn(self, context: Context) -> Touched:
        """Takes context in. What it touches is judged on the day in which it was sent (or that of the
        watermark), or the first open one."""
        self.path = context.path
        homes = self.book.take(context)
        self.passes.history.grow(self.book.size)
        if self.closed is not None:
            self._freeze()
        now = context.sent_at or self.watermark
        if now is None or not homes.size:
            return {}
        day = max(self.days.day_of(now), self._first_open())
        self.noticed.setdefault(day, set()).update(homes.tolist())
        return {day: (homes, np.full(homes.size, max(now, self.days.start(day))))}

    def take(self, batch: Batch) -> Taken:
        """Takes readings in. `close` is to be called before the next batch."""
        door = passed(batch, self.book.places)
        at, counted = batch.at[door.taken], door.counted
        if not at.size:
            return Taken({}, counted, ())
        day, second = self.days.split(at)
        late = self._late(at, day)
        lates: tuple[Late, ...] = ()
        if late.any():
            counted["late"] += int(late.sum())
            lates = tuple(self._lates(batch.kind, door.home[late], day[late]))
        keep = ~late
        home, day, second, at = door.home[keep], day[keep], second[keep], at[keep]
        new = self._store(batch, door.taken[keep], home, day, second)
        counted["taken"] += at.size
        counted["duplicate"] += at.size - new
        self.watermark = max(int(at.max()), self.watermark or 0) if at.size else self.watermark
        return Taken(self._touched(home, day, at), +counted, lates)

    def close(self) -> Iterator[Rows]:
        """Ends the days that the watermark has passed, the earliest first. All are to be asked for."""
        if self.watermark is None:
            return
        last = self._first_open() - 1
        if self.closed is None:
            first = min(self._open_days(), default=last + 1)
            if first > last:
                return
            self.closed, self.last_day = first - 1, first
        while self.closed < last:
            day = self.closed + 1
            if day - self.last_day > IDLE_DAYS:
                day = min(min((d for d in self._open_days() if d >= day), default=last + 1), last + 1)
                self.closed, self.last_day = day - 1, day
                continue
            yield self._close(day)

    def rows(self, day: int, homes: Homes, at: Ints) -> Rows:
        """The figures of some homes (sorted) on an open day, as they stand."""
        return self._rows(day, homes, at, self._growing(day, homes), closed=False)

    def _growing(self, day: int, homes: Homes) -> Columns:
        return {
            **self.passes.features(day, homes),
            **self.listings.features(day, homes),
            **self.book.columns(homes, day, self.days),
        }

    def _close(self, day: int) -> Rows:
        homes = np.arange(self.book.size)
        columns = self._growing(day, homes)
        if day in self._open_days():
            self.last_day = day
        rows = self._rows(day, homes, np.full(homes.size, self.days.start(day + 1) - 1), columns, closed=True)
        more = {"passes_to_before": self.passes.close(day, homes).astype(np.float32)}
        self.listings.close(day)
        self.noticed.pop(day, None)
        self.closed = day
        self._freeze()
        return replace(rows, columns={**rows.columns, **more})

    def _rows(self, day: int, homes: Homes, at: Ints, columns: Columns, *, closed: bool) -> Rows:
        whole = homes.size == self.book.size
        return Rows(
            estate=self.estate,
            path=self.path,
            day=day,
            begins=self.days.start(day),
            ends=self.days.start(day + 1),
            closed=closed,
            dwellings=tuple(self.book.ids if whole else (self.book.ids[place] for place in homes)),
            at=at,
            active=self._active(day, homes),
            withheld=self.book.withheld[homes],
            columns={name: column.astype(np.float32) for name, column in columns.items()},
        )

    def _active(self, day: int, homes: Homes) -> Mask:
        noticed = np.array(sorted(self.noticed.get(day, ())), dtype=np.intp)
        return self.passes.active(day, homes) | self.listings.active(day, homes) | np.isin(homes, noticed)

    def _open_days(self) -> set[int]:
        return self.passes.days() | self.listings.days() | set(self.noticed)

    def _first_open(self) -> int:
        """The first day that the watermark has not passed."""
        open_day = 0 if self.watermark is None else self.days.day_of(self.watermark - LATENESS)
        return open_day if self.closed is None else max(open_day, self.closed + 1)

    def _late(self, at: Ints, day: Ints) -> Mask:
        """Which readings are of a day that was closed by those before them, [n]."""
        before = np.maximum.accumulate(
            np.concatenate(([at[0] if self.watermark is None else self.watermark], at[:-1]))
        )
        if day.min() >= self.days.day_of(int(before[-1]) - LATENESS):
            return np.zeros(at.size, dtype=np.bool_)
        late: Mask = day < self.days.split(before - LATENESS)[0]
        return late

    def _lates(self, kind: str, home: Ints, day: Ints) -> Iterator[Late]:
        for one in np.unique(day):
            homes, readings = np.unique(home[day == one], return_counts=True)
            yield Late(self.estate, kind, int(one), tuple(self.book.ids[place] for place in homes), readings)

    def _store(self, batch: Batch, taken: Homes, home: Ints, day: Ints, second: Ints) -> int:
        """Keeps readings; says how many were new."""
        if batch.card is not None:
            out = None if batch.out is None else batch.out[taken]
            return self.passes.take(batch.key_id, day, passes.packed(home, batch.card[taken], second, out))
        assert batch.ad is not None and batch.by_bed is not None and batch.rooms is not None
        numbers = listings.packed(home, batch.ad[taken], batch.by_bed[taken], batch.rooms[taken])
        return self.listings.take(day, numbers)

    def _touched(self, home: Ints, day: Ints, at: Ints) -> Touched:
        """What is to be judged anew: the homes on the days of the readings, and on later open days on which
        they are active, since windows reach back."""
        found: Touched = {}
        for one in np.unique(day).tolist():
            last = np.zeros(self.book.size, dtype=np.int64)
            np.maximum.at(last, home[day == one], at[day == one])
            homes = np.flatnonzero(last)
            for other in sorted(d for d in self._open_days() if d >= one):
                also = homes if other == one else homes[self._active(other, homes)]
                _touch(found, other, also, np.maximum(last[also], self.days.start(other)))
        return found

    def _freeze(self) -> None:
        assert self.closed is not None
        self.passes.history.freeze(self.book.confirmed_days(self.days), self.closed)

    def to_bytes(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        book, arrays = self.book.saved()
        about: dict[str, Any] = {
            "estate": self.estate,
            "zone": self.days.zone,
            "path": self.path,
            "watermark": self.watermark,
            "closed": self.closed,
            "last_day": self.last_day,
            "noticed": sorted((day, sorted(homes)) for day, homes in self.noticed.items()),
            "book": book,
        }
        saved = (
            under("book", arrays)
            | under("passes", self.passes.saved())
            | under("listings", self.listings.saved())
        )
        return pack(about, saved)

    @classmethod
    def from_bytes(cls, packed: bytes) -> EstateState:
        """The inverse of `to_bytes`. Raises InvalidInputError (RW-SIGNAL-STATE) in another format."""
        about, arrays = unpack(packed)
        found = cls(about["estate"], about["zone"])
        found.path, found.watermark = about["path"], about["watermark"]
        found.closed, found.last_day = about["closed"], about["last_day"]
        found.noticed = {day: set(homes) for day, homes in about["noticed"]}
        found.book = Book.restored(about["book"], below("book", arrays))
        found.passes = Passes.restored(below("passes", arrays))
        found.listings = Listings.restored(below("listings", arrays))
        return found


def _touch(found: Touched, day: int, homes: Homes, at: Ints) -> None:
    """Adds homes to what is touched on a day, the later instant of each."""
    if not homes.size:
        return
    if day in found:
        homes, at = np.concatenate((found[day][0], homes)), np.concatenate((found[day][1], at))
        order = np.lexsort((at, homes))
        homes, at = homes[order], at[order]
        last = np.append(homes[1:] != homes[:-1], True)
        homes, at = homes[last], at[last]
    found[day] = (homes, at)
