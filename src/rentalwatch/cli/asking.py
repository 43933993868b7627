"""What is asked: the options that name a place, a period, a day, and whose knowledge; and their meaning."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
import typer

from projections.programmes import Found
from projections.rolls import measured_by
from projections.scope import Scope
from projections.spans import LEDGER, SOURCE
from rentalwatch.cli.session import Session
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER, Micros, instant, local_date, lower_bound, upper_bound
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.store import wall_clock
from rentalwatch.rulebooks.rules import Rules

AreaOption = Annotated[str, typer.Option("--area", help="Only homes below this path, such as nyc/bronx/.")]
AsOfOption = Annotated[
    str, typer.Option("--as-of", help="How it stood: a date (that day included) or instant.")
]
KnownOption = Annotated[str, typer.Option("--known-at", help="What this ledger knew by then.")]
ProgrammeOption = Annotated[
    str, typer.Option("--programme", help="By whose baseline and rolls; its area, if none is named.")
]
KnownSourceOption = Annotated[str, typer.Option("--known-at-source", help="What the source knew by then.")]


def scope_of(
    session: Session,
    connection: sa.Connection,
    *,
    area: str = "",
    begin: str = "",
    as_of: str = "",
    known_at: str = "",
    known_at_source: str = "",
    programme: Found | None = None,
) -> tuple[Scope, str]:
    """The scope that the options name, and its zone; by the measure of a programme, which also says the area
    and the begin where they do not. Raises InvalidInputError."""
    if known_at and known_at_source:
        raise InvalidInputError(
            "--known-at and --known-at-source ask two different things",
            todo="Give one of them.",
            code="RW-OPTIONS",
        )
    area = closed(area)
    area = _area_of(programme, area) if programme else area
    zone = programme.zone if programme else session.zone(connection, area)
    asked = bound("--as-of", as_of, zone) if as_of else wall_clock()
    start = bound("--from", begin, zone, lower=True) if begin else _begin(programme, asked, zone)
    if start > asked:
        raise InvalidInputError("--from lies after --as-of", todo="Swap them.", code="RW-OPTIONS")
    known = known_at or known_at_source
    scope = Scope(
        asked=asked,
        begin=start,
        known_at=bound("--known-at", known, zone) if known else FOREVER,
        axis=SOURCE if known_at_source else LEDGER,
        area=area,
        disposal=Rules(session.ledger.adopted()).timely_disposal(area, instant(asked - 1), zone),
    )
    return (measured_by(connection, programme, scope) if programme else scope), zone


def closed(area: str) -> str:
    """An area as it is compared: with its closing `/`."""
    return area if not area or area.endswith("/") else f"{area}/"


def _area_of(programme: Found, area: str) -> str:
    if area and not area.startswith(programme.area):
        raise InvalidInputError(
            f"{area} does not lie in {programme.area}, where the programme runs",
            todo="Name an area below it, or leave --area out.",
            code="RW-OPTIONS",
        )
    return area or programme.area


def _begin(programme: Found | None, asked: Micros, zone: str) -> Micros:
    """The baseline of the programme, if there is one and it lies before; else the begin of the year."""
    year = _year_begin(asked, zone)
    return programme.baseline if programme and programme.baseline < asked else year


def bound(option: str, text: str, zone: str, *, lower: bool = False) -> Micros:
    """A date or an instant that an option names. Raises InvalidInputError."""
    try:
        return (lower_bound if lower else upper_bound)(text, zone)
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r} is neither a date nor an instant",
            todo="Write 2026-03-24, or 2026-03-24T18:30.",
            code="RW-DATE",
        ) from None


def _year_begin(asked: Micros, zone: str) -> Micros:
    return lower_bound(f"{local_date(asked - 1, zone).year}-01-01", zone)


def known_phrase(words: Words, scope: Scope, text: str) -> str:
    """ "known now", or known when and to whom."""
    if scope.known_at >= FOREVER:
        return words("known_now")
    return words("known_at_source" if scope.axis == SOURCE else "known_at", at=text)
