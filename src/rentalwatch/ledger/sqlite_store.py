"""The embedded store: the library's SQLite recorder with our guarantees inside its transaction.

Every write begins IMMEDIATE: a read that later writes would fail as stale otherwise.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    IntegrityError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)

from rentalwatch.errors import StorageError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.store import Clock, Page, Recorder, wall_clock

BUSY_SECONDS = 30
"""How long a writer waits for another process's commit before it gives up."""

CLOSE_SECONDS = 5
"""How long closing waits for reads and writes that are under way; a service has ten to shut down."""

WAL_SWITCH_SECONDS = 0.01
"""Between two tries to open a file that another process is just creating."""


class _Pool(SQLiteConnectionPool):
    closing = False

    def get_connection(self, *args: Any, **kwargs: Any) -> SQLiteConnection:
        if self.closing:
            raise ConnectionPoolClosedError
        return super().get_connection(*args, **kwargs)

    def close(self) -> None:
        """Gives out no more connections and waits for those in use. The library closes a connection under
        the hands of the thread that uses it, and the process dies of a segmentation fault."""
        self.closing = True
        give_up = time.monotonic() + CLOSE_SECONDS
        with self._put_condition:
            while self._in_use and time.monotonic() < give_up:
                self._put_condition.wait(timeout=0.05)
            self._in_use.clear()  # whoever is not done by now keeps its connection to itself
            super().close()

    def _create_connection(self) -> SQLiteConnection:
        connection = self._connected()
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA cache_size=-65536")
        return connection

    def _connected(self) -> SQLiteConnection:
        """SQLite's own waiting does not cover the switch of a new file to WAL: eight processes that
        create one ledger together would fail as locked."""
        give_up = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return super()._create_connection()
            except sqlite3.OperationalError as e:
                if "locked" not in str(e) or time.monotonic() > give_up:
                    raise
                time.sleep(WAL_SWITCH_SECONDS)


class LedgerDatastore(SQLiteDatastore):
    """A file with synced commits, and streams named by text."""

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, lock_timeout=BUSY_SECONDS, originator_id_type="text")
        self.pool = _Pool(db_name=db_name, lock_timeout=BUSY_SECONDS, pool_size=5, max_overflow=40)


class LedgerFactory(SQLiteFactory):
    """Builds our recorder where the library builds its own."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.datastore.close()
        self.datastore = LedgerDatastore(str(self.env.get(self.SQLITE_DBNAME)))


class LedgerRecorder(Recorder, SQLiteApplicationRecorder):  # type: ignore[misc]  # None for no position
    """The library's application recorder for SQLite, plus D4."""

    def __init__(self, datastore: SQLiteDatastore, *, clock: Clock = wall_clock) -> None:
        SQLiteApplicationRecorder.__init__(self, datastore)
        self._begin(clock)

    def construct_create_table_statements(self) -> list[str]:
        return list(sql.CREATE)

    def create_table(self) -> None:
        with self.writing() as tx:
            for statement in self.create_table_statements:
                tx.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[Append]:
        with storage_errors(), self.datastore.get_connection(commit=True) as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteAppend(cursor, self)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @property
    def epoch(self) -> int:
        try:
            return super().epoch
        except StorageError:  # a folder made before ledgers said so of themselves
            return 1

    @contextmanager
    def snapshot(self) -> Iterator[Page]:
        with storage_errors(), self.datastore.transaction(commit=False) as c:

            def page(statement: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
                c.execute(statement, params)
                return [tuple(row) for row in c.fetchall()]

            yield page

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **extras: Any
    ) -> Sequence[int]:
        return SqliteAppend(c, self).append(stored_events, **extras)

    def insert_events(self, stored_events: Sequence[StoredEvent], **extras: Any) -> Sequence[int]:
        extras.pop("tracking", None)
        with self.writing() as tx:
            return tx.append(stored_events, **extras)

    def _read(self, statement: str, params: Sequence[Any]) -> list[Any]:
        with storage_errors(), self.datastore.transaction(commit=False) as c:
            c.execute(statement, params)
            return list(c.fetchall())


class SqliteAppend(Append):
    """What may be done under SQLite's write lock."""

    def many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self.cursor.executemany(statement, rows)

    def execute(self, statement: str, params: Sequence[Any] = ()) -> None:
        self.cursor.execute(statement, params)

    def known(self, record_ids: Sequence[bytes]) -> set[bytes]:
        return {i for i in record_ids if self.one(sql.SELECT_RECORD, (i,)) is not None}


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns what the disk and the database say into errors for people; conflicts pass through."""
    try:
        yield
    except sqlite3.IntegrityError as e:
        if "was moved" in str(e):
            raise StorageError(
                "this ledger was moved to a database; this step stored nothing",
                todo="Set RENTALWATCH_DATA to the database's DSN and run the same command again.",
                code="RW-MOVED",
            ) from e
        raise IntegrityError(str(e)) from e
    except IntegrityError:
        raise
    except (sqlite3.Error, PersistenceError) as e:
        raise _explained(str(e)) from e


def _explained(message: str) -> StorageError:
    if "full" in message:
        return StorageError(
            "the disk is full; this step stored nothing",
            todo="Free some space and run the same command again: what was acknowledged is kept.",
            code="RW-DISK-FULL",
        )
    if "locked" in message or "busy" in message:
        return StorageError(
            f"another process has been writing to the ledger for more than {BUSY_SECONDS} s",
            todo="Try again when it has finished.",
            code="RW-BUSY",
        )
    return StorageError(
        f"the ledger's database says: {message}", todo="Run `rentalwatch verify`.", code="RW-DATABASE"
    )
