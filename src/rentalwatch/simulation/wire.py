"""What the wire does to readings between the device and the door: late, twice, out of order, missing, with
clocks off, in another unit. Everything that goes in here is right; what comes out is what arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rentalwatch.simulation.chance import Draws, Floats, Ints

LATE_RECORD, LATER_RECORD = 0.012, 0.003
"""Records that come up to five hours late, and six to sixty hours late (some of them beyond a day)."""
STRAGGLERS = (0.006, 600, 5 * 3_600), (0.002, 6 * 3_600, 60 * 3_600)
"""Readings of one home that miss their record: (how many, least and most seconds late)."""
TWICE, SHUFFLED = 0.012, 0.15
"""Records that come twice, and records whose readings are in no order."""
OUTAGE = 0.006
"""Days on which a collector hears nothing of its meters until it is put right, two to thirty hours later."""

Order = NDArray[np.int64]


@dataclass(frozen=True)
class Parcel:
    """A record that will arrive: `columns` of equal length beside `home` and `at`. `sent_at`: when it
    enters."""

    kind: str
    source: str
    sent_at: int
    home: Ints
    at: Ints
    columns: dict[str, Ints | Floats | NDArray[np.bool_] | list[str]] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)

    def taken(self, rows: Order) -> Parcel:
        """The same record with these of its readings, in this order."""
        columns = {
            name: [column[i] for i in rows.tolist()] if isinstance(column, list) else column[rows]
            for name, column in self.columns.items()
        }  # fmt: skip
        return replace(self, home=self.home[rows], at=self.at[rows], columns=columns)


def disturbed(parcels: list[Parcel], draws: Draws) -> Iterator[Parcel]:
    """What arrives of the records of a day, one after the other; records without readings never do."""
    u = draws.uniform(np.arange(len(parcels)), 8)
    for n, (parcel, chance) in enumerate(zip(parcels, u.tolist(), strict=True)):
        for part in _stragglers(parcel, draws, n):
            if not len(part.at):
                continue
            arrived = (
                _reordered(_late(part, chance), draws, n) if chance[3] < SHUFFLED else _late(part, chance)
            )
            yield arrived
            if chance[4] < TWICE:
                again = 60 + int(chance[5] * 5_400) if chance[6] < 0.5 else 0
                yield replace(arrived, sent_at=arrived.sent_at + again)


def _late(parcel: Parcel, chance: list[float]) -> Parcel:
    seconds = 0
    if chance[0] < LATE_RECORD:
        seconds = 60 + int(chance[1] * 5 * 3_600)
    elif chance[0] < LATE_RECORD + LATER_RECORD:
        seconds = 6 * 3_600 + int(chance[1] * 54 * 3_600)
    return replace(parcel, sent_at=parcel.sent_at + seconds)


def _reordered(parcel: Parcel, draws: Draws, n: int) -> Parcel:
    keys = draws.bits(np.arange(len(parcel.at)) + (n + 1) * 100_000)[:, 0]
    return parcel.taken(np.argsort(keys, kind="stable"))


def _stragglers(parcel: Parcel, draws: Draws, n: int) -> Iterator[Parcel]:
    """The record without the readings of homes that missed it, then these on their own."""
    u = draws.uniform(parcel.home + (n + 1) * 1_000_000)[:, 0]
    (few, least, most), (fewer, later, latest) = STRAGGLERS
    if u.min(initial=1.0) >= few + fewer:
        yield parcel
        return
    late, later_still = u < few, (u >= few) & (u < few + fewer)
    yield parcel.taken(np.flatnonzero(~late & ~later_still))
    part = float(draws.one(np.array([n + 500_000]))[0])
    for missing, low, high in ((late, least, most), (later_still, later, latest)):
        delayed = parcel.taken(np.flatnonzero(missing))
        yield replace(delayed, sent_at=parcel.sent_at + low + int(part * (high - low)))


def outage(draws: Draws) -> int:
    """Seconds from the start of a day until a collector is heard again; 0 on most days."""
    u = draws.uniform(np.array([0]), 2)[0].tolist()
    return 7_200 + int(u[1] * 28 * 3_600) if u[0] < OUTAGE else 0
