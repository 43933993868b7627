"""The frozen calendar is what the library knows, day by day, and says where that ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.instants import day_end
from rentalwatch.rulebooks import load
from rentalwatch.rulebooks.calendars import announced_years, freeze, statutory


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_every_announced_day_is_as_the_library_has_it() -> None:
    calendar = freeze()
    first, last = announced_years()

    known = days(date(first, 1, 1), date(last, 12, 31))
    assert [d for d in known if calendar.works(d) != chinese_calendar.is_workday(d)] == []
    assert len(known) > 20 * 365


def test_it_ends_where_the_library_ends() -> None:
    first, last = announced_years()

    assert (freeze().first_year, freeze().announced_through) == (first, last)
    for year in (first - 1, last + 1):
        with pytest.raises(NotImplementedError):
            chinese_calendar.is_workday(date(year, 6, 1))


def test_a_year_not_announced_has_its_statutory_holidays() -> None:
    expected = freeze().expected

    assert [d for d in expected if d.year == 2027] == [
        date(2027, 1, 1),
        date(2027, 2, 5), date(2027, 2, 8), date(2027, 2, 9), date(2027, 2, 10),  # the 6th and 7th: a weekend
        date(2027, 4, 5),
        date(2027, 5, 3), date(2027, 5, 4),  # the 1st and 2nd: a weekend
        date(2027, 6, 9),
        date(2027, 9, 15),
        date(2027, 10, 1), date(2027, 10, 4), date(2027, 10, 5),  # the 2nd and 3rd: a weekend
    ]  # fmt: skip


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_rule_gives_days_that_were_then_announced_as_holidays(year: int) -> None:
    """Of what was only expected, the notices about these years moved nothing onto a working day."""
    assert [d for d in statutory(year) if chinese_calendar.is_workday(d)] == []
    assert len(statutory(year)) >= 11


def test_beyond_the_table_of_lunar_dates_the_fixed_days_are_off() -> None:
    assert date(2051, 10, 2) in statutory(2051)
    assert freeze(2050).expected[-1].year == 2060


def test_it_is_plain_data_that_comes_back_as_it_was() -> None:
    text = freeze().model_dump_json()

    assert Calendar.model_validate_json(text) == freeze()
    assert len(text) < 20_000


def test_on_30_december_of_the_last_announced_year_a_due_instant_is_provisional_and_there() -> None:
    _, last = announced_years()
    book, _ = load("shanghai")

    found = book.due_of("answer_complainant", datetime(last, 12, 30, 2, tzinfo=UTC))

    assert found is not None
    assert found.provisional
    assert (
        day_end(date(last + 1, 1, 4), "Asia/Shanghai") < found.instant < datetime(last + 1, 1, 15, tzinfo=UTC)
    )
