"""Bare dates, bounds and the day of a fact, across the clock changes of real zones."""

from datetime import UTC, date, datetime, timedelta

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import (
    DAY,
    FIRST,
    LAST,
    bound_date,
    day_end,
    day_last,
    day_start,
    instant,
    local_date,
    lower_bound,
    micros,
    upper_bound,
)
from rentalwatch.domain.judgement import State
from rentalwatch.domain.rulebook import Clock
from tests.unit.domain.reading import judged
from tests.unit.domain.story import confirmed, given, lead, us

NEW_YORK, SHANGHAI = "America/New_York", "Asia/Shanghai"
HOUR = DAY // 24


@pytest.mark.parametrize(
    ("day", "zone", "start", "hours"),
    [
        (date(2025, 1, 15), NEW_YORK, datetime(2025, 1, 15, 5, tzinfo=UTC), 24),
        (date(2025, 3, 9), NEW_YORK, datetime(2025, 3, 9, 5, tzinfo=UTC), 23),
        (date(2025, 11, 2), NEW_YORK, datetime(2025, 11, 2, 4, tzinfo=UTC), 25),
        (date(2025, 3, 9), SHANGHAI, datetime(2025, 3, 8, 16, tzinfo=UTC), 24),
        (date(1986, 5, 4), SHANGHAI, datetime(1986, 5, 3, 16, tzinfo=UTC), 23),
        (date(1940, 6, 1), SHANGHAI, datetime(1940, 5, 31, 16, tzinfo=UTC), 23),
        (date(1940, 10, 12), SHANGHAI, datetime(1940, 10, 11, 15, tzinfo=UTC), 25),
    ],
)
def test_a_day_is_as_long_as_its_wall_clock_says(day, zone, start, hours):
    assert day_start(day, zone) == start
    assert day_end(day, zone) - day_start(day, zone) == timedelta(hours=hours)
    assert day_last(day, zone) == day_end(day, zone) - timedelta(microseconds=1)
    assert local_date(micros(day_start(day, zone)), zone) == day
    assert local_date(micros(day_last(day, zone)), zone) == day
    assert local_date(micros(day_end(day, zone)), zone) == day + timedelta(days=1)


@pytest.mark.parametrize("zone", [NEW_YORK, SHANGHAI])
@pytest.mark.parametrize("text", ["2025-03-09", "2025-11-02", "2025-12-31"])
def test_bounds_are_half_open_so_that_a_day_ends_where_the_next_begins(text, zone):
    day = date.fromisoformat(text)
    tomorrow = (day + timedelta(days=1)).isoformat()
    assert upper_bound(text, zone) == lower_bound(tomorrow, zone)
    assert bound_date(upper_bound(text, zone), zone) == day


@pytest.mark.parametrize("text", ["20250309", "2025-W10-7", "2025W107"])
def test_a_bare_date_in_any_iso_spelling_includes_that_day(text):
    assert upper_bound(text, NEW_YORK) == upper_bound("2025-03-09", NEW_YORK)
    assert lower_bound(text, NEW_YORK) == lower_bound("2025-03-09", NEW_YORK)


def test_an_instant_without_an_offset_is_on_the_wall_clock_of_the_zone():
    assert upper_bound("2025-03-08T12:00", NEW_YORK) == micros(datetime(2025, 3, 8, 17, tzinfo=UTC))
    assert upper_bound("2025-03-09T12:00", NEW_YORK) == micros(datetime(2025, 3, 9, 16, tzinfo=UTC))
    assert upper_bound("2025-03-09T12:00+08:00", NEW_YORK) == micros(datetime(2025, 3, 9, 4, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "yesterday", "2025-02-30", "2025-13-01", "31/12/2025", "2025-1-1"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        upper_bound(text, NEW_YORK)


@pytest.mark.parametrize("zone", [NEW_YORK, SHANGHAI])
@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_dates_like_any_other(text, zone):
    day = date.fromisoformat(text)
    assert lower_bound(text, zone) < upper_bound(text, zone)
    assert abs(local_date(lower_bound(text, zone), zone) - day) <= timedelta(days=1)


def test_a_judgement_survives_an_onset_at_the_beginning_of_the_calendar():
    home = given(confirmed("2025-03-01", onset_on=date.min))
    assert judged(home).state.first_onset_at < lower_bound("1900-01-01", SHANGHAI)


@pytest.mark.parametrize("moment", [datetime(2025, 3, 9, 7, 30, 0, 1, tzinfo=UTC), FIRST, LAST])
def test_microseconds_are_exact_both_ways(moment):
    assert instant(micros(moment)) == moment


def test_an_instant_needs_a_zone():
    with pytest.raises(ValueError, match="zone"):
        micros(datetime(2025, 1, 1))


@pytest.mark.parametrize(
    ("cls", "at_day_end"),
    [
        (ev.DwellingRegistered, False),
        (ev.InspectionRecorded, False),
        (ev.ViolationConfirmed, False),
        (ev.NoticeServed, False),
        (ev.DeadlineExtended, False),
        (ev.VisitAttempted, False),
        (ev.RectificationClaimed, True),
        (ev.RectificationRejected, True),
        (ev.RectificationVerified, True),
        (ev.LeadReported, True),
        (ev.WatchReleased, True),
    ],
)
def test_a_fact_known_to_the_day_lies_at_its_start_or_at_its_last_microsecond(cls, at_day_end):
    begin, last = day_start(date(2025, 3, 9), NEW_YORK), day_last(date(2025, 3, 9), NEW_YORK)
    assert ev.lies_at(cls, begin, last) == (last if at_day_end else begin)


def test_a_clock_of_hours_runs_on_the_instant_and_one_of_days_on_the_wall_calendar():
    opened = datetime(2025, 3, 8, 17, tzinfo=UTC)  # noon in New York, the day before the clocks change
    assert Clock(hours=24).due(opened, NEW_YORK) == datetime(2025, 3, 9, 17, tzinfo=UTC)
    assert Clock(days=1).due(opened, NEW_YORK) == day_end(date(2025, 3, 9), NEW_YORK)
    assert Clock(days=0).due(opened, NEW_YORK) == day_end(date(2025, 3, 8), NEW_YORK)


def test_a_fact_counts_if_it_lies_before_the_bound_and_overdue_means_due_before_asked():
    told = "2025-03-01 08:00"
    home = given(lead(told, by="2025-03-02 08:00"))
    assert judged(home).judgement.at(us(told), State) == []
    assert len(judged(home).judgement.at(us(told) + 1, State)) == 1
    on_the_dot, a_microsecond_later = us("2025-03-02 08:00"), us("2025-03-02 08:00") + 1
    due = judged(home).state.a_due
    assert not due < on_the_dot
    assert due < a_microsecond_later
