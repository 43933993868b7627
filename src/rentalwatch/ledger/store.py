"""What both stores share: what is stored, how it is read and written, and what went wrong.

Every write takes the write lock first, sets `recorded_at` under it, and keeps events and side tables in one
commit that was synced (D4). `sqlite_store` and `postgres_store` say how.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rentalwatch.domain.instants import Micros
from rentalwatch.errors import InvalidInputError, StorageError
from rentalwatch.ledger import tables as sql
from rentalwatch.observe import metrics

if TYPE_CHECKING:
    from rentalwatch.ledger.appending import Append

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
    """Where that record counts: where it lies, or the file that took it over."""
    said_of: str | None = None
    """The stream of the home that the source said it of."""


@dataclass(frozen=True)
class SideRows:
    """What an append writes beside its events, as rows of the side tables. `keys` are those that nothing has
    yet; `led` are known ones that lead to another file from now on; of `moved`, `merged` and `led` the last
    row of a key holds."""

    records: list[tuple[bytes, str, int, str, bytes | None, str | None]] = field(default_factory=list)
    facts: list[tuple[str, str, str, bytes | None, str, str, int, Micros | None]] = field(
        default_factory=list
    )
    keys: list[tuple[str, str]] = field(default_factory=list)
    led: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[bytes, str]] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)

    def extend(self, more: SideRows) -> None:
        """Adds the rows of what comes behind."""
        for name in ("records", "facts", "keys", "led", "moved", "merged"):
            getattr(self, name).extend(getattr(more, name))


class _Joined(threading.local):
    tx: Append | None = None


class Recorder(ABC):
    """What the ledger asks of a store beyond the library's recorder. `clock` is injected by the sample
    and by tests only."""

    clock: Clock
    skew: Micros = 0
    """How far the clock was found behind the last commit: 0 on a healthy machine."""
    patience: float = 0.0
    """Seconds that a commit may wait for commands that are about to come; not worth it where one is quick."""
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
