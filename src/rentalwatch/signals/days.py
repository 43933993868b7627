"""Days of a zone as numbers: days since 1970-01-01 on the calendar there, and seconds since a day began."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from rentalwatch.domain.instants import EPOCH, day_start
from rentalwatch.signals.columns import Ints

DAY = 86_400
"""Seconds."""
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def is_zone(name: str) -> bool:
    """Whether there is a zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class LocalDays:
    """The days of a zone."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._starts: dict[int, int] = {}

    def start(self, day: int) -> int:
        """The second in which a day begins."""
        if day not in self._starts:
            began = day_start(date.fromordinal(_EPOCH_ORDINAL + day), self.zone)
            self._starts[day] = int((began - EPOCH).total_seconds())
        return self._starts[day]

    def day_of(self, second: int) -> int:
        """The day in which a second lies."""
        day = second // DAY
        while self.start(day + 1) <= second:
            day += 1
        while self.start(day) > second:
            day -= 1
        return day

    def split(self, at: Ints) -> tuple[Ints, Ints]:
        """(day, second of the day) of each, [n] both; a step for each day between the first and the last."""
        if not at.size:
            return at, at
        first, last = self.day_of(int(at.min())), self.day_of(int(at.max()))
        starts = np.array([self.start(day) for day in range(first, last + 1)], dtype=np.int64)
        nth = np.searchsorted(starts, at, side="right") - 1
        return nth + first, at - starts[nth]

    def calendar(self, day: int) -> date:
        """The date of a day."""
        return date.fromordinal(_EPOCH_ORDINAL + day)
