"""`merge` and `split`: which home's file holds which facts. A person's act, shown before it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from projections.files import find
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, Session, opened
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.stating import OfficerOption, RecordOption, actor, record_named
from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact, counted
from rentalwatch.domain.instants import ALWAYS, FOREVER, instant
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import State
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.ledger.statements import NO_RECORD, Statement, dwelling_stream
from rentalwatch.ledger.store import wall_clock

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a few words; no personal data.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, it is only shown.")]


def merge(
    home: Annotated[str, typer.Argument(help="The home whose file is closed, or was: its label, key or id.")],
    reason: ReasonOption,
    into: Annotated[str, typer.Option("--into", help="The home whose file goes on.")] = "",
    undo: Annotated[str, typer.Option("--undo", help="The record id of a merge that was a mistake.")] = "",
    yes: YesOption = False,
    officer: OfficerOption = "",
    record_id: RecordOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Two files are of one home 并档: one is closed, the other takes its facts over. --undo gives them back.

    Example: rentalwatch merge "12号302" --into "12号302室" --reason "one home under two spellings" --yes
    """
    if bool(into) == bool(undo):
        raise InvalidInputError("a merge or its undoing?", todo="Give --into or --undo.", code="RW-OPTIONS")
    with opened(data, lang) as session:
        common: dict[str, Any] = {"record_id": NO_RECORD, "happened_at": _now(), "by": actor(officer)}
        event: ev.Event
        if undo:
            done = session.ledger.outcome(record_named("--undo", undo))
            here = done[0].stream_id if done else _stream(session, home)
            event = ev.MergeUndone(**common, merge=record_named("--undo", undo), reason=reason)
        else:
            here, there = _stream(session, home), _stream(session, into)
            event = ev.DwellingsMerged(**common, into=there, reason=reason)
        _do(session, Statement(event, subject=here, of="dwelling"), None, record_id, yes, fmt)


def split(
    home: Annotated[str, typer.Argument(help="The home whose file holds too much: its label, key or id.")],
    to: Annotated[str, typer.Option("--to", help="The other home: its label, key or id, or a new key.")],
    records: Annotated[str, typer.Option("--records", help="The records that are the other home's: id,id.")],
    reason: ReasonOption,
    label: Annotated[str, typer.Option("--label", help="What the new home is called.")] = "",
    area: Annotated[str, typer.Option("--area", help="Where it lies [default: as this one].")] = "",
    yes: YesOption = False,
    officer: OfficerOption = "",
    record_id: RecordOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Two homes are in one file 分户: records of the other go to its own file. Merging it back undoes it.

    Example: rentalwatch split "12号302室" --to 12-303 --label "12号303室" --records ID,ID --reason "two"
    """
    with opened(data, lang) as session:
        here = _stream(session, home)
        ids = tuple(record_named("--records", text.strip()) for text in records.split(",") if text.strip())
        if not ids:
            raise InvalidInputError("which records?", todo="Give --records ID,ID.", code="RW-OPTIONS")
        opening = _part(session, here, to, label, area) if label else None
        part = to if opening else _stream(session, to)
        event = ev.DwellingSplit(
            record_id=NO_RECORD, happened_at=_now(), by=actor(officer), part=part, records=ids, reason=reason
        )
        _do(session, Statement(event, subject=here, of="dwelling"), opening, record_id, yes, fmt)


def _part(session: Session, here: str, key: str, label: str, area: str) -> Statement:
    with session.asking() as connection:
        file = find(connection, here)
    event = ev.DwellingRegistered(
        record_id=NO_RECORD, happened_at=ALWAYS, precision="unknown", label=label,
        area=area or file.area, zone=file.zone, keys=(key,),
    )  # fmt: skip
    return Statement(event, subject=key, of="dwelling")


def _do(
    session: Session, said: Statement, opening: Statement | None, record_id: str, yes: bool, fmt: Format
) -> None:
    """Tries it, shows both files before and after, and keeps it only if the person said so."""
    ident = record_named("--record-id", record_id) if record_id else uuid4()
    streams = _both(session, said)
    before = {stream: _shown(session.ledger.facts(stream)) for stream in streams}
    with session.ledger.trial():
        session.ledger.record(said, ident, opening=opening)
        after = {stream: _shown(session.ledger.facts(stream)) for stream in streams}
    if yes:
        session.ledger.record(said, ident, opening=opening)
        session.follow()
    rows = [[stream, *before[stream], *after[stream]] for stream in streams]
    _tell(session, rows, ident, yes, fmt)


_COLUMNS = ("stream", "facts_before", "state_before", "round_before", "facts", "state", "round")


def _tell(session: Session, rows: Sequence[list[Any]], ident: UUID, yes: bool, fmt: Format) -> None:
    w = session.words
    if fmt is Format.JSON:
        files = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        as_json({"record_id": str(ident) if yes else None, "done": yes, "files": files})
    elif fmt is Format.CSV:
        as_csv(list(_COLUMNS), rows)
    else:
        header = [
            w(k) for k in ("stream", "facts", "state", "round", "facts_then", "state_then", "round_then")
        ]
        states = [
            [r[0], r[1], w(r[2]) if r[2] else "", r[3], r[4], w(r[5]) if r[5] else "", r[6]] for r in rows
        ]
        table(header, states)
        say()
        say(w("files_moved", record=ident) if yes else w("files_not_moved"))


def _both(session: Session, said: Statement) -> list[str]:
    event = said.event
    if isinstance(event, ev.DwellingsMerged):
        return [said.subject, event.into]
    if isinstance(event, ev.DwellingSplit):
        there = event.part if event.part.startswith("dwelling-") else dwelling_stream(event.part)
        return [said.subject, there]
    return list(dict.fromkeys((said.subject, session.ledger.goes_on(said.subject))))


def _shown(facts: Iterable[Fact]) -> tuple[int, str, int]:
    """How many facts count in a file, its state and round now."""
    known = list(facts)
    states = judge(known).at(FOREVER, State)
    counting = [f for f in counted(known) if not f.event.MOVES]
    return (len(counting), states[0].state, states[0].round_no) if states else (len(counting), "", 0)


def _stream(session: Session, name: str) -> str:
    """The file of a home by its label, an identity key, or its id; one that was merged by its id alone."""
    try:
        with session.asking() as connection:
            return find(connection, name).stream_id
    except NotFoundError as e:
        if e.code != "RW-NO-DWELLING":
            raise
        return session.ledger.stream_of(name)


def _now() -> datetime:
    return instant(wall_clock())
