"""The store of a cluster: the library's PostgreSQL recorder with our guarantees inside its transaction.

One lock orders all writers (the library's own functions take none, and readers then skip events); positions
are given under it, so that they have no gaps. A commit whose answer was lost is asked for by its transaction
id: it is never taken for a failure when it was stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from psycopg.conninfo import make_conninfo
from psycopg.rows import tuple_row

from rentalwatch.errors import StorageError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.store import (
    RECONNECT_SECONDS,
    Clock,
    ConnectionLostError,
    Page,
    Recorder,
    until_back,
    wall_clock,
)

SCHEMA = "ledger"
CHANNEL = "rentalwatch_events"
"""Told (NOTIFY) with every commit, so that a relay need not wait for its next poll."""

WRITE_LOCK = 7_130_001
"""Advisory lock of every writer; a number of our own."""

BUSY_SECONDS = 30
"""How long a writer waits for the others before it gives up."""

CONNECT_SECONDS = 5
POOL = 8
"""Connections a process holds at most: one writes, the others read."""

KEEPALIVE = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 5000}
"""A machine that is gone is noticed within about five seconds."""


class LedgerDatastore(PostgresDatastore):
    """Connections to the database that a DSN names, with the ledger's schema first."""

    def __init__(self, dsn: str) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text", schema=SCHEMA)
        self.dsn = make_conninfo(dsn, **KEEPALIVE, connect_timeout=CONNECT_SECONDS)
        # a pool that waits longer and longer for a dead server finds it late when it is back
        self.pool = ConnectionPool(
            self.dsn, min_size=0, max_size=POOL, open=False, configure=_prepare,
            timeout=CONNECT_SECONDS, reconnect_timeout=1.0, kwargs={"row_factory": psycopg.rows.dict_row},
        )  # fmt: skip

    def register_type_adapters(self) -> None:
        """Ours are arrays of columns: no composite types, no round trip to look them up."""


def _prepare(connection: psycopg.Connection[Any]) -> None:
    connection.autocommit = True
    connection.execute(f"SET search_path TO {SCHEMA}")


class LedgerFactory(PostgresFactory):
    """Builds our datastore where the library builds its own."""

    def __init__(self, env: Any, dsn: str) -> None:
        for name in ("DBNAME", "HOST", "PORT", "USER", "PASSWORD"):
            env[f"POSTGRES_{name}"] = "unused"
        super().__init__(env)
        self.datastore.close()
        self.datastore = LedgerDatastore(dsn)


