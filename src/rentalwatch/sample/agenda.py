"""What happens when: processes that each say when they go on, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

Process = Generator[datetime, None, None]
"""Yields the instant at which it goes on; whatever it does meanwhile happens at the one before."""


class Agenda:
    """Runs processes side by side. Of two that go on at one instant the one that was started first does."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._waiting: list[tuple[datetime, int, Process]] = []
        self._started = 0

    def start(self, process: Process, at: datetime) -> None:
        """Lets a process begin at an instant."""
        if at < self.end:
            self._started += 1
            heapq.heappush(self._waiting, (at, self._started, process))

    def upto(self, until: datetime) -> None:
        """Runs everything that happens before an instant."""
        while self._waiting and self._waiting[0][0] < until:
            _, _, process = heapq.heappop(self._waiting)
            following = next(process, None)
            if following is not None:
                self.start(process, following)


def on(day: date, hour: float, chance: Random | None = None) -> datetime:
    """About that hour of a day: up to half an hour later if chance has a part in it."""
    minutes = round(hour * 60) + (chance.randint(0, 30) if chance else 0)
    return datetime.combine(day, time(0), ZONE) + timedelta(minutes=minutes)


def days_later(at: datetime, days: float, chance: Random, *, office: bool = True) -> datetime:
    """So many days later; in office hours of a working week unless said otherwise."""
    moment = at + timedelta(days=days)
    if not office:
        return moment
    day = moment.date()
    while day.weekday() > 4:
        day += timedelta(days=1)
    later = on(day, chance.uniform(9, 16.5))
    return later if later > at else at + timedelta(hours=1)


def how_many(rate: float, chance: Random) -> int:
    """A number of independent occurrences of which `rate` are expected (Poisson; Knuth's method below 30, the
    normal approximation above)."""
    if rate > 30:
        return max(0, round(chance.gauss(rate, rate**0.5)))
    limit, product, n = 2.718281828459045**-rate, chance.random(), 0
    while product > limit:
        product *= chance.random()
        n += 1
    return n
