"""`record`: what somebody did or found, as one record."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid4

import sqlalchemy as sa
import typer

from projections.files import FILES, find, read_facts
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, Session, opened
from rentalwatch.cli.show import as_csv, as_json, say, stamp
from rentalwatch.domain.events import fields_of
from rentalwatch.domain.instants import instant
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.problems import CORRECT_THE_CELL, RowError
from rentalwatch.importers.record import KINDS, statement
from rentalwatch.ledger.store import wall_clock
from rentalwatch.settings import settings


def record(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS) + ".")],
    home: Annotated[str, typer.Argument(help="Its label, an identity key, or its id.")],
    fields: Annotated[list[str] | None, typer.Argument(help="The kind's fields as name=value.")] = None,
    on: Annotated[str, typer.Option("--on", help="The day it happened.")] = "",
    at: Annotated[str, typer.Option("--at", help="The instant it happened [default: now].")] = "",
    officer: Annotated[str, typer.Option("--officer", help="An officer's number, never a name.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="How it came in, such as 12345 or patrol.")] = "",
    rulebook: Annotated[str, typer.Option("--rulebook", help="Whose clocks run [default: the file's].")] = "",
    correct: Annotated[str, typer.Option("--correct", help="The record that this one replaces.")] = "",
    record_id: Annotated[
        str, typer.Option("--record-id", help="An id (UUID) of yours, to send the same again safely.")
    ] = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Record one thing that was done or found. It is stored once however often it is sent with the same
    --record-id; a mistake is corrected by another record, never by changing this one.

    Example: rentalwatch record inspection "HOME" --on 2026-11-20 access=full inspection_id=2026-0412
    """
    with opened(data, lang, create=kind == "registration") as session:
        stated = _fields(kind, fields or [])
        with session.asking() as connection:
            stated = _place(session, connection, kind, home, rulebook) | stated
        stated |= {"kind": kind, "on": on, "at": at if at or on else _now(kind)}
        if officer:
            stated["by"] = {"officer": officer}
        if channel:
            stated["channel"] = channel
        ident = _uuid("--record-id", record_id) if record_id else uuid4()
        _store(session, stated, ident, _uuid("--correct", correct) if correct else None, home, fmt)


def _store(
    session: Session, stated: dict[str, Any], ident: UUID, correcting: UUID | None, home: str, fmt: Format
) -> None:
    try:
        said = statement(stated, now=instant(wall_clock()))
    except RowError as e:
        value = f" {e.value!r}" if e.value else ""
        raise InvalidInputError(
            f"{e.column or 'the record'}{value}: {e.what}", todo=_todo(e), code=e.code
        ) from e
    outcome = session.ledger.record(said, ident, correcting=correcting)
    zone = str(stated.get("zone") or settings().zone)
    shown = {**vars(outcome), "record_id": str(outcome.record_id),
             "recorded_at": stamp(outcome.recorded_at, zone)}  # fmt: skip
    if fmt is Format.JSON:
        as_json(shown)
    elif fmt is Format.CSV:
        as_csv(list(shown), [list(shown.values())])
    elif outcome.again:
        say(session.words("recorded_before", record=ident, at=stamp(outcome.recorded_at, zone)))
    else:
        say(session.words("recorded", record=ident, kind=stated["kind"], home=home))


def _todo(error: RowError) -> str:
    """What to do about a field when there is no file to correct."""
    if error.todo != CORRECT_THE_CELL:
        return error.todo
    return "`rentalwatch source schema` shows which fields each kind of record has."


def _fields(kind: str, pairs: list[str]) -> dict[str, Any]:
    """The fields as name → text. Raises InvalidInputError for one that the kind does not have."""
    allowed = sorted(fields_of(KINDS[kind])) if kind in KINDS else None
    stated = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInputError(
                f"{pair!r} is not a field", todo="Write name=value, such as access=full.", code="RW-OPTIONS"
            )
        if allowed is not None and name.strip() not in allowed:
            raise InvalidInputError(
                f"a {kind} record has no field {name!r}",
                todo=f"Its fields: {', '.join(allowed)}. Day, officer and channel are options: --on, --at, …",
                code="RW-FIELD-UNKNOWN",
            )
        stated[name.strip()] = value
    return stated


def _place(
    session: Session, connection: sa.Connection, kind: str, home: str, rulebook: str
) -> dict[str, Any]:
    """Whose home it is, in which zone, under which rulebook."""
    if kind == "registration":
        label = {"label": home, "keys": home, "zone": settings().zone}
        return {**label, "dwelling": home, "rulebook": rulebook}
    if kind not in KINDS:
        return {"dwelling": home}
    try:
        stream = find(connection, home).stream_id
    except NotFoundError:
        stream = session.ledger.stream_of(home)
    zone = connection.execute(sa.select(FILES.c.zone).where(FILES.c.stream_id == stream)).scalar()
    facts = read_facts(connection, [stream]).get(stream, [])
    books = [f.event.rulebook.partition("@")[0] for f in facts if f.event.rulebook]
    return {"dwelling": stream, "zone": zone or settings().zone, "rulebook": rulebook or (books or [""])[-1]}


def _now(kind: str) -> str:
    return "" if kind == "registration" else instant(wall_clock()).isoformat()


def _uuid(option: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r} is not a record id", todo="A record id is a UUID.", code="RW-OPTIONS"
        ) from None
