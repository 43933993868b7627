"""`signals ingest`, `signals context`, `signals tallies`: readings in, what rules must know of homes, what
became of every reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from projections.database import writing
from rentalwatch.cli.asking import AreaOption, closed
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    Session,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.waiting import note, progress
from rentalwatch.cli.words import Words
from rentalwatch.delivery import outbox
from rentalwatch.early_warning import asking, tending
from rentalwatch.early_warning.asking import Tallied, is_refused
from rentalwatch.early_warning.database import open_signals
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.errors import InvalidInputError
from rentalwatch.extras import needs
from rentalwatch.ledger.store import wall_clock
from rentalwatch.observe.stopping import Stopping
from rentalwatch.rulebooks.rules import Rules
from rentalwatch.settings import settings

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended."""

if TYPE_CHECKING:  # numpy takes a moment
    from rentalwatch.early_warning.ingest import Ingested
    from rentalwatch.early_warning.publishing import Changed

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="NDJSON, packed with gzip or not; - is standard input.")
]
ForeignOption = Annotated[
    bool, typer.Option("--with-context", help="Take context from the file, too: for simulated districts.")
]
RulebookOption = Annotated[
    str,
    typer.Option("--rulebook", help="Whose rules judge where none was adopted [default: the area's]."),
]
SinceOption = Annotated[str, typer.Option("--since", help="Only what was sent on that day or later.")]


