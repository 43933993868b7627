"""Tables that no rebuild makes again: a file of their own beside an embedded ledger, a schema of their own
in a cluster's database. They have a format, and are brought from each to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from projections.database import is_postgres, open_sqlite, writing
from rentalwatch.errors import StorageError
from rentalwatch.extras import needs


@dataclass(frozen=True)
class Beside:
    """What tables there are, and where."""

    what: str
    """Their name in a sentence: "the outbox is"."""
    file: str
    """In the data folder."""
    schema: str
    """In a cluster's database."""
    lock: int
    """Advisory lock of the one process that makes them; a number of our own."""
    meta: sa.Table
    """Names and values; the format is one."""
    steps: Mapping[int, Callable[[sa.Connection], None]]
    """Format → what leads to it from the one before."""
    newer: str
    """The code of the error where their format is newer."""

    @property
    def format(self) -> int:
        """That of this version."""
        return max(self.steps)

    def open_in(self, folder: Path) -> sa.Engine:
        """Those of a data folder, made if they are not there. Raises StorageError (`newer`), and the
        database's errors."""
        engine = open_sqlite(folder / self.file)
        sa.event.listen(engine, "connect", _durable)
        with writing(engine).begin() as connection:
            self.bring_up(connection)
        return engine

    def in_cluster(self, engine: sa.Engine) -> sa.Engine:
        """The same connections to a cluster's database, with names that resolve to these tables."""
        with needs("cluster"):
            from projections.postgres import in_schema
        return in_schema(engine, self.schema)

    def migrate(self, dsn: str) -> list[int]:
        """Makes them in a cluster's database, or brings them to this version; returns the formats passed.

        Guarantees: whole or not at all; safe when any number of processes do it at once. Raises StorageError.
        """
        with needs("cluster"):
            from projections.postgres import open_postgres
        engine = open_postgres(dsn)
        try:
            with self.in_cluster(engine).begin() as connection:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (self.lock,))
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
                return self.bring_up(connection)
        finally:
            engine.dispose()

    def bring_up(self, connection: sa.Connection) -> list[int]:
        """Takes the steps that are missing; which. Raises StorageError (`newer`)."""
        steps = [step for step in self.steps if step > self.found(connection)]
        for step in steps:
            self.steps[step](connection)
        if steps:
            connection.execute(self.meta.delete().where(self.meta.c.name == "format"))
            connection.execute(self.meta.insert().values(name="format", value=str(self.format)))
        return steps

    def found(self, connection: sa.Connection) -> int:
        """The format of the tables that are there, 0 if there are none. Raises StorageError (`newer`)."""
        schema = self.schema if is_postgres(connection) else None
        if not sa.inspect(connection).has_table(self.meta.name, schema=schema):
            return 0
        format_of = sa.select(self.meta.c.value).where(self.meta.c.name == "format")
        stated = int(connection.execute(format_of).scalar_one())
        if stated > self.format:
            raise StorageError(
                f"{self.what} of format {stated}; this version reads up to {self.format}",
                todo="Upgrade rentalwatch. Nothing was changed.",
                code=self.newer,
                stated=stated,
                known=self.format,
            )
        return stated


def _durable(connection: Any, _record: object) -> None:
    """What was put there must outlive a power cut: nothing could make it again."""
    connection.execute("PRAGMA synchronous=FULL")
