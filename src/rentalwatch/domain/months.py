"""Calendar months as they are written: 2026-03."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rentalwatch.domain.instants import Micros, day_end, day_start, micros


def first_day(month: str) -> date:
    """The first day of a month."""
    return date.fromisoformat(f"{month}-01")


def following(month: str) -> str:
    """The month after."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def through(begin: str, end: str) -> Iterator[str]:
    """Every month from `begin` to `end`, both included; none if `end` lies before."""
    while begin <= end:
        yield begin
        begin = following(begin)


def starts(month: str, zone: str) -> Micros:
    """The first instant of a month."""
    return micros(day_start(first_day(month), zone))


def day_of_following(month: str, day: int, zone: str) -> Micros:
    """The end of that day of the month after: what "by the 10th" means as a deadline."""
    return micros(day_end(first_day(following(month)).replace(day=day), zone))
