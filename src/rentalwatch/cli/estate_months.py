"""Ranges of months as a person writes them: 2025-01..2025-12, or one month."""

from __future__ import annotations

import re

from projections.estate_figures import Months
from rentalwatch.errors import InvalidInputError

_MONTH = r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))"
_RANGE = re.compile(rf"{_MONTH}(?:\.\.{_MONTH})?")


def months_of(option: str, text: str) -> Months:
    """A range of months from an option's text. Raises InvalidInputError."""
    found = _RANGE.fullmatch(text)
    if found is None or (found[2] or found[1]) < found[1]:
        raise InvalidInputError(
            f"{option} {text!r} is no range of months", todo="Write 2025-01..2025-12.", code="RW-OPTIONS"
        )
    return Months(found[1], found[2] or found[1])
