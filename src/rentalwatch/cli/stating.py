"""What commands that record state of a programme share: who, when, and the record itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from rentalwatch.cli.session import Session
from rentalwatch.domain.events import Actor, Event, lies_at
from rentalwatch.domain.instants import day_last, day_start, instant
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.record import is_officer_number
from rentalwatch.ledger.application import Outcome
from rentalwatch.ledger.statements import Statement
from rentalwatch.ledger.store import wall_clock

OnOption = Annotated[str, typer.Option("--on", help="The day on which it was done [default: now].")]


def _numbered(officer: str) -> str:
    if officer and not is_officer_number(officer):
        raise InvalidInputError(
            "--officer is no officer's number (one word with a digit in it)",
            todo="State the officer's number, never a name.",
            code="RW-OFFICER",
        )
    return officer


OfficerOption = Annotated[
    str, typer.Option("--officer", callback=_numbered, help="An officer's number, never a name.")
]
SecondOption = Annotated[
    str, typer.Option("--second", callback=_numbered, help="The number of the officer who agrees.")
]
RecordOption = Annotated[
    str, typer.Option("--record-id", help="An id (UUID) of yours, to send the same again safely.")
]


def when(kind: type[Event], on: str, zone: str) -> dict[str, Any]:
    """When it happened, as an event says it. Raises InvalidInputError."""
    if not on:
        return {"happened_at": instant(wall_clock())}
    day = day_of(on, "--on")
    return {"happened_at": lies_at(kind, day_start(day, zone), day_last(day, zone)), "precision": "day"}


def day_of(text: str, option: str) -> date:
    """A day as a person writes it. Raises InvalidInputError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r} is not a date", todo="Write 2026-03-24.", code="RW-DATE"
        ) from None


def baseline_of(text: str, zone: str) -> datetime:
    """The first instant of a day."""
    return day_start(day_of(text, "--baseline"), zone)


def actor(officer: str, role: str = "") -> Actor | None:
    """Who states it, if that was said."""
    return Actor(officer=officer, role=role) if officer or role else None


def record_named(option: str, text: str) -> UUID:
    """A record's id as a person writes it. Raises InvalidInputError."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r} is not a record id", todo="A record id is a UUID.", code="RW-OPTIONS"
        ) from None


def state(session: Session, event: Event, subject: str, record_id: UUID | None = None) -> Outcome:
    """Stores one event about a programme."""
    return session.ledger.record(Statement(event, subject=subject), record_id or uuid4())
