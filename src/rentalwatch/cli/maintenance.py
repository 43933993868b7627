"""`verify`, `rebuild`, `parked`: is everything as it must be, and how to set the read models right."""

from __future__ import annotations

import tempfile
from pathlib import Path

import sqlalchemy as sa
import typer

from projections import compare, follow
from projections.database import file_of
from projections.files import FILES, PARKED
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    Session,
    opened,
    progress,
    words_of,
)
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.errors import DamageError
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.settings import settings

MAX_PROBLEMS = 1_000
"""Problems that are listed; more than that is one problem."""


def verify(data: DataOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """Prove that nothing is torn: versions contiguous, record ids unique, every event readable, side
    tables and read models equal to a fresh rebuild made beside them. Changes nothing."""
    with opened(data, lang) as session:
        problems = [vars(p) for p, _ in zip(audit(session.ledger), range(MAX_PROBLEMS), strict=False)]
        problems += _compare(session)
        with session.asking() as connection:
            streams = connection.execute(sa.select(sa.func.count()).select_from(FILES)).scalar_one()
        events = session.ledger.recorder.query("SELECT COUNT(*) FROM stored_events")[0][0]
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
        if problems:
            raise typer.Exit(DamageError.exit_code)


def _compare(session: Session) -> list[dict[str, str]]:
    """Where the read models differ from a rebuild made in a place of its own."""
    with tempfile.TemporaryDirectory(dir=session.place) as beside:
        fresh = Path(beside) / "fresh.db"
        with progress(session.words("folding")) as report:
            follow.rebuild(session.ledger, fresh, report)
        return [
            {"code": "RW-READ-MODEL", "where": name, "what": what}
            for name, what in compare.differences(file_of(session.place), fresh)
        ]


def rebuild(data: DataOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """Build the read models anew from the ledger, beside those in use, then swap."""
    folder, words = data or settings().data, words_of(lang)
    with open_ledger(folder) as ledger:
        fresh = folder / "rebuilding.db"
        with progress(words("folding")) as report:
            follow.rebuild(ledger, fresh, report)
        follow.swap(fresh, file_of(folder))
        events = ledger.recorder.query("SELECT COUNT(*) FROM stored_events")[0][0]
        if fmt is Format.JSON:
            as_json({"events": events})
        elif fmt is Format.CSV:
            as_csv(["events"], [[events]])
        else:
            say(words("rebuilt", n=f"{events:,}"))


def parked(data: DataOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """Files with an event that could not be applied: that event and every later one of the file wait here."""
    with opened(data, lang) as session, session.asking() as connection:
        c = PARKED.c
        rows = connection.execute(
            sa.select(c.stream_id, c.version, c.position, c.type_name, c.reason).order_by(c.position)
        ).all()
        header = ["file", "version", "position", "type", "reason"]
        if fmt is Format.JSON:
            as_json([dict(zip(header, row, strict=True)) for row in rows])
        elif fmt is Format.CSV:
            as_csv(header, [tuple(row) for row in rows])
        elif rows:
            table(header, [tuple(row) for row in rows])
        else:
            say(session.words("nothing_parked"))
