"""What every command shares: options, where the data lie, the opened ledger with its read models."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import typer

from projections import follow
from projections.files import FILES
from projections.generations import at_live
from projections.lag import lag
from projections.scope import Scope
from rentalwatch.cli.waiting import await_workers, note, progress
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER
from rentalwatch.errors import InvalidInputError
from rentalwatch.extras import needs
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import FORMAT, older, open_ledger
from rentalwatch.ledger.store import wall_clock
from rentalwatch.settings import place_of, settings


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
    Any,
    typer.Option(
        "--data",
        parser=place_of,
        metavar="PLACE",
        help="Data folder, or DSN of a cluster's database [default: rentalwatch-data, or RENTALWATCH_DATA].",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="Language [default: from the environment].")]
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
    """An opened ledger with its read models."""

    place: Path | str
    ledger: Ledger
    engine: sa.Engine
    words: Words

    @property
    def shown(self) -> str:
        """The place as it is shown: a folder, or a database without what opens it."""
        return f"{self.place}/" if isinstance(self.place, Path) else shown_database(self.place)

    def asking(self) -> AbstractContextManager[sa.Connection]:
        """A connection for questions: everything it reads fits together."""
        return at_live(self.engine)

    def zone(self, connection: sa.Connection, area: str = "") -> str:
        """The zone that the homes of an area share; the setting's where they do not share one."""
        scope = Scope(asked=FOREVER, area=area)
        query = (
            sa.select(FILES.c.zone)
            .where(FILES.c.kind == "dwelling", *scope.within(FILES.c.area))
            .distinct()
            .limit(2)
        )
        zones = connection.execute(query).scalars().all()
        return zones[0] if len(zones) == 1 else settings().zone

    def follow(self) -> None:
        """Waits until the read models know what was just recorded, so that whoever asks next need not."""
        if isinstance(self.place, Path):
            with progress(self.words("folding")) as report:
                follow.catch_up(self.ledger, self.engine, report)
        else:
            await_workers(self.engine, self.words)


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
def opened(data: Path | str | None, lang: Lang | None, *, create: bool = False) -> Iterator[Session]:
    """The ledger with its read models: a folder's are brought up to date, a cluster's are as the workers
    have them, with a remark if they are behind."""
    with recording(data, lang, create=create) as session:
        if isinstance(session.place, Path):
            session.follow()
        else:
            _remark_lag(session)
        yield session


@contextmanager
def recording(data: Path | str | None, lang: Lang | None, *, create: bool = False) -> Iterator[Session]:
    """The ledger with its read models as they are, for a command that writes first."""
    place = data or settings().data
    copy = older(place) if isinstance(place, Path) else None
    with open_ledger(place, create=create) as ledger:
        if copy is not None:
            note(words_of(lang)("folder_upgraded", format=FORMAT, copy=copy))
        engine = _read_models(place)
        try:
            yield Session(place, ledger, engine, words_of(lang))
        finally:
            engine.dispose()


def _read_models(place: Path | str) -> sa.Engine:
    if isinstance(place, Path):
        return follow.open_read_models(place)
    with needs("cluster"):
        from projections.postgres import open_postgres

        return open_postgres(place)


def _remark_lag(session: Session) -> None:
    with session.asking() as connection:
        behind = lag(connection, wall_clock())
    if behind.events:
        note(session.words("behind", n=f"{behind.events:,}", seconds=f"{behind.seconds:,.1f}"))


def shown_database(dsn: str) -> str:
    """A cluster's database without what opens it."""
    said = urlsplit(dsn)
    return f"postgresql://{said.hostname or ''}{said.path}"