class LedgerRecorder(Recorder, PostgresApplicationRecorder):
    """The library's application recorder for PostgreSQL, plus D4. `migrations` makes its tables."""

    patience = 0.001
    """A commit asks the database a dozen times, however many commands share it: with 32 threads that record
    without a pause, 1.6 times as many are stored."""

    def __init__(self, datastore: PostgresDatastore, *, clock: Clock = wall_clock) -> None:
        PostgresApplicationRecorder.__init__(self, datastore)
        self.channel_name = CHANNEL
        self._begin(clock)

    @contextmanager
    def _transaction(self) -> Iterator[Append]:
        with storage_errors(), self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            cursor.execute("BEGIN")
            try:
                xid = _locked(cursor)
                yield PostgresAppend(cursor, self)
                cursor.execute(f"NOTIFY {CHANNEL}")
            except BaseException:
                _roll_back(connection)
                raise
            self._commit(cursor, xid)

    def _commit(self, cursor: psycopg.Cursor[Any], xid: str) -> None:
        """Commits; if the answer is lost, finds out. Returns only if it was committed."""
        try:
            cursor.execute("COMMIT")
        except psycopg.OperationalError as e:
            if not self._was_committed(xid):
                raise ConnectionLostError(
                    f"the database went away; this step stored nothing: {first_line(e)}",
                    todo="Run the same command again once the database is back.",
                ) from e

    def _was_committed(self, xid: str) -> bool:
        give_up = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                with psycopg.connect(self.datastore.dsn, autocommit=True) as other:  # type: ignore[attr-defined]
                    row = other.execute("SELECT pg_xact_status(%s::xid8)", (xid,)).fetchone()
                if row is not None and row[0] != "in progress":
                    return bool(row[0] == "committed")
            except psycopg.OperationalError:
                pass
            if time.monotonic() > give_up:
                raise StorageError(
                    "the database went away in the middle of a commit: whether it was stored is not known",
                    todo="Run the same command again once the database is back: it is stored once only.",
                    code="RW-COMMIT-UNKNOWN",
                )
            time.sleep(0.1)

    @contextmanager
    def snapshot(self) -> Iterator[Page]:
        with storage_errors(), self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

            def page(statement: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
                cursor.execute(sql.for_postgres(statement), params)
                return cursor.fetchall()

            try:
                yield page
            finally:
                _roll_back(connection)

    def insert_events(self, stored_events: Sequence[StoredEvent], **extras: Any) -> Sequence[int]:
        extras.pop("tracking", None)
        with self.writing() as tx:
            return tx.append(stored_events, **extras)

    def _read(self, statement: str, params: Sequence[Any]) -> list[Any]:
        def read() -> list[Any]:
            with storage_errors(), self.datastore.get_connection() as connection:
                cursor = connection.cursor(row_factory=tuple_row, binary=True)
                return cursor.execute(sql.for_postgres(statement), params).fetchall()

        return until_back(read)


class PostgresAppend(Append):
    """What may be done under the write lock."""

    def many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.cursor.execute(sql.for_postgres(statement), columns)

    def execute(self, statement: str, params: Sequence[Any] = ()) -> None:
        self.cursor.execute(sql.for_postgres(statement), params)

    def known(self, record_ids: Sequence[bytes]) -> set[bytes]:
        statement = "SELECT record_id FROM record_ids WHERE record_id = ANY(%b)"
        return {row[0] for row in self.cursor.execute(statement, (list(record_ids),)).fetchall()}


def _locked(cursor: psycopg.Cursor[Any]) -> str:
    """Takes the write lock; returns the id of the transaction, by which a lost commit is asked for."""
    cursor.execute(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
    cursor.execute(f"SELECT pg_advisory_xact_lock({WRITE_LOCK}), pg_current_xact_id()::text")
    return str(cursor.fetchone()[1])  # type: ignore[index]


def _roll_back(connection: psycopg.Connection[Any]) -> None:
    """Whatever state the connection is in: one that is broken is thrown away by the pool."""
    try:
        connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns what the database and the library say into errors for people; conflicts pass through."""
    try:
        yield
    except psycopg.IntegrityError as e:
        raise IntegrityError(str(e)) from e
    except IntegrityError:
        raise
    except (psycopg.Error, PersistenceError) as e:
        raise explained(e) from e


def explained(error: Exception) -> StorageError:
    """An error of the driver, or the library's around it, in words."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    said = first_line(error)
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return StorageError(
            f"another process has been writing to the ledger for more than {BUSY_SECONDS} s",
            todo="Try again when it has finished.",
            code="RW-BUSY",
        )
    if isinstance(cause, psycopg.errors.DiskFull):
        return StorageError(
            "the database's disk is full; this step stored nothing",
            todo="Free some space and run the same command again: what was acknowledged is kept.",
            code="RW-DISK-FULL",
        )
    if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return StorageError(
            f"the database holds no ledger of this version: {said}",
            todo="Run `rentalwatch migrate`.",
            code="RW-NOT-MIGRATED",
        )
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return ConnectionLostError(
            f"the database cannot be reached: {said}", todo="Is it running, and is the DSN right?"
        )
    return StorageError(
        f"the ledger's database says: {said}", todo="Run `rentalwatch verify`.", code="RW-DATABASE"
    )


def first_line(error: BaseException) -> str:
    """What an error says, in a line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


__all__ = ["LedgerDatastore", "LedgerFactory", "LedgerRecorder"]
