"""What the number in a spreadsheet's cell means: a number, or a date in the format's clothes."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

BUILT_IN_DAYS = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])
"""Number formats of dates that every file may use without defining them (ECMA-376 part 1, §18.8.30;
27–36 and 50–58 are those of Chinese, Japanese and Korean programs)."""

LAST_DAY = 2_958_465
"""9999-12-31, counted in days from 1899-12-30."""
EXACT = 10**15
"""From here on a spreadsheet keeps no longer every digit."""

_UNSAID = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


def says_day(form: str) -> bool:
    """Whether a number format shows a date: it has a year, month, day or hour outside quotes."""
    said = _UNSAID.sub("", form.split(";")[0]).lower()
    return "general" not in said and "[" not in said and bool(re.search(r"[ymdhs]", said))


def day_text(number: float, *, since_1904: bool) -> str | None:
    """A day's number as ISO text: a date, an instant where the hour is not midnight, or a time of day.
    None if it lies outside the calendar. Spreadsheets think that 1900 had a 29 February."""
    if not 0 <= number < LAST_DAY + 1:
        return None
    days, seconds = int(number), round((number - int(number)) * 86_400)
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 if days >= 60 else 31)
    begin = datetime(first.year, first.month, first.day)  # noqa: DTZ001
    try:
        moment = begin + timedelta(days=days, seconds=seconds)
    except OverflowError:
        return None
    if number < 1 and not since_1904:
        return moment.time().isoformat()
    return moment.date().isoformat() if not seconds % 86_400 else moment.isoformat()


def number_text(number: float) -> str | None:
    """A number as a person reads it: 3 for 3.0, 0.3 for 0.30000000000000004. None where digits were lost."""
    if not math.isfinite(number) or abs(number) >= EXACT:
        return None
    return str(int(number)) if number == int(number) else format(number, ".15g")
