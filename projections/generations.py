"""Which tables are the read models of a cluster: one generation is live, the next is built beside it (D9).

Generation N is the schema `models_N`, its checkpoints among its tables; `models.generations` is the pointer.
Whoever reads looks it up in each transaction, so that a switch never fails a request nor mixes two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import CreateIndex, CreateTable

from projections.database import CLUSTER, FOLD_VERSION, METADATA, TEXT, is_postgres
from rentalwatch.errors import NotFoundError, StorageError

SCHEMA = "models"

GENERATIONS = sa.Table(
    "generations",
    sa.MetaData(schema=SCHEMA),
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fold_version", sa.Integer, nullable=False),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Index("one_is_live", "state", unique=True, postgresql_where=sa.text("state = 'live'")),
)
"""`state`: building, live, retired. A retired one is dropped as soon as nobody can be reading it.
`epoch`: the ledger's when it was begun; offsets of a topic mean nothing in another epoch."""

_G = GENERATIONS.c
_MISSING = ("42P01", "3F000")
"""What PostgreSQL says of a table or schema that is not there."""


class FoldNewerError(StorageError):
    """The read models in use were built by a newer version: this one must not write to them."""

    code = "RW-FOLD-NEWER"


class FoldOlderError(StorageError):
    """The read models in use were built by an older version: this one would write other rows."""

    code = "RW-FOLD-OLDER"


class Generation(NamedTuple):
    """One set of tables, and the version of the folds that filled it."""

    number: int
    fold_version: int

    @property
    def schema(self) -> str:
        """Where its tables lie."""
        return f"{SCHEMA}_{self.number}"


class Executes(Protocol):
    """A connection of the driver's own, as a migration has it."""

    def execute(self, query: Any, /) -> Any: ...


def create_first(connection: Executes, fold_version: int = FOLD_VERSION) -> None:
    """The pointer and an empty first generation, where there is none; for `migrate`, under its lock."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    there = connection.execute(f"SELECT to_regclass('{SCHEMA}.generations') IS NOT NULL").fetchone()
    if there[0]:
        return
    first = Generation(1, fold_version)
    for statement in [*_creating([GENERATIONS]), *statements(first)]:
        connection.execute(statement)
    connection.execute(f"INSERT INTO {SCHEMA}.generations VALUES (1, {int(fold_version)}, 'live', 1)")


def statements(generation: Generation) -> list[str]:
    """What makes the tables of a generation."""
    placed = sa.MetaData()
    tables = [
        table.to_metadata(placed, schema=generation.schema)
        for metadata in (METADATA, CLUSTER)
        for table in metadata.sorted_tables
    ]
    return [f"CREATE SCHEMA {generation.schema}", *_creating(tables)]


def _creating(tables: list[sa.Table]) -> list[str]:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    made: list[CreateTable | CreateIndex] = []
    for table in tables:
        made += [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    return [str(element.compile(dialect=dialect)) for element in made]


def live(connection: sa.Connection) -> Generation:
    """The generation in use. Raises NotFoundError if the database was never migrated."""
    query = sa.select(_G.generation, _G.fold_version).where(_G.state == "live")
    with _migrated():
        return Generation(*connection.execute(query).one())


@contextmanager
def at_live(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose names are the live read models', from one snapshot: what it reads fits together
    whatever is written or switched meanwhile. On SQLite, the one database there is.

    Raises NotFoundError if the database was never migrated, FoldOlderError where an older version built them:
    tables that a question needs may not be there. Those of a newer one are read.
    """
    with engine.connect() as connection:
        if is_postgres(connection):
            _look_up(connection.execution_options(isolation_level="REPEATABLE READ"))
        yield connection


def _look_up(connection: sa.Connection) -> None:
    """The table lock comes before the snapshot and is kept: nothing is dropped that the snapshot may see,
    nor seen that was dropped."""
    with _migrated():
        connection.exec_driver_sql(f"LOCK TABLE {SCHEMA}.generations IN ACCESS SHARE MODE")
        found = connection.exec_driver_sql(
            f"SELECT fold_version, set_config('search_path', '{SCHEMA}_' || generation, true)"
            f" FROM {SCHEMA}.generations WHERE state = 'live'"
        ).first()
    if found is not None and found[0] < FOLD_VERSION:
        check_version(found[0], FOLD_VERSION)


def hold_live(connection: sa.Connection, fold_version: int = FOLD_VERSION) -> Generation:
    """For who writes: the live generation stays live until the end of the transaction, names resolve in it.

    Raises FoldNewerError, FoldOlderError where it is another version's, NotFoundError.
    """
    query = sa.select(_G.generation, _G.fold_version).where(_G.state == "live").with_for_update(read=True)
    with _migrated():
        row = connection.execute(query).first()
        while row is None:  # it was switched while we waited for it
            row = connection.execute(query).first()
    held = Generation(*row)
    check_version(held.fold_version, fold_version)
    connection.exec_driver_sql(f"SET LOCAL search_path TO {held.schema}")
    return held


def check_version(found: int, ours: int) -> None:
    """Raises FoldNewerError or FoldOlderError where read models are of another version than ours."""
    if found > ours:
        raise FoldNewerError(
            f"the read models are of fold version {found}; this version writes {ours}",
            todo="Upgrade rentalwatch here. Nothing was changed.",
            found=found,
            ours=ours,
        )
    if found < ours:
        raise FoldOlderError(
            f"the read models are of fold version {found}; this version writes {ours}",
            todo="Run `rentalwatch rebuild`: it builds them anew beside those in use, then switches.",
            found=found,
            ours=ours,
        )


@contextmanager
def _migrated() -> Iterator[None]:
    try:
        yield
    except sa.exc.ProgrammingError as e:
        if getattr(e.orig, "sqlstate", "") not in _MISSING:
            raise
        raise NotFoundError(
            "this database has no read models",
            todo="Run `rentalwatch migrate`.",
            code="RW-NOT-MIGRATED",
        ) from e
