"""The embedded store: the library's SQLite recorder with our guarantees inside its transaction.

Every write begins IMMEDIATE (a read that later writes would fail as stale otherwise), sets `recorded_at`
under the write lock, and keeps events and side tables in one commit on a disk that was synced.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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

from rentalwatch.domain.instants import Micros
from rentalwatch.errors import InvalidInputError, StorageError
from rentalwatch.ledger import tables as sql

MAX_EVENTS = 1_000
MAX_BYTES = 1024 * 1024
"""A commit holds at most this much: larger ones hang or starve other writers."""

BUSY_SECONDS = 30
"""How long a writer waits for another process's commit before it gives up."""

CLOSE_SECONDS = 5
"""How long closing waits for reads and writes that are under way; a service has ten to shut down."""

WAL_SWITCH_SECONDS = 0.01
"""Between two tries to open a file that another process is just creating."""

Clock = Callable[[], Micros]


class CommitTooLargeError(InvalidInputError):
    """More than a commit may hold; nothing of it was stored."""

    code = "RW-COMMIT-TOO-LARGE"


def wall_clock() -> Micros:
    """Now, in microseconds."""
    return time.time_ns() // 1000


class Recorded(NamedTuple):
    """A stored event with its place: position in the ledger, version in its stream."""

    position: int
    stream_id: str
    version: int
    type_name: str
    state: bytes
    recorded_at: Micros


class StandingFact(NamedTuple):
    """What stands for a source's fact; `record_id` is None after a retraction."""

    record_id: bytes | None
    content_hash: str
    timeless_hash: str
    changes: int
    source_recorded_at: Micros | None
    stream_id: str | None = None
    """Where that record lies."""


@dataclass(frozen=True)
class SideRows:
    """What an append writes beside its events, as rows of the side tables."""

    records: list[tuple[bytes, str, int, str, bytes | None]] = field(default_factory=list)
    facts: list[tuple[str, str, str, bytes | None, str, str, int, Micros | None]] = field(
        default_factory=list
    )
    keys: list[tuple[str, str]] = field(default_factory=list)


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


class _Joined(threading.local):
    tx: Append | None = None


class LedgerRecorder(SQLiteApplicationRecorder):
    """The library's application recorder, plus D4. `clock` is injected by the sample and by tests only."""

    def __init__(self, datastore: SQLiteDatastore, *, clock: Clock = wall_clock) -> None:
        super().__init__(datastore)
        self.clock = clock
        self.skew: Micros = 0
        """How far the clock was found behind the last commit: 0 on a healthy machine."""
        self._joined = _Joined()

    def construct_create_table_statements(self) -> list[str]:
        return list(sql.CREATE)

    def create_table(self) -> None:
        with self.writing() as tx:
            for statement in self.create_table_statements:
                tx.execute(statement)

    @contextmanager
    def writing(self) -> Iterator[Append]:
        """One write transaction: takes the write lock first, commits at the end, or nothing at all.

        Raises IntegrityError on a version or id already used, StorageError if the disk is full or
        another process keeps the lock for longer than `BUSY_SECONDS`.
        """
        if self._joined.tx is not None:
            yield self._joined.tx
            return
        with storage_errors(), self.datastore.get_connection(commit=True) as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield Append(cursor, self)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def joined(self) -> Iterator[Append]:
        """As `writing`, and what this thread writes meanwhile joins it. Other threads and processes wait."""
        with self.writing() as tx:
            outer, self._joined.tx = self._joined.tx, tx
            try:
                yield tx
            finally:
                self._joined.tx = outer

    @property
    def is_joined(self) -> bool:
        """Whether this thread is inside `joined`."""
        return self._joined.tx is not None

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **extras: Any
    ) -> Sequence[int]:
        return Append(c, self).append(stored_events, **extras)

    def insert_events(self, stored_events: Sequence[StoredEvent], **extras: Any) -> Sequence[int]:
        extras.pop("tracking", None)
        with self.writing() as tx:
            return tx.append(stored_events, **extras)

    def read_recorded(self, after: int, limit: int = 1000) -> list[Recorded]:
        """Events behind a position, in order, with when each was recorded."""
        return [Recorded(*row) for row in self.query(sql.SELECT_RECORDED, (after, limit))]

    def read_file_by_file(self, after: tuple[str, int], upto: int, limit: int = 1000) -> list[Recorded]:
        """Events up to a position, stream by stream, behind `after` (stream, version; begin: ("", 0))."""
        return [Recorded(*row) for row in self.query(sql.SELECT_FILE_BY_FILE, (*after, upto, limit))]

    def read_stream(self, stream_id: str) -> list[Recorded]:
        """All events of one stream, in order."""
        return [Recorded(*row) for row in self.query(sql.SELECT_RECORDED_STREAM, (stream_id,))]

    def query(self, statement: str, params: Sequence[Any] = ()) -> list[Any]:
        """The rows of a read; it sees what this thread has written but not committed (`joined`)."""
        if self._joined.tx is not None:
            with storage_errors():
                return self._joined.tx.all(statement, params)
        with storage_errors(), self.datastore.transaction(commit=False) as c:
            c.execute(statement, params)
            return list(c.fetchall())


