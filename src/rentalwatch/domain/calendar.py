"""Working days 工作日: weekends, public holidays, and weekend days that are worked to make up for them 调休.

The state announces each year's holidays late in the year before; what is not announced yet can only be
expected. A calendar is frozen data: an instant that it gave stays what it was when a later one knows more.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, field_validator

_SATURDAY = 5
_UNSETTLED = (12, 25)
"""From this day on, the notice about the next year may still change the last year that was announced:
Saturday 2018-12-29 became a working day by the notice about 2019."""


class Calendar(BaseModel):
    """Which days are worked. Years from `first_year` to `announced_through` are known day by day; in any
    other year weekends and `expected` holidays are off, and what rests on it is provisional. So is what rests
    on the last week of the last year announced.

    Without years (`WEEKENDS`) nothing but weekends is off, and nothing is provisional.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    first_year: int | None = None
    announced_through: int | None = None
    """The last year that was announced when this was frozen."""
    days_off: tuple[date, ...] = ()
    """Weekdays that are not worked."""
    worked: tuple[date, ...] = ()
    """Saturdays and Sundays that are."""
    expected: tuple[date, ...] = ()
    """Statutory holidays on weekdays of years not announced; their make-up days nobody knows."""

    @field_validator("days_off", "worked", "expected")
    @classmethod
    def _in_order(cls, days: tuple[date, ...]) -> tuple[date, ...]:
        return tuple(sorted(set(days)))

    def works(self, day: date) -> bool:
        """Whether the day is a working day, as far as this calendar knows."""
        if day.weekday() >= _SATURDAY:
            return _among(self.worked, day)
        return not (_among(self.days_off, day) or _among(self.expected, day))

    def settled(self, day: date) -> bool:
        """Whether nobody will announce anything about the day any more: else `works` is only what is to be
        expected."""
        if self.first_year is None or self.announced_through is None:
            return True
        return self.first_year <= day.year and day < date(self.announced_through, *_UNSETTLED)

    def after(self, day: date, working_days: int) -> tuple[date, bool]:
        """The `working_days`-th working day after `day`, and whether it is provisional: whether any of the
        days counted is not settled. 0 gives the day itself. At the end of time it stops there."""
        provisional = False
        while working_days > 0 and day < date.max:
            day += timedelta(days=1)
            provisional = provisional or not self.settled(day)
            working_days -= self.works(day)
        return day, provisional


def _among(days: tuple[date, ...], day: date) -> bool:
    """Whether the day is one of `days`, which are in order. (A set kept beside them would be copied along
    when a model is copied with other days.)"""
    at = bisect_left(days, day)
    return at < len(days) and days[at] == day


WEEKENDS = Calendar(name="weekends")
"""Saturdays and Sundays off, and nothing else."""
