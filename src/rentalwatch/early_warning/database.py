"""Where the tables of early warning lie: a file of their own in a data folder, a schema of their own in a
cluster's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from projections.database import is_postgres, open_sqlite, writing
from rentalwatch.early_warning.tables import META, METADATA
from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.extras import needs

FILE = "signals.sqlite"
"""In the data folder."""

SCHEMA = "signals"
"""In a cluster's database."""

FORMAT = 1
"""Of the tables."""

STEPS: Mapping[int, Callable[[sa.Connection], None]] = {1: METADATA.create_all}
"""Format → what leads to it from the one before."""

MIGRATION_LOCK = 7_130_006
"""Advisory lock of the one process that makes the tables; a number of our own."""


def open_signals(place: Path | str) -> sa.Engine:
    """The tables of a data folder, made if they are not there; or of a cluster, where `migrate` made them.

    Raises NotFoundError (RW-NOT-MIGRATED), StorageError (RW-SIGNALS-NEWER).
    """
    return _in_cluster(place) if isinstance(place, str) else _in_folder(place)


def in_schema_of_signals(engine: sa.Engine) -> sa.Engine:
    """The same connections to a cluster's database, with names that resolve to these tables."""
    with needs("cluster"):
        from projections.postgres import in_schema
    return in_schema(engine, SCHEMA)


def _in_folder(folder: Path) -> sa.Engine:
    engine = open_sqlite(folder / FILE)
    sa.event.listen(engine, "connect", _durable)
    with writing(engine).begin() as connection:
        _bring_up(connection)
    return engine


def _durable(connection: Any, _record: object) -> None:
    """What was counted must outlive a power cut: the readings may be gone by then."""
    connection.execute("PRAGMA synchronous=FULL")


def _in_cluster(dsn: str) -> sa.Engine:
    with needs("cluster"):
        from projections.postgres import open_postgres
    engine = in_schema_of_signals(open_postgres(dsn))
    with engine.begin() as connection:
        found = _format(connection)
    if found < FORMAT:
        engine.dispose()
        raise NotFoundError(
            "this database has no tables for signals",
            todo="Run `rentalwatch migrate`.",
            code="RW-NOT-MIGRATED",
        )
    return engine


def migrate(dsn: str) -> list[int]:
    """Makes the tables in a cluster's database, or brings them to this version; returns the formats passed.

    Guarantees: whole or not at all; safe when any number of processes do it at once. Raises StorageError.
    """
    with needs("cluster"):
        from projections.postgres import open_postgres
    with _disposing(open_postgres(dsn)) as engine, in_schema_of_signals(engine).begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        return _bring_up(connection)


@contextmanager
def _disposing(engine: sa.Engine) -> Iterator[sa.Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _bring_up(connection: sa.Connection) -> list[int]:
    steps = [step for step in STEPS if step > _format(connection)]
    for step in steps:
        STEPS[step](connection)
    if steps:
        connection.execute(META.delete().where(META.c.name == "format"))
        connection.execute(META.insert().values(name="format", value=str(FORMAT)))
    return steps


def _format(connection: sa.Connection) -> int:
    """The format of the tables, 0 if there are none. Raises StorageError if it is newer."""
    schema = SCHEMA if is_postgres(connection) else None
    if not sa.inspect(connection).has_table("meta", schema=schema):
        return 0
    found = int(connection.execute(sa.select(META.c.value).where(META.c.name == "format")).scalar_one())
    if found > FORMAT:
        raise StorageError(
            f"the tables of signals are of format {found}; this version reads up to {FORMAT}",
            todo="Upgrade rentalwatch. Nothing was changed.",
            code="RW-SIGNALS-NEWER",
            stated=found,
            known=FORMAT,
        )
    return found
