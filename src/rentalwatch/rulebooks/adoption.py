"""From a rulebook's text to the event that adopts it 规则启用, and back to the rules that it put in force."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.events import RulebookAdopted
from rentalwatch.domain.rulebook import MAX_TEXT, Rulebook, content_hash
from rentalwatch.errors import InvalidInputError
from rentalwatch.rulebooks import read, refuse_failing, resolve
from rentalwatch.rulebooks.calendars import freeze


def adoption(text: str, today_year: int) -> dict[str, Any]:
    """What `RulebookAdopted` says of a rulebook: the whole text, its hash as version, where and when it is
    meant to hold, and the calendar as it is known today if working days count. Raises InvalidInputError with
    the lines if the text is not valid."""
    book, whole = read(text)
    refuse_failing(text)
    if len(whole) > MAX_TEXT:
        raise InvalidInputError(
            f"the rulebook is longer than {MAX_TEXT:,} characters with what it takes over from another",
            todo="Shorten it.",
            code="RW-RULEBOOK",
        )
    by_name = book.calendar == freeze()  # a calendar of the text's own needs no second place
    return {
        "name": book.name,
        "version": content_hash(whole.encode()),
        "text": whole,
        "scope": book.scope,
        "effective_from": book.effective_from,
        "effective_until": book.effective_until,
        "calendar": freeze(today_year).model_dump_json() if by_name else "",
    }


def rules_of(event: RulebookAdopted) -> tuple[Rulebook, str]:
    """The rules that an adoption put in force, with the days frozen then, and the version `name@hash` that
    facts recorded under them carry. Raises InvalidInputError if the text is not valid any more."""
    return _resolved(event.text, event.calendar), f"{event.name}@{event.version}"


@lru_cache(maxsize=64)
def _resolved(text: str, calendar: str) -> Rulebook:
    return resolve(text, Calendar.model_validate_json(calendar) if calendar else None)
