"""The database of the read models: how it is opened, and which tables it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

METADATA = sa.MetaData()
"""What a fold writes: the same tables on both databases."""

CLUSTER = sa.MetaData()
"""Beside them, where events come through Kafka: how far, and what could not be read (PostgreSQL only)."""

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that is compared bytewise on both databases: order and ranges must not depend on the server (D10)."""

FOLD_VERSION = 3
"""Raised whenever the same facts would give other rows; a rebuild then fills a new database (D9)."""


class Bytes(sa.LargeBinary):
    """Bytes handed to the driver as they are (wrapping each in a memoryview costs more than storing it)."""

    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> None:
        return None


def is_postgres(connection: sa.Connection | sa.Engine) -> bool:
    """Whether these are read models of a cluster."""
    return connection.dialect.name == "postgresql"


def file_of(folder: Path) -> Path:
    """Where the embedded read models of this fold version lie."""
    return folder / f"read-models-{FOLD_VERSION}.db"


def older_files(folder: Path) -> list[Path]:
    """What earlier fold versions left in a data folder: nobody reads it any more, all can be rebuilt."""
    found = ((re.match(r"read-models-(\d+)\.db", p.name), p) for p in folder.glob("read-models-*.db*"))
    return [path for version, path in found if version and int(version[1]) < FOLD_VERSION]


def open_sqlite(path: Path) -> sa.Engine:
    """An embedded database of read models, made if it is not there.

    Losing its last commits to a power cut is harmless: the checkpoint goes with the rows, and they are
    folded again from the ledger; so it is synced at checkpoints only (`synchronous=NORMAL`).
    """
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # transactions begin below
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA cache_size=-131072")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("begin", "BEGIN")
        connection.exec_driver_sql(mode)

    return engine


def writing(engine: sa.Engine) -> sa.Engine:
    """The engine for transactions that will write: they take the write lock first, where there is one."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def create(engine: sa.Engine) -> None:
    """Makes the tables that are not there yet; safe when several processes do it at once."""
    with writing(engine).begin() as connection:
        METADATA.create_all(connection)
        if is_postgres(connection):
            CLUSTER.create_all(connection)


@contextmanager
def without_indexes(engine: sa.Engine) -> Iterator[None]:
    """Leaves out the indexes that only questions need while a new database is filled: made at the end, they
    are sorted once instead of searched for every row."""
    indexes = question_indexes()
    with writing(engine).begin() as connection:
        for index in indexes:
            index.drop(connection)
    yield
    with writing(engine).begin() as connection:
        for index in indexes:
            index.create(connection)


def question_indexes() -> list[sa.Index]:
    """Those by which the projector itself looks up nothing."""
    indexes = [index for table in METADATA.sorted_tables for index in table.indexes]
    return [index for index in indexes if index.columns.keys()[0] != "stream_id"]
