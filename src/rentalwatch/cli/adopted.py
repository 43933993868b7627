"""Which version of a rulebook was adopted here 启用: for `rulebook show` and `rulebook lookup`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rentalwatch.domain.instants import instant
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import wall_clock
from rentalwatch.rulebooks.rules import SHIPPED, Rules
from rentalwatch.settings import settings

AdoptedOption = Annotated[
    bool, typer.Option("--adopted", help="The version that was adopted in this ledger, not the shipped one.")
]


def version_adopted(
    name: str, data: Path | str | None, as_of: str, *, area: str | None = None, option: str = "--as-of"
) -> tuple[Rulebook, str]:
    """The adopted version of a rulebook that holds on a day, today if none is named. Raises NotFoundError,
    also where there is no ledger."""
    zone = settings().zone
    on = day_named(option, as_of) or instant(wall_clock())
    with open_ledger(data or settings().data) as ledger:
        found = Rules(ledger.adopted()).adopted_as(name, on, zone, area)
    if found is None:
        raise NotFoundError(
            f"no version of rulebook {name!r} that was adopted here holds on that day",
            todo="`rentalwatch rulebook list` shows those that were adopted.",
            code="RW-NO-RULEBOOK",
        )
    return found


def day_named(option: str, text: str) -> date | None:
    """The day that an option names; None if it names none. Raises InvalidInputError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r} is not a date", todo="Write 2026-03-24.", code="RW-DATE"
        ) from None


def adopted_in(place: Path | str) -> Rules:
    """The rules that count in the ledger at a place; the shipped ones where there is none."""
    try:
        with open_ledger(place) as ledger:
            return Rules(ledger.adopted())
    except NotFoundError:
        return SHIPPED
