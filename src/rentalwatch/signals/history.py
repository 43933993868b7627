"""What a home used on each of the last closed days, and its level before it was put right 整治前水平."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.columns import Floats, Ints
from rentalwatch.signals.snapshot import Saved

KEPT_DAYS = 35
"""The 28 before a confirmation, and a week in which the context may bring it."""
LEVEL_DAYS = 28
LEAST_LEVEL_HOURS = 7 * 24
"""Known hours of those 28 days without which there is no level."""
WEEK_DAYS = 7
LEAST_WEEK_HOURS = 4 * 24
"""Known hours of seven days without which there is no mean of the week."""
HOURS = 24


class History:
    """Of n homes and the last `KEPT_DAYS` closed days: amounts (float32) and of how many hours they are known
    (uint8), [n, KEPT_DAYS] both, the place of a day being its number modulo `KEPT_DAYS`."""

    def __init__(self, n: int = 0) -> None:
        self.totals: NDArray[np.float32] = np.zeros((n, KEPT_DAYS), dtype=np.float32)
        self.hours: NDArray[np.uint8] = np.zeros((n, KEPT_DAYS), dtype=np.uint8)
        self.before: NDArray[np.float32] = np.full(n, np.nan, dtype=np.float32)
        self.before_day: NDArray[np.int32] = np.zeros(n, dtype=np.int32)
        """The day of the confirmation that `before` is for, 0 if there was none."""

    def grow(self, n: int) -> None:
        """Makes room for n homes."""
        more = n - self.before.size
        if more > 0:
            self.totals = np.pad(self.totals, ((0, more), (0, 0)))
            self.hours = np.pad(self.hours, ((0, more), (0, 0)))
            self.before = np.pad(self.before, (0, more), constant_values=np.nan)
            self.before_day = np.pad(self.before_day, (0, more))

    def put(self, day: int, totals: Floats, hours: Ints | int) -> None:
        """A day's amounts and known hours, in place of what lay there."""
        self.totals[:, day % KEPT_DAYS] = totals
        self.hours[:, day % KEPT_DAYS] = hours

    def add(self, day: int, totals: Floats, hours: Ints) -> None:
        """More of a day that is closed already."""
        self.totals[:, day % KEPT_DAYS] += totals.astype(np.float32)
        self.hours[:, day % KEPT_DAYS] += hours.astype(np.uint8)

    def mean(self, last: int, days: int, least_hours: int) -> Floats:
        """The amount a day over some days up to the last one, as `mean_of`."""
        return self.mean_of(np.arange(last - days + 1, last + 1), least_hours)

    def mean_of(self, days: Ints, least_hours: int) -> Floats:
        """The amount a day (24 known hours) over some days, [n]; NaN where fewer hours than the least are
        known."""
        columns = days % KEPT_DAYS
        hours = self.hours[:, columns].sum(axis=1, dtype=np.int64)
        totals = self.totals[:, columns].sum(axis=1, dtype=np.float64)
        known = hours >= max(1, least_hours)
        return np.where(known, totals / np.where(known, hours, 1) * HOURS, np.nan)

    def week(self, last: int) -> Floats:
        """The mean of the seven days up to the last one."""
        return self.mean(last, WEEK_DAYS, LEAST_WEEK_HOURS)

    def to_before(self, last: int) -> Floats:
        """The mean of the week as a multiple of the level before; NaN where there is none."""
        level = np.where(self.before > 0, self.before, np.nan).astype(np.float64)
        return self.week(last) / level

    def freeze(self, confirmed: Ints, closed: int) -> None:
        """Keeps the level before the day of each confirmation (`confirmed`, [n], 0 for none), as soon as the
        days before it are closed. A level that nobody could know leaves the one of before standing."""
        due = (confirmed > 0) & (confirmed <= closed + 1) & (confirmed != self.before_day)
        for day in np.unique(confirmed[due]):
            last = int(day) - 1
            days = min(LEVEL_DAYS, KEPT_DAYS - (closed - last))
            which = due & (confirmed == day)
            if days > 0:
                level = self.mean(last, days, LEAST_LEVEL_HOURS)[which].astype(np.float32)
                self.before[which] = np.where(np.isnan(level), self.before[which], level)
            self.before_day[which] = day

    def saved(self) -> Saved:
        """All of it, as arrays under names."""
        return {
            "totals": self.totals,
            "hours": self.hours,
            "before": self.before,
            "before_day": self.before_day,
        }

    @classmethod
    def restored(cls, saved: Saved) -> History:
        """The inverse of `saved`."""
        found = cls()
        found.totals, found.hours = saved["totals"], saved["hours"]
        found.before, found.before_day = saved["before"], saved["before_day"]
        return found
