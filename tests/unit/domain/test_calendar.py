"""Working days, and what every kind of clock makes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rentalwatch.domain.calendar import WEEKENDS, Calendar
from rentalwatch.domain.clock import Clock, due
from rentalwatch.domain.instants import bound_date, day_end, micros

SHANGHAI = "Asia/Shanghai"
# National Day 2026: off from Thursday the 1st to Wednesday the 7th, made up for on Saturday the 10th.
OCTOBER = Calendar(
    name="october",
    first_year=2026,
    announced_through=2026,
    days_off=tuple(date(2026, 10, n) for n in (1, 2, 5, 6, 7)),
    worked=(date(2026, 10, 10),),
    expected=(date(2027, 1, 1),),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def last_day(clock: Clock, opened: str, calendar: Calendar = OCTOBER) -> date:
    """The last day on which it may be done."""
    return bound_date(micros(due(clock, at(opened), SHANGHAI, calendar).instant), SHANGHAI)


WORKED = {
    "over the holiday": ("2026-09-30T10:00+08:00", 2, date(2026, 10, 9)),
    "the Saturday that is worked counts": ("2026-09-30T10:00+08:00", 3, date(2026, 10, 10)),
    "the Sunday after it does not": ("2026-09-30T10:00+08:00", 4, date(2026, 10, 12)),
    "opened on a holiday": ("2026-10-03T23:59+08:00", 1, date(2026, 10, 8)),
    "over a weekend": ("2026-11-20T09:00+08:00", 2, date(2026, 11, 24)),
    "the day of opening is the area's": ("2026-11-22T16:30+00:00", 1, date(2026, 11, 24)),
    "none: that day itself": ("2026-10-03T10:00+08:00", 0, date(2026, 10, 3)),
}


@pytest.mark.parametrize(("opened", "n", "last"), WORKED.values(), ids=WORKED.keys())
def test_whole_working_days_after_the_day_of_opening(opened: str, n: int, last: date) -> None:
    assert last_day(Clock(working_days=n), opened) == last


def test_on_30_december_the_new_year_is_expected_and_provisional() -> None:
    # Friday 1 January is a statutory holiday; the next working day is Monday the 4th
    found = due(Clock(working_days=2), at("2026-12-30T10:00+08:00"), SHANGHAI, OCTOBER)

    assert found.instant == day_end(date(2027, 1, 4), SHANGHAI)
    assert found.provisional


def test_the_last_week_of_the_last_year_announced_is_provisional_too() -> None:
    # a notice about next year may still move it, as Saturday 29 December 2018 was
    assert not due(Clock(working_days=1), at("2026-12-23T10:00+08:00"), SHANGHAI, OCTOBER).provisional
    assert due(Clock(working_days=1), at("2026-12-24T10:00+08:00"), SHANGHAI, OCTOBER).provisional


def test_days_that_are_no_working_days_are_never_provisional() -> None:
    for clock in (Clock(hours=24), Clock(days=9), Clock(day_of_next_month=10), Clock(cycle_months=3)):
        assert not due(clock, at("2026-12-30T10:00+08:00"), SHANGHAI, OCTOBER).provisional


def test_a_calendar_without_years_knows_weekends_and_is_never_provisional() -> None:
    found = due(Clock(working_days=5), at("2090-01-05T10:00+08:00"), SHANGHAI, WEEKENDS)

    assert not found.provisional
    assert found.instant == day_end(date(2090, 1, 12), SHANGHAI)


MONTHS = {
    "the report of October": (Clock(day_of_next_month=10), "2026-10-31T23:00+08:00", date(2026, 11, 10)),
    "the report of December": (Clock(day_of_next_month=10), "2026-12-01T00:00+08:00", date(2027, 1, 10)),
    "the month is the area's": (Clock(day_of_next_month=10), "2026-10-31T16:00+00:00", date(2026, 12, 10)),
    "the first quarter": (Clock(cycle_months=3), "2026-01-01T00:00+08:00", date(2026, 3, 31)),
    "its last day": (Clock(cycle_months=3), "2026-03-31T23:00+08:00", date(2026, 3, 31)),
    "the last quarter": (Clock(cycle_months=3), "2026-11-11T11:00+08:00", date(2026, 12, 31)),
    "a year": (Clock(cycle_months=12), "2026-11-11T11:00+08:00", date(2026, 12, 31)),
    "a month": (Clock(cycle_months=1), "2028-02-01T11:00+08:00", date(2028, 2, 29)),
}


@pytest.mark.parametrize(("clock", "opened", "last"), MONTHS.values(), ids=MONTHS.keys())
def test_months_and_cycles_end_with_their_last_day(clock: Clock, opened: str, last: date) -> None:
    assert last_day(clock, opened) == last


@pytest.mark.parametrize("lengths", [{}, {"days": 1, "working_days": 1}, {"hours": 24, "cycle_months": 3}])
def test_a_clock_says_how_long_in_exactly_one_way(lengths: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="exactly one of"):
        Clock.model_validate(lengths)


DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))
SOME = st.builds(
    lambda off, worked: Calendar(
        name="some", first_year=2021, announced_through=2028, days_off=tuple(off), worked=tuple(worked)
    ),
    st.sets(DATES, max_size=300),
    st.sets(DATES, max_size=30),
)


@given(SOME, DATES, DATES, st.integers(0, 90))
def test_who_begins_later_ends_no_earlier(calendar: Calendar, a: date, b: date, n: int) -> None:
    early, late = sorted((a, b))

    assert calendar.after(early, n)[0] <= calendar.after(late, n)[0]


@given(SOME, DATES, st.integers(0, 60), st.integers(0, 60))
def test_so_many_days_and_then_so_many_are_as_many_together(
    calendar: Calendar, day: date, n: int, more: int
) -> None:
    there, early = calendar.after(day, n)
    end, late = calendar.after(there, more)

    assert calendar.after(day, n + more) == (end, early or late)


@given(SOME, DATES, st.integers(1, 60))
def test_exactly_so_many_working_days_lie_between_and_the_last_is_one(
    calendar: Calendar, day: date, n: int
) -> None:
    end, _ = calendar.after(day, n)
    passed = [day + timedelta(days=k) for k in range(1, (end - day).days + 1)]

    assert sum(map(calendar.works, passed)) == n
    assert calendar.works(end)


LENGTHS = st.one_of(
    st.builds(Clock, hours=st.floats(0, 100_000)),
    st.builds(Clock, days=st.integers(0, 10_000)),
    st.builds(Clock, working_days=st.integers(0, 1_000)),
    st.builds(Clock, day_of_next_month=st.integers(1, 28)),
    st.builds(Clock, cycle_months=st.sampled_from([1, 2, 3, 4, 6, 12])),
)


@given(LENGTHS, st.datetimes(timezones=st.just(UTC)), SOME)
def test_no_clock_ever_raises_or_ends_before_it_was_opened(
    clock: Clock, opened: datetime, calendar: Calendar
) -> None:
    assert due(clock, opened, SHANGHAI, calendar).instant >= opened
