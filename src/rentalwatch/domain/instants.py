"""Instants as whole microseconds since 1970 (UTC), and how a bare date becomes one.

Ranges of time are half-open. A bare date D is, as a lower bound, the start of D; as an upper bound, a
deadline or an as-of, the start of D+1, both in the area's zone (domain §3). A fact counts if it lies
*before* the bound; overdue means due < asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Micros = int
"""Microseconds since 1970-01-01T00:00:00Z."""

SECOND: Micros = 1_000_000
DAY: Micros = 86_400 * SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)
"""Where a fact lies that held before any record: a home that stood long before it was registered."""

FOREVER: Micros = 2**62
"""Later than any instant: the open end of an interval, the due instant of a clock that is not running."""


def micros(instant: datetime) -> Micros:
    """The instant in microseconds; exact, no floating point. Raises ValueError without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    delta = instant - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def instant(at: Micros) -> datetime:
    """The inverse of `micros`, in UTC."""
    return EPOCH + timedelta(microseconds=at)


@lru_cache(maxsize=65_536)
def day_start(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone, in UTC; at the ends of the calendar the nearest there is, since
    sources write 0001-01-01 and 9999-12-31 for "unknown" and "for ever"."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return FIRST if day.year == 1 else LAST


@lru_cache(maxsize=65_536)
def day_end(day: date, zone: str) -> datetime:
    """The start of the next day: what a bare date means as a deadline, an upper bound or an as-of."""
    return LAST if day == date.max else day_start(day + timedelta(days=1), zone)


@lru_cache(maxsize=65_536)
def day_last(day: date, zone: str) -> datetime:
    """The last microsecond of a day: where a claim, rejection or verification known to the day lies."""
    return day_end(day, zone) - timedelta(microseconds=1)


def upper_bound(text: str, zone: str) -> Micros:
    """A bound as a person writes it: a bare date (that whole day included) or an ISO instant.

    An instant without an offset is read in `zone`. Raises ValueError on anything else.
    """
    return _bound(text, zone, day_end)


def lower_bound(text: str, zone: str) -> Micros:
    """As `upper_bound`, but a bare date is its first instant."""
    return _bound(text, zone, day_start)


def _bound(text: str, zone: str, whole_day: Callable[[date, str], datetime]) -> Micros:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    else:
        return micros(whole_day(day, zone))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return micros(moment)


def local_date(at: Micros, zone: str) -> date:
    """The day on the wall calendar of a zone."""
    moment = instant(at)
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return moment.date()


def bound_date(bound: Micros, zone: str) -> date:
    """The last day that lies wholly before an upper bound: the date a person would write for it."""
    return local_date(bound - 1, zone)
