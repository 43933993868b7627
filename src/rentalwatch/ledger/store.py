"""What both stores share: what is stored, what may be done under the write lock, and what went wrong.

Every write takes the write lock first, sets `recorded_at` under it, and keeps events and side tables in one
commit that was synced (D4). `sqlite_store` and `postgres_store` say how.
"""

from __future__ import annotations

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from eventsourcing.persistence import StoredEvent

from rentalwatch.domain.instants import Micros
from rentalwatch.errors import InvalidInputError, StorageError
from rentalwatch.ledger import tables as sql
from rentalwatch.observe import metrics

MAX_EVENTS = 1_000
MAX_BYTES = 1024 * 1024
"""A commit holds at most this much: larger ones hang or starve other writers."""

RECONNECT_SECONDS = 30
"""How long a read, a command or the question after a lost commit waits for a database that went away."""

T = TypeVar("T")
Clock = Callable[[], Micros]
Page = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]
"""A read within one snapshot: (statement, parameters) → rows."""


class CommitTooLargeError(InvalidInputError):
    """More than a commit may hold; nothing of it was stored."""

    code = "RW-COMMIT-TOO-LARGE"


class ConnectionLostError(StorageError):
    """The database went away before anything was committed: the same step may be tried again."""

    code = "RW-CONNECTION"


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


class _Joined(threading.local):
    tx: Append | None = None


class Recorder(ABC):
    """What the ledger asks of a store beyond the library's recorder. `clock` is injected by the sample
    and by tests only."""

    clock: Clock
    skew: Micros = 0
    """How far the clock was found behind the last commit: 0 on a healthy machine."""
    _joined: _Joined

    def _begin(self, clock: Clock) -> None:
        self.clock = clock
        self._joined = _Joined()

    @contextmanager
    def writing(self) -> Iterator[Append]:
        """One write transaction: takes the write lock first, commits at the end, or nothing at all.

        Raises IntegrityError on a version or id already used; StorageError if the disk is full, another
        process keeps the lock for too long, or the database went away (then nothing was committed).
        """
        if self._joined.tx is not None:
            yield self._joined.tx
            return
        begun = time.perf_counter()
        with self._transaction() as tx:
            yield tx
        if tx.recorded_at:
            metrics.LEDGER_COMMIT_SECONDS.observe(time.perf_counter() - begun)
            metrics.LEDGER_EVENTS.inc(tx.events)
            metrics.LEDGER_CLOCK_SKEW_SECONDS.set(self.skew / 1_000_000)

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[Append]: ...

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

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[Page]:
        """Reads that all see the same state, whatever is written meanwhile."""

    @abstractmethod
    def _read(self, statement: str, params: Sequence[Any]) -> list[Any]: ...

    def query(self, statement: str, params: Sequence[Any] = ()) -> list[Any]:
        """The rows of a read; it sees what this thread has written but not committed (`joined`)."""
        if self._joined.tx is not None:
            return self._joined.tx.all(statement, params)
        return self._read(statement, params)

    def read_recorded(self, after: int, limit: int = 1000) -> list[Recorded]:
        """Events behind a position, in order, with when each was recorded."""
        return [Recorded(*row) for row in self.query(sql.SELECT_RECORDED, (after, limit))]

    def read_file_by_file(self, after: tuple[str, int], upto: int, limit: int = 1000) -> list[Recorded]:
        """Events up to a position, stream by stream, behind `after` (stream, version; begin: ("", 0))."""
        return [Recorded(*row) for row in self.query(sql.SELECT_FILE_BY_FILE, (*after, upto, limit))]

    def read_stream(self, stream_id: str) -> list[Recorded]:
        """All events of one stream, in order."""
        return [Recorded(*row) for row in self.query(sql.SELECT_RECORDED_STREAM, (stream_id,))]

    def max_notification_id(self) -> int | None:
        """The last position; None for an empty ledger."""
        last: int | None = self.query(sql.SELECT_LAST_POSITION)[0][0]
        return last

    @property
    def epoch(self) -> int:
        """Which life of the ledger this is: 1 from its making, one more after each move or recovery."""
        rows = self.query(sql.SELECT_META, ("epoch",))
        return int(rows[0][0]) if rows else 1


