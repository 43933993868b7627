"""Words for stories about files that are imported and about what the read models then show."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections import follow, targets
from projections.database import METADATA
from projections.marks import LATE_ENTRIES
from projections.projector import TABLES
from projections.scope import Scope
from projections.spans import LEDGER
from projections.targets import Board
from rentalwatch.domain.instants import FOREVER, lower_bound, upper_bound
from rentalwatch.importers import run
from rentalwatch.importers.run import Rejected, Tally
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.batches import Batch
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import Clock, wall_clock

NEW_YORK = Path(__file__).parents[2] / "examples/data/nyc_hpd_lead_bronx/violations.csv.gz"
ZONE = "America/New_York"
NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)
"""When the city's file was fetched: the importer's clock in these stories."""

CsvRow = dict[str, str]
Table = Counter[tuple[Any, ...]]


class Imported(NamedTuple):
    """How an import went."""

    batch: Batch
    tally: Tally
    rejected: list[Rejected]

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(r.number, r.error.code) for r in self.rejected]


def read_csv(path: Path = NEW_YORK) -> list[CsvRow]:
    """The rows of a packed CSV file, by the standard library alone."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def whole_homes(rows: Iterable[CsvRow], about: int) -> list[CsvRow]:
    """About as many rows as asked for, with every row of each home among them."""
    by_home: dict[tuple[str, str], list[CsvRow]] = {}
    for row in rows:
        by_home.setdefault((row["buildingid"], row["apartment"]), []).append(row)
    kept: list[CsvRow] = []
    for home in sorted(by_home):
        if len(kept) >= about:
            break
        kept += by_home[home]
    return kept


def write_csv(path: Path, rows: Sequence[CsvRow]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def takes(ledger: Ledger, file: Path, mapping: str = "nyc_hpd", **options: Any) -> Imported:
    """Imports a file into an open ledger."""
    rejected: list[Rejected] = []
    planned = run.plan(file, mapping, NOW)
    options.setdefault("on_progress", lambda _: None)
    return Imported(*run.run(ledger, planned, on_rejected=rejected.append, **options), rejected)


def imports(folder: Path, *files: Path, mapping: str = "nyc_hpd", **options: Any) -> Imported:
    """Imports files into a data folder, one after another; how the last one went."""
    with open_ledger(folder, create=True) as ledger:
        return [takes(ledger, file, mapping, **options) for file in files][-1]


@contextmanager
def models(folder: Path, *, clock: Clock = wall_clock) -> Iterator[tuple[Ledger, sa.Engine]]:
    """An open ledger and its read models, caught up."""
    with (
        open_ledger(folder, clock=clock) as ledger,
        closing_engine(follow.open_read_models(folder)) as engine,
    ):
        follow.catch_up(ledger, engine)
        yield ledger, engine


@contextmanager
def closing_engine(engine: sa.Engine) -> Iterator[sa.Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def as_of(day: str, begin: str = "", *, zone: str = ZONE, known_at: int = FOREVER, axis: int = LEDGER,
          area: str = "") -> Scope:  # fmt: skip
    """What a person asks: the whole of `day` included."""
    return Scope(
        asked=upper_bound(day, zone),
        begin=lower_bound(begin, zone) if begin else 0,
        known_at=known_at,
        axis=axis,
        area=area,
    )


def board(engine: sa.Engine, scope: Scope) -> Board:
    with engine.connect() as connection:
        return targets.board(connection, scope)


def figures(engine: sa.Engine, scope: Scope) -> dict[str, int | None]:
    """Every figure of a board, and those beside it."""
    shown = board(engine, scope)
    with engine.connect() as connection:
        beside = targets.beside(connection, scope)
    return {name: shown.figure(name) for name in targets.FIGURES if name not in beside} | beside


def all_rows(engine: sa.Engine) -> dict[str, Table]:
    """Every table of the read models, whole."""
    with engine.connect() as connection:
        return {
            name: Counter(tuple(row) for row in connection.execute(sa.select(table)))
            for name, table in METADATA.tables.items()
        }


def open_rows(engine: sa.Engine, *, without: Sequence[str] = ()) -> dict[str, Table]:
    """What is known now in the tables of spans, whenever it became known; what is about when is left out."""
    left_out = {"recorded_from", "recorded_to", *without}
    found = {}
    with engine.connect() as connection:
        for table in (t for t in TABLES.values() if t is not LATE_ENTRIES):
            columns = [c for c in table.c if c.name not in left_out]
            query = sa.select(*columns).where(table.c.recorded_to == FOREVER)
            found[table.table.name] = Counter(tuple(row) for row in connection.execute(query))
    return found
