"""Where the outbox lies: a file of its own beside an embedded ledger, a schema of its own in a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from projections.database import is_postgres, open_sqlite, writing
from rentalwatch.delivery.tables import META, METADATA
from rentalwatch.errors import StorageError
from rentalwatch.extras import needs

FILE = "delivery.sqlite"
"""In the data folder."""

SCHEMA = "delivery"
"""In a cluster's database."""

FORMAT = 1
"""Of the tables; `STEPS` leads from each to the next."""

MIGRATION_LOCK = 7_130_004
"""Advisory lock of the one process that makes the tables; a number of our own."""

STEPS: Mapping[int, Callable[[sa.Connection], None]] = {1: METADATA.create_all}
"""Format → what leads to it from the one before."""


def open_database(place: Path | str) -> sa.Engine:
    """The outbox's database of a data folder, made if it is not there; or of a cluster, which `migrate` made.

    Raises StorageError: RW-NOT-MIGRATED, RW-DELIVERY-NEWER, RW-CONNECTION, RW-DATABASE.
    """
    if isinstance(place, str):
        return _cluster(place)
    place.mkdir(parents=True, exist_ok=True)
    engine = open_sqlite(place / FILE)
    sa.event.listen(engine, "connect", _durable)
    try:
        with writing(engine).begin() as connection:
            _bring_up(connection)
    except sa.exc.DBAPIError as e:
        raise StorageError(
            f"the outbox {place / FILE} cannot be opened: {e.orig}",
            todo="Check the disk and the rights of the file.",
            code="RW-DATABASE",
        ) from e
    return engine


def migrate(dsn: str) -> list[int]:
    """Makes the tables in a cluster's database, or brings them to this version; returns the formats passed.

    Guarantees: whole or not at all; safe when any number of processes do it at once.
    """
    engine = _engine(dsn)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            return _bring_up(connection)
    finally:
        engine.dispose()


def _durable(connection: Any, _record: object) -> None:
    """What was put must outlive a power cut: nothing could make it again."""
    connection.execute("PRAGMA synchronous=FULL")


def _engine(dsn: str) -> sa.Engine:
    with needs("cluster"):
        from projections.postgres import in_schema, open_postgres
    return in_schema(open_postgres(dsn), SCHEMA)


def _cluster(dsn: str) -> sa.Engine:
    engine = _engine(dsn)
    try:
        with engine.begin() as connection:
            found = _format(connection)
    except sa.exc.DBAPIError as e:
        from rentalwatch.ledger.postgres_store import explained

        raise (explained(e.orig) if isinstance(e.orig, Exception) else e) from e
    if found < FORMAT:
        engine.dispose()
        raise StorageError(
            "the database holds no outbox of this version",
            todo="Run: rentalwatch migrate",
            code="RW-NOT-MIGRATED",
        )
    return engine


def _bring_up(connection: sa.Connection) -> list[int]:
    steps = [step for step in STEPS if step > _format(connection)]
    for step in steps:
        STEPS[step](connection)
    if steps:
        connection.execute(META.delete().where(META.c.name == "format"))
        connection.execute(META.insert().values(name="format", value=str(FORMAT)))
    if 1 in steps:
        connection.execute(META.insert().values(name="routing", value=""))
    return steps


def _format(connection: sa.Connection) -> int:
    schema = SCHEMA if is_postgres(connection) else None
    if not sa.inspect(connection).has_table("meta", schema=schema):
        return 0
    found = int(connection.execute(sa.select(META.c.value).where(META.c.name == "format")).scalar_one())
    if found > FORMAT:
        raise StorageError(
            f"the outbox is of format {found}; this version reads up to {FORMAT}",
            todo="Upgrade rentalwatch. Nothing was changed.",
            code="RW-DELIVERY-NEWER",
            stated=found,
            known=FORMAT,
        )
    return found
