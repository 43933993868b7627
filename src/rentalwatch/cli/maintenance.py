"""`verify`, `rebuild`, `parked`: is everything as it must be, and how to set the read models right."""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections import compare, follow, parking
from projections.database import file_of, is_postgres
from projections.files import FILES, PARKED
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, Session, opened, recording
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.waiting import note, progress
from rentalwatch.errors import DamageError
from rentalwatch.extras import needs
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.audit import Problem, audit
from rentalwatch.settings import settings

MAX_PROBLEMS = 1_000
"""Problems that are listed; more than that is one problem."""

KafkaOption = Annotated[bool, typer.Option("--kafka", help="Compare the events topic with the ledger, too.")]
ReplayOption = Annotated[
    bool, typer.Option("--replay", help="Try them again, in order: after an upgrade, for instance.")
]
PARKED_COLUMNS = ["file", "version", "position", "type", "reason"]


def verify(
    kafka: KafkaOption = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Prove that nothing is torn: versions contiguous, record ids unique, every event readable, side
    tables and read models equal to a fresh rebuild made beside them. Changes nothing.

    Example: rentalwatch verify --kafka
    """
    with opened(data, lang) as session:
        problems = list(islice(audit(session.ledger), MAX_PROBLEMS))
        problems += _differences(session)
        if kafka:
            problems += _beside_kafka(session)
        with session.asking() as connection:
            streams = connection.execute(sa.select(sa.func.count()).select_from(FILES)).scalar_one()
        events = session.ledger.recorder.query(sql.COUNT_EVENTS)[0][0]
        _say(session, fmt, [vars(p) for p in problems], events, streams)
        if problems:
            raise typer.Exit(DamageError.exit_code)


def _say(session: Session, fmt: Format, problems: list[dict[str, str]], events: int, streams: int) -> None:
    header = ["code", "where", "what"]
    rows = [[p[name] for name in header] for p in problems]
    if fmt is Format.JSON:
        as_json({"ok": not problems, "events": events, "streams": streams, "problems": problems})
    elif fmt is Format.CSV:
        as_csv(header, rows)
    elif not problems:
        say(session.words("verify_ok", events=f"{events:,}", streams=f"{streams:,}"))
    else:
        say(session.words("verify_bad", n=f"{len(problems):,}"))
        table(header, rows)


def _differences(session: Session) -> list[Problem]:
    """Where the read models differ from a rebuild made in a place of its own."""
    with progress(session.words("folding")) as report:
        found = (
            _beside_folder(session, report) if isinstance(session.place, Path) else _again(session, report)
        )
    return [Problem("RW-READ-MODEL", name, what) for name, what in found]


def _beside_folder(session: Session, report: follow.Progress) -> list[tuple[str, str]]:
    assert isinstance(session.place, Path)
    with tempfile.TemporaryDirectory(dir=session.place) as beside:
        fresh = Path(beside) / "fresh.db"
        follow.rebuild(session.ledger, fresh, report)
        return list(compare.differences(file_of(session.place), fresh))


def _again(session: Session, report: follow.Progress) -> list[tuple[str, str]]:
    from projections import against_ledger

    return against_ledger.differences(session.engine, report)


def _beside_kafka(session: Session) -> list[Problem]:
    with needs("cluster"):
        from rentalwatch.ledger.relay.compare import compare_with_kafka

        found = compare_with_kafka(session.ledger, settings().kafka, settings().topics)
        return list(islice(found, MAX_PROBLEMS))


def rebuild(data: DataOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """Build the read models anew from the ledger, beside those in use, then switch to them. Whoever reads
    meanwhile sees the old ones; a cluster's workers go on."""
    with recording(data, lang) as session:
        with progress(session.words("folding")) as report:
            _rebuild(session, report)
        events = session.ledger.recorder.query(sql.COUNT_EVENTS)[0][0]
        if fmt is Format.JSON:
            as_json({"events": events})
        elif fmt is Format.CSV:
            as_csv(["events"], [[events]])
        else:
            say(session.words("rebuilt", n=f"{events:,}"))


def _rebuild(session: Session, report: follow.Progress) -> None:
    if isinstance(session.place, Path):
        fresh = session.place / "rebuilding.db"
        follow.rebuild(session.ledger, fresh, report)
        follow.swap(fresh, file_of(session.place))
    else:
        from projections import rebuilding

        rebuilding.rebuild(session.ledger, session.engine, report)


def parked(
    replay: ReplayOption = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Files with an event that could not be applied: that event and every later one of the file wait here,
    and so do records of the topic that are no events.

    Example: rentalwatch parked --replay
    """
    with opened(data, lang) as session:
        if replay:
            _replay(session)
        with session.asking() as connection:
            rows = _waiting(connection)
        if fmt is Format.JSON:
            as_json([dict(zip(PARKED_COLUMNS, row, strict=True)) for row in rows])
        elif fmt is Format.CSV:
            as_csv(PARKED_COLUMNS, rows)
        elif rows:
            table(PARKED_COLUMNS, rows)
        else:
            say(session.words("nothing_parked"))


def _replay(session: Session) -> None:
    with session.asking() as connection:
        streams = parking.parked_streams(connection)
    went = [parking.replay(session.engine, stream) for stream in streams]
    done = sum(not one.still for one in went)
    note(session.words("replayed", done=f"{done:,}", files=f"{len(went):,}"))


def _waiting(connection: sa.Connection) -> list[tuple[Any, ...]]:
    c = PARKED.c
    events = connection.execute(
        sa.select(c.stream_id, c.version, c.position, c.type_name, c.reason).order_by(c.position)
    )
    rows = [tuple(row) for row in events]
    if is_postgres(connection):
        r = parking.PARKED_RECORDS.c
        records = sa.select(r.partition, r.at_offset, r.reason).order_by(r.topic_id, r.partition, r.at_offset)
        rows += [
            (f"partition {partition}, offset {offset}", "", "", "record", reason)
            for partition, offset, reason in connection.execute(records)
        ]
    return rows
