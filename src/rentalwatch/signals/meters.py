"""Meters 水电气表: registers of open days, and what closed days used.

Of each home and hour the last reading counts, the greater one of several at the same second: a join, so that
order and repeats do not matter. A day's use follows from its registers when it is closed, and from the last
one before it."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals import silence
from rentalwatch.signals.columns import Floats, Ints, Mask, Packed
from rentalwatch.signals.consumption import HOURS, Base, Used, earlier, used
from rentalwatch.signals.history import KEPT_DAYS, History
from rentalwatch.signals.peers import against_peers, middle_of
from rentalwatch.signals.snapshot import Saved, below, under

SMALL_TO_LARGE = 1000
"""Registers are in Wh and litres, figures in kWh and m³."""
LEAST_HOURS = 12
"""Known hours of a day without which its total is not known."""
LEAST_OWN_HOURS = 18
"""Hours with readings of their own without which a day has no peak and valley."""
LOWEST_VALLEY = 0.01
"""Of the peak: an hour in which nothing was used would make the ratio endless."""
WRONG_UNIT = (300.0, 3000.0)
"""As many times the estate's median is another unit and no use of a home. (As small a part of it may be an
empty home.)"""
WEEKEND_LEAST_HOURS = (4 * HOURS, 10 * HOURS)
"""Known hours of weekends and of other days, of 28 days, without which there is no share."""
WEEKEND_DAYS, OTHER_DAYS = 8, 20

Columns = dict[str, Floats]


class Meter:
    """All meters of one kind of an estate."""

    def __init__(self, kind: str, n: int = 0) -> None:
        self.kind = kind
        self.open: dict[int, Packed] = {}
        self.base_hour: NDArray[np.int32] = np.zeros(n, dtype=np.int32)
        self.base_register: NDArray[np.uint32] = np.zeros(n, dtype=np.uint32)
        self.seen: Packed = np.zeros(n, dtype=np.uint64)
        self.history = History(n)

    def grow(self, n: int) -> None:
        """Makes room for n homes."""
        more = (0, n - self.seen.size)
        if more[1] > 0:
            self.base_hour, self.base_register = (
                np.pad(self.base_hour, more),
                np.pad(self.base_register, more),
            )
            self.seen = np.pad(self.seen, more)
            self.open = {day: np.pad(points, (more, (0, 0))) for day, points in self.open.items()}
            self.history.grow(n)

    def take(self, home: Ints, day: Ints, second: Ints, register: Ints) -> None:
        """Takes readings in: registers in Wh or litres."""
        hour = np.minimum(second // 3600, HOURS - 1)
        point = ((second - hour * 3600 + 1) << 32 | register).astype(np.uint64)
        place = home * HOURS + hour
        for one in np.unique(day).tolist():
            if one not in self.open:
                self.open[one] = np.zeros((self.seen.size, HOURS), dtype=np.uint64)
            which = day == one
            np.maximum.at(self.open[one].reshape(-1), place[which], point[which])

    def close(self, day: int, rooms: Floats) -> tuple[Columns, Floats, Counter[str]]:
        """Ends a day. Gives the figures of all homes [n], their use by hour [n, 24], and what was put
        right."""
        points = self.open.pop(day, None)
        if points is None:
            points = np.zeros((self.seen.size, HOURS), dtype=np.uint64)
        base = Base(self.base_hour.astype(np.int64), self.base_register.astype(np.int64))
        found = used(self.kind, day, points, base)
        wrong = self._wrong_unit(day, found)
        by_hour = np.where(wrong[:, None], np.nan, found.by_hour)
        self.base_hour, self.base_register = (
            found.base.hour.astype(np.int32),
            found.base.register.astype(np.uint32),
        )
        self._remember(day, base, by_hour)
        self.seen, silent = silence.next_day(self.seen, found.readings > 0)
        columns = {**self._of_day(by_hour, found.spread), **self._of_weeks(day, rooms), "silent_days": silent}
        counted = Counter(
            unit_suspect=int(found.readings[wrong].sum()),
            jump=int(found.jumps[~wrong].sum()),
            gap=int(found.gaps[~wrong].sum()),
        )
        return {f"{self.kind}_{n}": c for n, c in columns.items()}, by_hour / SMALL_TO_LARGE, +counted

    def _wrong_unit(self, day: int, found: Used) -> Mask:
        """Which homes' readings of a day are in another unit than was said, by the estate's median."""
        usual = middle_of(self.history.week(day - 1))
        usual = middle_of(_mean_of_day(found.by_hour)) if np.isnan(usual) else usual
        if not usual > 0:
            return np.zeros(found.level.size, dtype=np.bool_)
        times = found.level / usual
        return (times >= WRONG_UNIT[0]) & (times <= WRONG_UNIT[1])

    def _remember(self, day: int, base: Base, by_hour: Floats) -> None:
        """Keeps what the day used, and what its first readings say of the days since the ones before."""
        self.history.put(day, np.nansum(by_hour, axis=1), (~np.isnan(by_hour)).sum(axis=1))
        for back in range(1, KEPT_DAYS):
            amounts, hours = earlier(day, base, by_hour, back)
            if not hours.any():
                break
            self.history.add(day - back, amounts, hours)

    def _of_day(self, by_hour: Floats, spread: Mask) -> Columns:
        known = ~np.isnan(by_hour)
        total = np.where(known.sum(axis=1) >= LEAST_HOURS, _mean_of_day(by_hour), np.nan)
        peak = np.where(known, by_hour, 0.0).max(axis=1)
        valley = np.maximum(np.where(known, by_hour, np.inf).min(axis=1), LOWEST_VALLEY * peak)
        shaped = ((known & ~spread).sum(axis=1) >= LEAST_OWN_HOURS) & (peak > 0)
        return {
            "total": total / SMALL_TO_LARGE,
            "peak_to_valley": np.where(shaped, peak / np.where(shaped, valley, 1.0), np.nan),
        }

    def _of_weeks(self, day: int, rooms: Floats) -> Columns:
        to_peers, peer_mads = against_peers(self.history.week(day), rooms)
        return {
            "weekend_share": self._weekend_share(day),
            "to_peers": to_peers,
            "peer_mads": peer_mads,
            "to_before": self.history.to_before(day),
        }

    def _weekend_share(self, day: int) -> Floats:
        """The share of Saturdays and Sundays in four weeks up to a day, as if every day of them were
        known."""
        days = np.arange(day - WEEKEND_DAYS - OTHER_DAYS + 1, day + 1)
        weekend = (days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
        ends = self.history.mean_of(days[weekend], WEEKEND_LEAST_HOURS[0]) * WEEKEND_DAYS
        others = self.history.mean_of(days[~weekend], WEEKEND_LEAST_HOURS[1]) * OTHER_DAYS
        whole = ends + others
        return np.where(whole > 0, ends / np.where(whole > 0, whole, 1.0), np.nan)

    def saved(self) -> Saved:
        """All of it, as arrays under names."""
        return {
            **{f"open/{day}": points for day, points in self.open.items()},
            "base_hour": self.base_hour,
            "base_register": self.base_register,
            "seen": self.seen,
            **under("history", self.history.saved()),
        }

    @classmethod
    def restored(cls, kind: str, saved: Saved) -> Meter:
        """The inverse of `saved`."""
        found = cls(kind)
        found.open = {int(day): points for day, points in below("open", saved).items()}
        found.base_hour, found.base_register = saved["base_hour"], saved["base_register"]
        found.seen = saved["seen"]
        found.history = History.restored(below("history", saved))
        return found


def _mean_of_day(by_hour: Floats) -> Floats:
    """A day's amount by the hours that are known, NaN if none is."""
    hours = (~np.isnan(by_hour)).sum(axis=1)
    return np.where(hours > 0, np.nansum(by_hour, axis=1) / np.maximum(hours, 1) * HOURS, np.nan)
