"""`record`: what somebody did or found, as one record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any
from uuid import uuid4

import sqlalchemy as sa
import typer

from projections.estates import lead_of
from projections.files import FILES, called_in, find, read_facts
from projections.subjects import find_subject
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, Session, opened
from rentalwatch.cli.show import as_csv, as_json, due_day, say, stamp
from rentalwatch.cli.stating import OfficerOption, RecordOption, record_named
from rentalwatch.cli.words import Words
from rentalwatch.domain.clock import Due
from rentalwatch.domain.events import Stream, fields_of
from rentalwatch.domain.instants import instant, micros
from rentalwatch.domain.streams import identity_key, kind_of
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.problems import CORRECT_THE_CELL, RowError
from rentalwatch.importers.record import (
    KINDS,
    LISTS,
    STRUCTURED,
    TIMELESS,
    dues_set,
    parts_of,
    statement,
    subjects,
)
from rentalwatch.ledger.application import Outcome
from rentalwatch.ledger.statements import Statement
from rentalwatch.ledger.store import wall_clock
from rentalwatch.rulebooks.rules import Rules, Whose
from rentalwatch.settings import settings


def record(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS) + ".")],
    about: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="What it is about, a home, an estate, …: its label, an identity key, or its id.",
        ),
    ],
    fields: Annotated[list[str] | None, typer.Argument(help="The kind's fields as name=value.")] = None,
    on: Annotated[str, typer.Option("--on", help="The day it happened.")] = "",
    at: Annotated[str, typer.Option("--at", help="The instant it happened [default: now].")] = "",
    officer: OfficerOption = "",
    channel: Annotated[str, typer.Option("--channel", help="How it came in, such as 12345 or patrol.")] = "",
    rulebook: Annotated[
        str,
        typer.Option("--rulebook", help="Whose clocks run [default: what was adopted there, or the file's]."),
    ] = "",
    correct: Annotated[str, typer.Option("--correct", help="The record that this one replaces.")] = "",
    record_id: RecordOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Record one thing that was done or found. It is stored once however often it is sent with the same
    --record-id; a mistake is corrected by another record, never by changing this one.

    Example: rentalwatch record inspection "HOME" --on 2026-11-20 access=full inspection_id=2026-0412
    """
    with opened(data, lang, create=_opens(kind)) as session:
        stated = _fields(kind, fields or [])
        with session.asking() as connection:
            place, whose = _place(session, connection, kind, about)
            if kind == "location" and "ticket" in stated:
                place |= lead_of(connection, str(place["estate"]), str(stated["ticket"]), channel)
            stated = place | _meant(connection, kind, stated)
        stated |= {"kind": kind, "on": on, "at": at if at or on else _now(kind), "rulebook": rulebook}
        whose = whose or Whose(str(stated.get("area", "")))
        if officer:
            stated["by"] = {"officer": officer}
        if channel:
            stated["channel"] = channel
        ident = record_named("--record-id", record_id) if record_id else uuid4()
        target = record_named("--correct", correct) if correct else None
        said, dues = _said(session, stated, whose)
        outcome = session.ledger.record(said, ident, correcting=target)
        _say(session.words, outcome, stated, about, [] if outcome.again else dues, fmt)


def _said(session: Session, stated: dict[str, Any], whose: Whose) -> tuple[Statement, list[Due]]:
    """The record as a statement, and the due instants that the rules in force there give it. Raises
    InvalidInputError."""
    rules = Rules(session.ledger.adopted())
    try:
        said = statement(stated, now=instant(wall_clock()), rules=rules, whose=whose)
    except RowError as e:
        value = f" {e.value!r}" if e.value else ""
        raise InvalidInputError(
            f"{e.column or 'the record'}{value}: {e.what}", todo=_todo(e), code=e.code
        ) from e
    zone = str(stated.get("zone") or settings().zone)
    chosen = rules.for_record(str(stated["rulebook"]), whose, said.event.happened_at, zone)
    return said, list(dues_set(stated["kind"], said.event, chosen[0]).values()) if chosen else []


