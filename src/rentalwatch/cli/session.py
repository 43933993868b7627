"""What every command shares: options, the opened data folder, progress, errors."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from projections import checkpoints, follow
from projections.files import FILES
from projections.scope import Scope
from projections.spans import LEDGER, SOURCE
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER, Micros, local_date, lower_bound, upper_bound
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import wall_clock
from rentalwatch.settings import settings

SHOW_AFTER = 1.0
"""Seconds after which a step shows its progress."""


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Lang(StrEnum):
    """Of the sentences; codes and field names stay English."""

    EN = "en"
    ZH = "zh"


DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data folder [default: rentalwatch-data, or RENTALWATCH_DATA].")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="Language [default: from the environment].")]
AreaOption = Annotated[str, typer.Option("--area", help="Only homes below this path, such as nyc/bronx/.")]
AsOfOption = Annotated[
    str, typer.Option("--as-of", help="How it stood: a date (that day included) or instant.")
]
KnownOption = Annotated[str, typer.Option("--known-at", help="What this ledger knew by then.")]
KnownSourceOption = Annotated[str, typer.Option("--known-at-source", help="What the source knew by then.")]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, help="How many rows at most; 0 for all [default: 50 on a terminal, else all]."
    ),
]
SHOWN = 50
"""Rows of a table on a terminal; what goes to a file or another program holds every row."""


@dataclass
class Session:
    """An opened data folder."""

    folder: Path
    ledger: Ledger
    engine: sa.Engine
    words: Words

    def zone(self, connection: sa.Connection, area: str = "") -> str:
        """The zone that the homes of an area share; the setting's where they do not share one."""
        scope = Scope(asked=FOREVER, area=area)
        query = sa.select(FILES.c.zone).where(*scope.within(FILES.c.area)).distinct().limit(2)
        zones = connection.execute(query).scalars().all()
        return zones[0] if len(zones) == 1 else settings().zone


def limit_of(limit: int | None, fmt: Format) -> int | None:
    """How many rows are shown at most; None for all."""
    if limit is None:
        return SHOWN if fmt is Format.TABLE and sys.stdout.isatty() else None
    return limit or None


def one_of(option: str, value: str, allowed: Sequence[str]) -> None:
    """Raises InvalidInputError for a word that an option does not know: a typing error is not "none"."""
    if value and value not in allowed:
        raise InvalidInputError(
            f"{option} {value!r} is not known", todo=f"One of: {', '.join(allowed)}.", code="RW-OPTIONS"
        )


def words_of(lang: Lang | None) -> Words:
    """The sentences in the language asked for."""
    return Words(lang.value if lang else settings().lang)


@contextmanager
def opened(data: Path | None, lang: Lang | None, *, create: bool = False) -> Iterator[Session]:
    """The data folder with its read models brought up to date."""
    folder = data or settings().data
    words = words_of(lang)
    with open_ledger(folder, create=create) as ledger, up_to_date(folder, ledger, words) as engine:
        yield Session(folder, ledger, engine, words)


@contextmanager
def up_to_date(folder: Path, ledger: Ledger, words: Words) -> Iterator[sa.Engine]:
    """The read models of a data folder, once they know everything that its ledger does."""
    engine = follow.open_read_models(folder)
    try:
        with progress(words("folding")) as report:
            follow.catch_up(ledger, engine, report)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def progress(title: str) -> Iterator[follow.Progress]:
    """A bar on the terminal's error stream, for steps of more than a second."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(compact=True),
        console=console, transient=not console.is_terminal, disable=not console.is_terminal,
    )  # fmt: skip
    begun = time.monotonic()
    first: list[int] = []
    task = None

    def report(done: int, total: int) -> None:
        nonlocal task
        elapsed = time.monotonic() - begun
        if not first:
            first.append(done)
        if task is None:
            if elapsed < SHOW_AFTER:
                return
            bar.start()
            task = bar.add_task(title, total=total, rate="")
        bar.update(task, completed=done, total=total, rate=f"{(done - first[0]) / max(elapsed, 0.1):,.0f}/s")

    try:
        yield report
    finally:
        if task is not None:
            bar.stop()


def scope_of(
    session: Session,
    connection: sa.Connection,
    *,
    area: str = "",
    begin: str = "",
    as_of: str = "",
    known_at: str = "",
    known_at_source: str = "",
) -> tuple[Scope, str]:
    """The scope that the options name, and its zone. Raises InvalidInputError."""
    if known_at and known_at_source:
        raise InvalidInputError(
            "--known-at and --known-at-source ask two different things",
            todo="Give one of them.",
            code="RW-OPTIONS",
        )
    if area and not area.endswith("/"):
        area += "/"
    zone = session.zone(connection, area)
    asked = _bound("--as-of", as_of, zone) if as_of else wall_clock()
    start = _bound("--from", begin, zone, lower=True) if begin else _year_begin(asked, zone)
    if start > asked:
        raise InvalidInputError("--from lies after --as-of", todo="Swap them.", code="RW-OPTIONS")
    known = known_at or known_at_source
    return Scope(
        asked=asked,
        begin=start,
        known_at=_bound("--known-at", known, zone) if known else FOREVER,
        axis=SOURCE if known_at_source else LEDGER,
        area=area,
    ), zone


def _bound(option: str, text: str, zone: str, *, lower: bool = False) -> Micros:
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


def known_up_to(connection: sa.Connection) -> Micros:
    """The instant up to which the read models know everything."""
    return checkpoints.load(connection)[1]


def note(text: str) -> None:
    """A remark beside the result, on the error stream."""
    sys.stderr.write(text + "\n")
