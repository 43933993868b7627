"""The working days of China, frozen into plain data (D11): announced years from the library
`chinesecalendar`, statutory days of the years after it by the rule."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from rentalwatch.domain.calendar import Calendar

_EXPECTED_YEARS = 10
"""How far ahead statutory days are frozen: longer than any clock runs."""

_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""全国年节及纪念日放假办法 (2024) art. 2: New Year, Labour Day, National Day."""

_LUNAR: dict[int, tuple[tuple[int, int], ...]] = {
    2025: ((1, 29), (4, 4), (5, 31), (10, 6)),
    2026: ((2, 17), (4, 5), (6, 19), (9, 25)),
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 31), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 19), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 8), (4, 5), (6, 10), (9, 16)),
    2036: ((1, 28), (4, 4), (5, 30), (10, 4)),
    2037: ((2, 15), (4, 4), (6, 18), (9, 24)),
    2038: ((2, 4), (4, 5), (6, 7), (9, 13)),
    2039: ((1, 24), (4, 5), (5, 27), (10, 2)),
    2040: ((2, 12), (4, 4), (6, 14), (9, 20)),
}
"""First day of the lunar year 春节, 清明, 端午, 中秋: astronomy, not announcements. Taken from the library
`holidays` 0.109; a library for sixteen lines would hold back others that this project needs."""


@lru_cache
def freeze(today_year: int | None = None) -> Calendar:
    """China's calendar as it is known on this machine: every announced year day by day, then the statutory
    days of ten more years, counted from `today_year` if that is later than the last year announced."""
    first, last = announced_years()
    off, worked = _announced()
    ahead = max(last, today_year or last) + _EXPECTED_YEARS
    return Calendar(
        name="china",
        first_year=first,
        announced_through=last,
        days_off=tuple(day for day in off if day.weekday() < 5),
        worked=tuple(day for day in worked if day.weekday() >= 5),
        expected=tuple(day for year in range(last + 1, ahead + 1) for day in statutory(year)),
    )


def announced_years() -> tuple[int, int]:
    """The first and the last year that the installed `chinesecalendar` knows day by day."""
    off, _ = _announced()
    return min(off).year, max(off).year


def _announced() -> tuple[list[date], list[date]]:
    """Holidays, and days that are worked to make up for them: the library's two tables. Asking it day by day
    gives the same (a test does), and takes longer."""
    from chinese_calendar.constants import holidays, workdays

    return sorted(holidays), sorted(workdays)


def statutory(year: int) -> list[date]:
    """The weekdays that are statutory holidays, and those granted for one on a weekend 补假. Of a
    year without lunar dates in the table, the fixed ones alone."""
    days = {date(year, month, day) for month, day in _FIXED}
    if year in _LUNAR:
        spring, *others = (date(year, month, day) for month, day in _LUNAR[year])
        days |= {spring + timedelta(days=n) for n in (-1, 0, 1, 2)} | set(others)
    for weekend_day in sorted(day for day in days if day.weekday() >= 5):
        days.add(_next_free_weekday(weekend_day, days))
    return sorted(day for day in days if day.weekday() < 5)


def _next_free_weekday(day: date, taken: set[date]) -> date:
    while day in taken or day.weekday() >= 5:
        day += timedelta(days=1)
    return day