def _say(
    w: Words, outcome: Outcome, stated: dict[str, Any], about: str, dues: list[Due], fmt: Format
) -> None:
    zone = str(stated.get("zone") or settings().zone)
    shown = {**vars(outcome), "record_id": str(outcome.record_id),
             "recorded_at": stamp(outcome.recorded_at, zone)}  # fmt: skip
    if fmt is Format.JSON:
        as_json({**shown, "provisional": [stamp(micros(d.instant), zone) for d in dues if d.provisional]})
    elif fmt is Format.CSV:
        as_csv(list(shown), [list(shown.values())])
    elif outcome.again:
        say(w("recorded_before", record=outcome.record_id, at=stamp(outcome.recorded_at, zone)))
    else:
        say(w("recorded", record=outcome.record_id, kind=stated["kind"], home=about))
        for due in dues:
            if due.provisional:
                say(w("due_provisional", due=due_day(micros(due.instant), zone)))


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
        name = name.strip()
        stated[name] = _parts(name, value) if name in STRUCTURED else value
    return stated


def _parts(name: str, value: str) -> Any:
    """A field whose parts have fields of their own, as JSON. Raises InvalidInputError."""
    try:
        return json.loads(value)
    except ValueError:
        raise InvalidInputError(
            f"{name} is not JSON", todo=f"""Write it as a list: {name}='[{{"…": "…"}}]'.""", code="RW-OPTIONS"
        ) from None


def _opens(kind: str) -> bool:
    """Whether a record of that kind brings what it is about into the book."""
    return kind in KINDS and KINDS[kind].OPENS


def _place(
    session: Session, connection: sa.Connection, kind: str, name: str
) -> tuple[dict[str, Any], Whose | None]:
    """What it is about and in which zone; where that lies and by which rulebook its file has gone, if it is
    in the book already."""
    if kind not in KINDS:
        return {"dwelling": name}, None
    kinds = subjects(KINDS[kind])
    if _opens(kind):
        named = {called_in(KINDS[kind]): name, "keys": name, "zone": settings().zone}
        return {**named, kinds[0]: name}, None
    stream = _stream(session, connection, kinds, name)
    lies = sa.select(FILES.c.zone, FILES.c.area).where(FILES.c.stream_id == stream)
    zone, area = connection.execute(lies).one_or_none() or ("", "")
    facts = read_facts(connection, [stream]).get(stream, [])
    books = [f.event.rulebook.partition("@")[0] for f in reversed(facts) if f.event.rulebook]
    whose = Whose(area, tuple(dict.fromkeys(books)))
    return {kind_of(stream): stream, "zone": zone or settings().zone}, whose


def _stream(session: Session, connection: sa.Connection, kinds: Sequence[Stream], name: str) -> str:
    """The stream that a name means. The ledger may know one that the read models do not know yet."""
    try:
        return find_subject(connection, kinds, name).stream_id
    except NotFoundError as e:
        if e.code == "RW-AMBIGUOUS-SUBJECT":
            raise
        for of in kinds:
            with suppress(NotFoundError):
                return session.ledger.stream_of(identity_key(of, name))
        if "dwelling" in kinds:
            return find(connection, name).stream_id
        raise


def _meant(connection: sa.Connection, kind: str, stated: dict[str, Any]) -> dict[str, Any]:
    """The fields with the streams that they name in place of labels; what nobody knows stays, and is refused
    with its name."""

    def stream(of: Stream, name: str) -> str:
        try:
            return find_subject(connection, (of,), name).stream_id
        except NotFoundError as e:
            if e.code == "RW-AMBIGUOUS-SUBJECT":
                raise
            return name

    meant = dict(stated)
    for field, of in KINDS[kind].REFERS if kind in KINDS else ():
        if field in LISTS and field in stated:
            meant[field] = [stream(of, name) for name in parts_of(stated[field])]
        elif stated.get(field):
            meant[field] = stream(of, stated[field])
    return meant


def _now(kind: str) -> str:
    return "" if kind in TIMELESS else instant(wall_clock()).isoformat()
