"""A clock 时限: how long something may take, and the instant by which it must be done (domain §5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rentalwatch.domain.calendar import WEEKENDS, Calendar
from rentalwatch.domain.instants import day_end, local_date, micros

ClockName = Literal[
    "on_site",
    "notice",
    "verification",
    "self_rectification",
    "manager_report",
    "alert_answer",
    "answer_complainant",
    "transfer",
    "monthly_report",
    "screening",
    "penalty_decision",
    "penalty_service",
]
CLOCK_NAMES: tuple[ClockName, ...] = get_args(ClockName)
"""Every clock that a rulebook may have."""

Length = Literal["hours", "days", "working_days", "day_of_next_month", "cycle_months"]
LENGTHS: tuple[Length, ...] = get_args(Length)
"""The ways in which a clock may say how long it runs."""


class Due(NamedTuple):
    """When something must be done. `provisional`: it rests on a year whose holidays are not announced."""

    instant: datetime
    provisional: bool


class Clock(BaseModel):
    """How long something may take, in exactly one of five ways.

    `hours` run from the instant. All others end with the last moment of a day in the area's zone:
    `days` and `working_days` are counted from the day after the one on which the clock was opened (0: that
    day itself); `day_of_next_month`: the n-th of the month after, for what is told month by month;
    `cycle_months`: the end of the running cycle, counted from January (3: the quarter).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: float | None = Field(default=None, ge=0, le=100_000)
    days: int | None = Field(default=None, ge=0, le=10_000)
    working_days: int | None = Field(default=None, ge=0, le=1_000)
    day_of_next_month: int | None = Field(default=None, ge=1, le=28)
    cycle_months: Literal[1, 2, 3, 4, 6, 12] | None = None
    origin: str = ""
    """The law, notice or practice that it comes from."""

    @model_validator(mode="after")
    def _says_how_long(self) -> Clock:
        if sum(getattr(self, way) is not None for way in LENGTHS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(LENGTHS)}")
        return self

    @property
    def length(self) -> tuple[Length, float]:
        """In which way it says how long it runs, and how long."""
        return next((way, getattr(self, way)) for way in LENGTHS if getattr(self, way) is not None)

    def due(self, opened: datetime, zone: str, calendar: Calendar = WEEKENDS) -> datetime:
        """The instant by which it must be answered."""
        return due(self, opened, zone, calendar).instant


def due(clock: Clock, opened: datetime, zone: str, calendar: Calendar = WEEKENDS) -> Due:
    """The instant by which `clock`, opened at `opened`, must be answered. Only working days can make it
    provisional. Never raises: at the ends of the calendar it is the nearest instant there is."""
    if clock.hours is not None:
        return Due(_later(opened, clock.hours), False)
    day, provisional = _last_day(clock, local_date(micros(opened), zone), calendar)
    return Due(day_end(day, zone), provisional)


def _last_day(clock: Clock, opened: date, calendar: Calendar) -> tuple[date, bool]:
    """The last day on which it may be done."""
    if clock.working_days is not None:
        return calendar.after(opened, clock.working_days)
    if clock.day_of_next_month is not None:
        return _month_after(opened, 1, clock.day_of_next_month), False
    if clock.cycle_months is not None:
        begun = (opened.month - 1) // clock.cycle_months * clock.cycle_months
        ahead = begun + clock.cycle_months - (opened.month - 1)
        return _eve(_month_after(opened, ahead, 1)), False
    return _plus(opened, clock.days or 0), False


def _later(opened: datetime, hours: float) -> datetime:
    try:
        return opened + timedelta(hours=hours)
    except OverflowError:
        return datetime.max.replace(tzinfo=opened.tzinfo)


def _plus(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def _month_after(day: date, months: int, on: int) -> date:
    """The day `on` of the month that many months later."""
    ahead = day.month - 1 + months
    year = day.year + ahead // 12
    return date(year, ahead % 12 + 1, on) if year <= date.max.year else date.max


def _eve(day: date) -> date:
    return day if day == date.max else day - timedelta(days=1)