class Append:
    """What may be done under the write lock."""

    def __init__(self, cursor: SQLiteCursor, recorder: LedgerRecorder) -> None:
        self.cursor = cursor
        self.recorder = recorder
        self.recorded_at: Micros = 0
        """Of all events of this commit; 0 before the first."""

    def append(
        self, stored_events: Sequence[StoredEvent], *, side: SideRows = SideRows(), **_: Any
    ) -> list[int]:
        """Stores events and side rows; returns the positions. All events of a commit share one
        `recorded_at`: now, or a microsecond after the last one if the clock stood still or went back."""
        if not stored_events:
            return []
        _refuse_too_much(stored_events)
        last_position, recorded_at = self._next_instant()
        self._many(
            sql.INSERT_EVENT,
            [
                (_text(s.originator_id), s.originator_version, s.topic, s.state, recorded_at)
                for s in stored_events
            ],
        )
        self._many(sql.INSERT_RECORD, side.records)
        self._many(sql.PUT_FACT, side.facts)
        self._many(sql.INSERT_KEY, side.keys)
        return list(range(last_position + 1, last_position + 1 + len(stored_events)))

    def _next_instant(self) -> tuple[int, Micros]:
        last_position, last = self.one(sql.LAST_EVENT) or (0, None)
        if not self.recorded_at:
            now = self.recorder.clock()
            self.recorder.skew = 0 if last is None else max(0, last - now)
            self.recorded_at = now if last is None else max(now, last + 1)
        return last_position, self.recorded_at

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self.cursor.executemany(statement, rows)

    def one(self, statement: str, params: Sequence[Any] = ()) -> Any:
        """The first row, or None."""
        self.cursor.execute(statement, params)
        return self.cursor.fetchone()

    def all(self, statement: str, params: Sequence[Any] = ()) -> list[Any]:
        """All rows."""
        self.cursor.execute(statement, params)
        return list(self.cursor.fetchall())

    def execute(self, statement: str, params: Sequence[Any] = ()) -> None:
        """A statement without rows."""
        self.cursor.execute(statement, params)

    def streams(self, keys: Iterable[str]) -> dict[str, str]:
        """Identity key → stream, for those that are known."""
        return {row[0]: row[1] for row in self.all(sql.SELECT_STREAMS, (json.dumps(list(keys)),))}

    def versions(self, streams: Iterable[str]) -> dict[str, int]:
        """Stream → its last version (0: no events yet)."""
        rows = self.all(sql.SELECT_VERSIONS, (json.dumps(list(streams)),))
        return {row[0]: row[1] or 0 for row in rows}

    def facts(self, source: str, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StandingFact]:
        """(fact, key) → what stands for it, for those ever stored."""
        rows = self.all(sql.SELECT_FACTS, (json.dumps(list(wanted)), source))
        return {(row[0], row[1]): StandingFact(*tuple(row)[2:]) for row in rows}


def _text(originator_id: Any) -> str:
    return originator_id if isinstance(originator_id, str) else originator_id.hex


def _refuse_too_much(stored_events: Sequence[StoredEvent]) -> None:
    size = sum(len(s.state) for s in stored_events)
    if len(stored_events) > MAX_EVENTS or size > MAX_BYTES:
        raise CommitTooLargeError(
            f"a commit of {len(stored_events):,} events and {size:,} bytes is too large",
            todo=f"Split it: at most {MAX_EVENTS:,} events and {MAX_BYTES:,} bytes a commit.",
        )


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns what the disk and the database say into errors for people; conflicts pass through."""
    try:
        yield
    except sqlite3.IntegrityError as e:
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
