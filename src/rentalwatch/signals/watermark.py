"""How far an estate has come, by its own readings, and which days are over.

The watermark is the greatest instant of a reading that was taken; the wall clock is never asked. A day is
open until the watermark is `LATENESS` beyond its end. Whether a reading is late is asked of the readings
before it, in the same batch too, so that a batch and its pieces come to the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rentalwatch.signals.columns import Ints, Mask, nothing
from rentalwatch.signals.days import DAY, LocalDays

LATENESS = DAY
"""Seconds that a reading may come after its day ended; part of what figures mean
(`domain.features.EVALUATOR`)."""
IDLE_DAYS = 40
"""An estate that said nothing for longer has nothing left in any window: its days pass without rows."""


class Watermark:
    """`at`: seconds, None before the first reading. `closed`: the last closed day. `last_day`: the last
    closed day of which there was anything."""

    def __init__(self, days: LocalDays) -> None:
        self.days = days
        self.at: int | None = None
        self.closed: int | None = None
        self.last_day = 0

    def advance(self, at: Ints) -> None:
        """Takes the instants of readings."""
        if at.size:
            self.at = max(int(at.max()), self.at or 0)

    def first_open(self) -> int:
        """The first day that is not over."""
        passed = 0 if self.at is None else self.days.day_of(self.at - LATENESS)
        return passed if self.closed is None else max(passed, self.closed + 1)

    def late(self, at: Ints, day: Ints) -> Mask:
        """Which readings are of a day that was over by those before them, [n]."""
        first = at[0] if self.at is None else self.at
        before = np.maximum.accumulate(np.concatenate(([first], at[:-1])))
        if day.min() >= self.days.day_of(int(before[-1]) - LATENESS):
            return nothing(at.size)
        late: Mask = day < self.days.split(before - LATENESS)[0]
        return late

    def over(self, open_days: Callable[[], set[int]]) -> Iterator[int]:
        """The days to close now, the earliest first; each is closed when the next is asked for. `open_days`:
        those of which there is anything. Days before the first one, or after a long silence, are passed
        over."""
        last = self.first_open() - 1
        while self.closed is None or self.closed < last:
            ahead = min(
                (day for day in open_days() if self.closed is None or day > self.closed), default=last + 1
            )
            if self.closed is None:
                if ahead > last:
                    return
                self.closed, self.last_day = ahead - 1, ahead
            elif self.closed + 1 - self.last_day > IDLE_DAYS and ahead > self.closed + 1:
                self.closed = min(ahead, last + 1) - 1
                continue
            day = self.closed + 1
            if ahead == day:
                self.last_day = day
            self.closed = day
            yield day
