"""Figures of homes and a day, as columns: what rules judge, and what is kept of a closed day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.columns import Ints, Mask
from rentalwatch.signals.snapshot import Saved, below, pack, under, unpack

Figures = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """m homes of an estate on one local day. `columns`: the figures by name (domain.features), float32; NaN
    or no column at all where something is not known. An open day has only those that grow; a closed day has
    all, of every home of the estate, and they are final.

    `day`: days since 1970-01-01 in the estate's zone; `begins`, `ends`: its seconds, half-open.
    `at`: the reading by which the figures came to be what they are, in seconds; of a home that was not
    touched, the day's last second. `active`: homes of which a gate or a listing said something that day (or
    of which new context came): in these, and only these, rules that fire on the tipping reading are judged.
    `withheld`: homes of which the manager must not be told. `by_hour`: of meters, consumption [m, 24] in kWh
    or m³, of closed days; NaN where it is not known."""

    estate: str
    path: str
    day: int
    begins: int
    ends: int
    closed: bool
    dwellings: tuple[str, ...]
    at: Ints
    active: Mask
    withheld: Mask
    columns: Mapping[str, Figures]
    by_hour: Mapping[str, Figures] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.dwellings)

    def to_bytes(self) -> bytes:
        """All of it, compressed; equal rows give equal bytes."""
        about = [self.estate, self.path, self.day, self.begins, self.ends, self.closed, list(self.dwellings)]
        arrays: Saved = {"at": self.at, "active": self.active, "withheld": self.withheld}
        return pack(
            about, arrays | under("columns", dict(self.columns)) | under("by_hour", dict(self.by_hour))
        )

    @classmethod
    def from_bytes(cls, packed: bytes) -> Rows:
        """The inverse of `to_bytes`. Raises InvalidInputError (RW-SIGNAL-STATE) in another format."""
        (estate, path, day, begins, ends, closed, dwellings), arrays = unpack(packed)
        return cls(
            estate=estate,
            path=path,
            day=day,
            begins=begins,
            ends=ends,
            closed=closed,
            dwellings=tuple(dwellings),
            at=arrays["at"],
            active=arrays["active"],
            withheld=arrays["withheld"],
            columns=below("columns", arrays),
            by_hour=below("by_hour", arrays),
        )
