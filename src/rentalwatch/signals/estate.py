"""The state of one estate: a join of all readings that it took, so that order, repeats and pieces do not
matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rentalwatch.signals import keeping, listings, passes
from rentalwatch.signals.batches import Batch
from rentalwatch.signals.columns import Floats, Homes, Ints, Mask
from rentalwatch.signals.contexts import Book, Columns
from rentalwatch.signals.days import LocalDays
from rentalwatch.signals.door import in_the_small, is_small, passed
from rentalwatch.signals.history import WEEK_DAYS
from rentalwatch.signals.listings import Listings
from rentalwatch.signals.meters import Meter
from rentalwatch.signals.passes import Passes
from rentalwatch.signals.records import Context
from rentalwatch.signals.rows import Rows
from rentalwatch.signals.snapshot import unpack
from rentalwatch.signals.watermark import Watermark

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


class Closed(NamedTuple):
    """A day that ended: final figures of every home, and what its meters' readings were put right in, counted
    by (kind, treatment)."""

    rows: Rows
    counted: Counter[tuple[str, str]]


class EstateState:
    """Readings of one estate. Raises ZoneInfoNotFoundError for a zone that there is not."""

    def __init__(self, estate: str, zone: str) -> None:
        self.estate = estate
        self.path = ""
        self.days = LocalDays(zone)
        self.book = Book()
        self.passes = Passes()
        self.listings = Listings()
        self.meters: dict[str, Meter] = {}
        self.watermark = Watermark(self.days)
        self.noticed: dict[int, set[int]] = {}
        """Open day → homes of which new context came."""

    def learn(self, context: Context) -> Touched:
        """Takes context in. What it touches is judged on the day in which it was sent (or that of the
        watermark), or the first open one."""
        self.path = context.path
        homes = self.book.take(context)
        self.passes.history.grow(self.book.size)
        for meter in self.meters.values():
            meter.grow(self.book.size)
        self._freeze()
        now = context.sent_at or self.watermark.at
        if now is None or not homes.size:
            return {}
        day = max(self.days.day_of(now), self.watermark.first_open())
        self.noticed.setdefault(day, set()).update(homes.tolist())
        return {day: (homes, np.full(homes.size, max(now, self.days.start(day))))}

    def take(self, batch: Batch) -> Taken:
        """Takes readings in. `close` is to be called before the next batch."""
        door = passed(batch, self.book.places)
        at, counted = batch.at[door.taken], door.counted
        if not at.size:
            return Taken({}, counted, ())
        day, second = self.days.split(at)
        late = self.watermark.late(at, day)
        counted["late"] += int(late.sum())
        lates = tuple(self._lates(batch.kind, door.home[late], day[late]))
        keep = ~late
        home, day, at = door.home[keep], day[keep], at[keep]
        counted["taken"] += at.size
        counted.update(self._store(batch, door.taken[keep], home, day, second[keep]))
        self.watermark.advance(at)
        return Taken({} if batch.value is not None else self._touched(home, day, at), +counted, lates)

    def close(self) -> Iterator[Closed]:
        """Ends the days that the watermark has passed, the earliest first. All are to be asked for."""
        for day in self.watermark.over(self._open_days):
            yield self._close(day)

    def rows(self, day: int, homes: Homes, at: Ints) -> Rows:
        """The figures of some homes (sorted) on an open day, as they stand."""
        return self._rows(day, homes, at, self._growing(day, homes), closed=False)

    def to_bytes(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return keeping.to_bytes(self)

    @classmethod
    def from_bytes(cls, packed: bytes) -> EstateState:
        """The inverse of `to_bytes`. Raises InvalidInputError (RW-SIGNAL-STATE) in another format."""
        about, arrays = unpack(packed)
        found = cls(about["estate"], about["zone"])
        keeping.fill(found, about, arrays)
        return found

    def _growing(self, day: int, homes: Homes) -> Columns:
        return {
            **self.passes.features(day, homes),
            **self.listings.features(day, homes),
            **self.book.columns(homes, day, self.days),
        }

    def _close(self, day: int) -> Closed:
        homes = np.arange(self.book.size)
        columns = self._growing(day, homes)
        active = self._active(day, homes)
        columns.update(_known({"passes_to_before": self.passes.close(day, homes)}))
        self.listings.close(day)
        self.noticed.pop(day, None)
        by_hour: dict[str, Floats] = {}
        counted = Counter[tuple[str, str]]()
        for kind, meter in sorted(self.meters.items()):
            more, use, put_right = meter.close(day, self.book.amounts["rooms"].astype(np.float64))
            columns.update(_known(more))
            by_hour.update(_known({kind: use}))
            counted.update({(kind, treatment): n for treatment, n in put_right.items()})
        self._forget_weeks_of_before(columns, day)
        self._freeze()
        at = np.full(homes.size, self.days.start(day + 1) - 1)
        return Closed(
            self._rows(day, homes, at, columns, closed=True, active=active, by_hour=by_hour), counted
        )

    def _forget_weeks_of_before(self, columns: Columns, day: int) -> None:
        """A week in which a home was put right holds days from before: compared with the level of before it
        would look like a relapse on the very day on which the tenants left."""
        fresh = self.book.put_right_since(self.days.start(day - WEEK_DAYS + 1))
        for name in columns:
            if name.endswith("_to_before") and fresh.any():
                columns[name] = np.where(fresh, np.nan, columns[name])

    def _rows(
        self,
        day: int,
        homes: Homes,
        at: Ints,
        columns: Columns,
        *,
        closed: bool,
        active: Mask | None = None,
        by_hour: dict[str, Floats] | None = None,
    ) -> Rows:
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
            active=self._active(day, homes) if active is None else active,
            withheld=self.book.withheld[homes],
            columns={name: column.astype(np.float32) for name, column in columns.items()},
            by_hour={kind: use.astype(np.float32) for kind, use in (by_hour or {}).items()},
        )

    def _active(self, day: int, homes: Homes) -> Mask:
        noticed = np.array(sorted(self.noticed.get(day, ())), dtype=np.intp)
        return self.passes.active(day, homes) | self.listings.active(day, homes) | np.isin(homes, noticed)

    def _open_days(self) -> set[int]:
        of_meters = {day for meter in self.meters.values() for day in meter.open}
        return self.passes.days() | self.listings.days() | set(self.noticed) | of_meters

    def _lates(self, kind: str, home: Ints, day: Ints) -> Iterator[Late]:
        for one in np.unique(day):
            homes, readings = np.unique(home[day == one], return_counts=True)
            yield Late(self.estate, kind, int(one), tuple(self.book.ids[place] for place in homes), readings)

    def _store(self, batch: Batch, taken: Homes, home: Ints, day: Ints, second: Ints) -> Counter[str]:
        """Keeps readings; says what was put right."""
        if batch.value is not None:
            if batch.kind not in self.meters:
                self.meters[batch.kind] = Meter(batch.kind, self.book.size)
            self.meters[batch.kind].take(home, day, second, in_the_small(batch.value[taken], batch.unit))
            return Counter(converted=taken.size if is_small(batch.unit) else 0)
        if batch.card is not None:
            out = None if batch.out is None else batch.out[taken]
            numbers = passes.packed(home, batch.card[taken], second, out)
            return Counter(duplicate=taken.size - self.passes.take(batch.key_id, day, numbers))
        assert batch.ad is not None and batch.by_bed is not None and batch.rooms is not None
        numbers = listings.packed(home, batch.ad[taken], batch.by_bed[taken], batch.rooms[taken])
        return Counter(duplicate=taken.size - self.listings.take(day, numbers))

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
        """Keeps the levels before confirmations whose days before are closed."""
        if self.watermark.closed is not None:
            confirmed = self.book.confirmed_days(self.days)
            for history in (self.passes.history, *(meter.history for meter in self.meters.values())):
                history.freeze(confirmed, self.watermark.closed)


def _known(columns: dict[str, Floats]) -> dict[str, Floats]:
    """Those of which anything is known: whether a meter was ever heard of makes no other rows."""
    return {name: column for name, column in columns.items() if not np.isnan(column).all()}


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