def ingest_(
    file: FileArgument,
    area: AreaOption = "",
    rulebook: RulebookOption = "",
    foreign: ForeignOption = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Take signals in: judge them by the warning rules and raise alerts; in a cluster by way of its topic.
    The same file again adds nothing; broken off, it goes on where it was.

    Example: rentalwatch signals ingest readings.ndjson.gz
    """
    with opened(data, lang) as session, Stopping() as stopping:
        if isinstance(session.place, Path):
            broken_off = _judge(session, file, area, rulebook, foreign, stopping.is_set, fmt)
        else:
            broken_off = _send(session, file, foreign, stopping.is_set, fmt)
    if broken_off:
        raise typer.Exit(INTERRUPTED)


def _judge(
    session: Session,
    file: str,
    area: str,
    rulebook: str,
    foreign: bool,
    stop: Callable[[], bool],
    fmt: Format,
) -> bool:
    from rentalwatch.early_warning.ingest import ingest

    place = session.place
    assert isinstance(place, Path)
    rules = InForce(Rules(session.ledger.adopted()), settings().zone, rulebook)
    signals = open_signals(place)
    try:
        with outbox.opened(place) as box:
            # what is overdue by now goes on first: whoever is asked below has the time that is theirs
            tending.tend(session.ledger, session.asking, session.follow, box, wall_clock(), area=closed(area))
            with progress(session.words("ingesting")) as report:
                told = ingest(
                    session.ledger, session.engine, signals, file, rules,
                    area=area, foreign=foreign, stop=stop, on_progress=report,
                )  # fmt: skip
            session.follow()
            with session.asking() as connection:
                tending.tell(connection, box, wall_clock())
    finally:
        signals.dispose()
    _say_judged(session.words, told, fmt)
    return told.broken_off


def _say_judged(w: Words, told: Ingested, fmt: Format) -> None:
    rows = [Tallied("", kind, treatment, n) for (kind, treatment), n in sorted(told.tallies.items())]
    if fmt is Format.JSON:
        as_json({
            "records": told.records, "alerts": len(told.raised), "alerts_refused": told.refused,
            "broken_off": told.broken_off, "became": [_as_value(row) for row in rows],
        })  # fmt: skip
    elif fmt is Format.CSV:
        as_csv(["kind", "treatment", "readings"], [[r.kind, r.treatment, r.readings] for r in rows])
    else:
        _table(w, rows)
        say(w("ingested", records=f"{told.records:,}", alerts=f"{len(told.raised):,}"))
        if told.refused:
            say(w("alerts_refused", n=f"{told.refused:,}"))
    if not told.records and told.before:
        note(w("ingested_before"))
    if told.broken_off:
        note(w("ingest_stopped"))


def _send(session: Session, file: str, foreign: bool, stop: Callable[[], bool], fmt: Format) -> bool:
    with needs("cluster"):
        from rentalwatch.early_warning.sending import send

    said = settings()
    with progress(session.words("ingesting")) as report:
        told = send(
            said.kafka, said.topics, file,
            foreign=foreign, stop=stop, on_progress=lambda done: report(done, 0),
        )  # fmt: skip
    rows = [Tallied("", kind, treatment, n) for (kind, treatment), n in sorted(told.refused.items())]
    if fmt is Format.JSON:
        became = [_as_value(row) for row in rows]
        as_json({"records": told.records, "readings": told.readings, "refused": became})
    elif fmt is Format.CSV:
        as_csv(["kind", "treatment", "readings"], [[r.kind, r.treatment, r.readings] for r in rows])
    else:
        _table(session.words, rows)
        say(session.words("signals_sent", records=f"{told.records:,}", readings=f"{told.readings:,}"))
    return told.broken_off


def context(
    area: AreaOption = "",
    publish: Annotated[bool, typer.Option("--publish", help="Hand on what changed.")] = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """What warning rules are to know of the homes of each estate, where it changed since it was handed on.
    In a cluster the worker hands it on by itself; in a folder `signals ingest` does.

    Example: rentalwatch signals context --area sh/pudong/ --publish
    """
    from rentalwatch.early_warning import publishing

    with opened(data, lang) as session:
        signals = open_signals(session.place)
        try:
            with session.asking() as models, signals.connect() as before:
                found = list(publishing.changed(models, before, area))
            if publish:
                _publish(session, signals, found)
        finally:
            signals.dispose()
        _say_contexts(session.words, found, fmt, publish=publish)


def _publish(session: Session, signals: sa.Engine, found: list[Changed]) -> None:
    if isinstance(session.place, Path):
        raise InvalidInputError(
            "a data folder has no topic", todo="`rentalwatch signals ingest` takes context over by itself.",
            code="RW-OPTIONS",
        )  # fmt: skip
    with needs("cluster"):
        from rentalwatch.early_warning import publishing
        from rentalwatch.early_warning.sending import sender

    with sender(settings().kafka, settings().topics) as put:
        for one in found:
            for value in one.values:
                put(one.estate, value)
    with writing(signals).begin() as connection:
        publishing.note(connection, found)


def _say_contexts(w: Words, found: list[Changed], fmt: Format, *, publish: bool) -> None:
    rows = [[c.estate, c.position, sum(map(len, c.values))] for c in found]
    header = ["estate", "position", "bytes"]
    if fmt is Format.JSON:
        as_json([dict(zip(header, row, strict=True)) for row in rows])
    elif fmt is Format.CSV:
        as_csv(header, rows)
    elif not found:
        say(w("no_contexts"))
    else:
        table([w(k) for k in ("estate", "position", "bytes")], rows)
        say(w("contexts_published" if publish else "contexts_changed", n=f"{len(found):,}"))


def tallies(
    estate: Annotated[str, typer.Option("--estate", help="Only of that estate.")] = "",
    since: SinceOption = "",
    refused: Annotated[bool, typer.Option("--refused", help="Only what was not taken.")] = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """How many readings were taken, put right or refused, and why: by estate, kind and reason.

    Example: rentalwatch signals tallies --refused --since 2026-11-01
    """
    day = _day(since) if since else None
    with opened(data, lang) as session:
        signals = open_signals(session.place)
        try:
            with signals.connect() as connection:
                rows = asking.tallies(connection, estate=estate or None, since=day, refused=refused)
        finally:
            signals.dispose()
        _say_tallies(session.words, rows, fmt)


def _say_tallies(w: Words, rows: list[Tallied], fmt: Format) -> None:
    if fmt is Format.JSON:
        as_json([_as_value(row) for row in rows])
    elif fmt is Format.CSV:
        as_csv(list(Tallied._fields), [list(row) for row in rows])
    elif not rows:
        say(w("no_tallies"))
    else:
        shown = [[r.estate or "–", w(f"signal_{r.kind}"), r.treatment, r.readings, w(f"became_{r.treatment}")]
                 for r in rows]  # fmt: skip
        table([w(k) for k in ("estate", "signal", "became", "readings", "meaning")], shown)


def _table(w: Words, rows: list[Tallied]) -> None:
    """What became of readings, what was refused last."""
    if not rows:
        return
    ordered = sorted(rows, key=lambda r: (is_refused(r.treatment), r.kind, r.treatment))
    cells = [[w(f"signal_{r.kind}"), r.treatment, r.readings, w(f"became_{r.treatment}")] for r in ordered]
    table([w(k) for k in ("signal", "became", "readings", "meaning")], cells)


def _as_value(row: Tallied) -> dict[str, Any]:
    return {**row._asdict(), "refused": is_refused(row.treatment)}


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal() - EPOCH_ORDINAL
    except ValueError:
        raise InvalidInputError(
            f"--since {text!r} is not a date", todo="Write 2026-11-01.", code="RW-DATE"
        ) from None