class Append(ABC):
    """What may be done under the write lock."""

    def __init__(self, cursor: Any, recorder: Recorder) -> None:
        self.cursor = cursor
        self.recorder = recorder
        self.recorded_at: Micros = 0
        """Of all events of this commit; 0 before the first."""
        self.events = 0
        """Appended in this commit."""

    def append(
        self, stored_events: Sequence[StoredEvent], *, side: SideRows = SideRows(), **_: Any
    ) -> list[int]:
        """Stores events and side rows; returns the positions. All events of a commit share one
        `recorded_at`: now, or a microsecond after the last one if the clock stood still or went back."""
        if not stored_events:
            return []
        refuse_too_much(stored_events)
        last_position, recorded_at = self._next_instant()
        self.events += len(stored_events)
        positions = list(range(last_position + 1, last_position + 1 + len(stored_events)))
        self.many(
            sql.INSERT_EVENT,
            [
                (position, _text(s.originator_id), s.originator_version, s.topic, s.state, recorded_at)
                for position, s in zip(positions, stored_events, strict=True)
            ],
        )
        self._beside(side, sql.INSERT_RECORD, sql.INSERT_KEY)
        return positions

    def restore(self, rows: Sequence[Recorded], side: SideRows) -> None:
        """Stores events at the positions and instants that they had before, with their side rows."""
        self.many(
            sql.INSERT_EVENT,
            [(r.position, r.stream_id, r.version, r.type_name, r.state, r.recorded_at) for r in rows],
        )
        self._beside(side, sql.INSERT_RECORD, sql.INSERT_NEW_KEY)

    def _beside(self, side: SideRows, insert_record: str, insert_key: str) -> None:
        self.many(insert_record, side.records)
        self.many(sql.PUT_FACT, list({row[:3]: row for row in side.facts}.values()))
        self.many(insert_key, list(dict.fromkeys(side.keys)))

    def _next_instant(self) -> tuple[int, Micros]:
        last_position, last = self.one(sql.LAST_EVENT) or (0, None)
        if not self.recorded_at:
            now = self.recorder.clock()
            self.recorder.skew = 0 if last is None else max(0, last - now)
            self.recorded_at = now if last is None else max(now, last + 1)
        return last_position, self.recorded_at

    @abstractmethod
    def many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """One of the statements of `tables` that take many rows; nothing for no rows."""

    @abstractmethod
    def execute(self, statement: str, params: Sequence[Any] = ()) -> None:
        """A statement without rows."""

    def one(self, statement: str, params: Sequence[Any] = ()) -> Any:
        """The first row, or None."""
        self.execute(statement, params)
        return self.cursor.fetchone()

    def all(self, statement: str, params: Sequence[Any] = ()) -> list[Any]:
        """All rows."""
        self.execute(statement, params)
        return list(self.cursor.fetchall())

    @abstractmethod
    def known(self, record_ids: Sequence[bytes]) -> set[bytes]:
        """Those of the record ids that were stored before."""

    def streams(self, keys: Iterable[str]) -> dict[str, str]:
        """Identity key → stream, for those that are known."""
        return {row[0]: row[1] for row in self.all(sql.SELECT_STREAMS, (json.dumps(list(keys)),))}

    def versions(self, streams: Iterable[str]) -> dict[str, int]:
        """Stream → its last version (0: no events yet)."""
        rows = self.all(sql.SELECT_VERSIONS, (json.dumps(list(streams)),))
        return {row[0]: row[1] or 0 for row in rows}

    def read_streams(self, streams: Iterable[str]) -> list[Recorded]:
        """All events of several streams, stream by stream in order."""
        rows = self.all(sql.SELECT_RECORDED_STREAMS, (json.dumps(list(streams)),))
        return [Recorded(*row) for row in rows]

    def facts(self, source: str, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StandingFact]:
        """(fact, key) → what stands for it, for those ever stored."""
        rows = self.all(sql.SELECT_FACTS, (json.dumps(list(wanted)), source))
        return {(row[0], row[1]): StandingFact(*tuple(row)[2:]) for row in rows}

    def set_epoch(self, epoch: int) -> None:
        """Begins another life of the ledger."""
        self.execute(sql.PUT_META, ("epoch", str(epoch)))


def _text(originator_id: Any) -> str:
    return originator_id if isinstance(originator_id, str) else originator_id.hex


def refuse_too_much(stored_events: Sequence[StoredEvent]) -> None:
    """Raises CommitTooLargeError."""
    size = sum(len(s.state) for s in stored_events)
    if len(stored_events) > MAX_EVENTS or size > MAX_BYTES:
        raise CommitTooLargeError(
            f"a commit of {len(stored_events):,} events and {size:,} bytes is too large",
            todo=f"Split it: at most {MAX_EVENTS:,} events and {MAX_BYTES:,} bytes a commit.",
        )


def until_back(act: Callable[[], T]) -> T:
    """Does something that may be repeated, again while the database is away, up to `RECONNECT_SECONDS`.

    Raises what `act` raises, ConnectionLostError at the end.
    """
    give_up, pause = time.monotonic() + RECONNECT_SECONDS, 0.05
    while True:
        try:
            return act()
        except ConnectionLostError:
            if time.monotonic() > give_up:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 1.0)
