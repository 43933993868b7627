"""Who publishes: one relay per cluster, the others wait for its place.

In a cluster a lock that belongs to a database session: it is gone the moment the leader's process, machine
or connection is. (A pooler that hands sessions around would break it; the relay needs a direct connection.)
Beside a data folder it is a lock on a file. Neither is what keeps events from being doubled, the
transactional id does that; it keeps two relays from shutting each other out in turn.
"""

from __future__ import annotations

import fcntl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import make_conninfo

from rentalwatch.errors import StorageError
from rentalwatch.ledger.postgres_store import CHANNEL
from rentalwatch.settings import is_dsn

STANDBY_SECONDS = 0.5
"""Between two tries of a standby to take the place."""

POLL_SECONDS = 0.02
"""Between two looks into a data folder, which tells nobody of its commits."""

CONNECT_SECONDS = 3

KEEPALIVE: dict[str, str | int] = {
    "keepalives": 1,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 1,
    "tcp_user_timeout": 2_000,
    "options": "-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=1"
    " -c tcp_user_timeout=2000",
}
"""Both ends notice within two seconds that the other machine is gone. To be wrong about it costs little."""


class LeadershipLostError(StorageError):
    """This process is not the leader any more; another one may be."""

    code = "RW-RELAY-LEADERSHIP"


class Leadership(ABC):
    """The place of the one relay, or the wish for it."""

    @abstractmethod
    def taken(self) -> bool:
        """Tries to take the place, without waiting; whether it is ours now."""

    @abstractmethod
    def check(self) -> None:
        """Raises LeadershipLostError unless the place is still ours."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Until something may have been committed, or so long. Raises LeadershipLostError."""

    @abstractmethod
    def close(self) -> None:
        """Gives the place up."""


class SessionLock(Leadership):
    """The place in a cluster: an advisory lock of a database session, which also hears of commits."""

    def __init__(self, dsn: str, name: str) -> None:
        options = make_conninfo(dsn, **KEEPALIVE, connect_timeout=CONNECT_SECONDS, application_name=name)
        self._key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        with _said_in_words():
            self._connection = psycopg.connect(options, autocommit=True)
            self._session = self._connection.info.backend_pid

    def taken(self) -> bool:
        with _said_in_words():
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
            if row is None or not row[0]:
                return False
            self._connection.execute(f"LISTEN {CHANNEL}")
            return True

    def check(self) -> None:
        """Asks the server: the lock is the session's, so an answer of the same session is proof."""
        with _said_in_words():
            row = self._connection.execute("SELECT pg_backend_pid()").fetchone()
        if row is None or row[0] != self._session:
            raise LeadershipLostError("the database session was exchanged (a pooler?)")

    def wait(self, seconds: float) -> None:
        with _said_in_words():
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass

    def close(self) -> None:
        self._connection.close()


class FileLock(Leadership):
    """The place beside a data folder."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[Any] = (folder / "relay.lock").open("w")

    def taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def check(self) -> None:
        """A file's lock lasts as long as the process."""

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, POLL_SECONDS))

    def close(self) -> None:
        self._file.close()


@contextmanager
def contending(where: Path | str, name: str) -> Iterator[Leadership]:
    """The place beside the ledger at `where`, not taken yet; given up at the end. Raises StorageError."""
    place: Leadership = SessionLock(str(where), name) if is_dsn(where) else FileLock(Path(where))
    try:
        yield place
    finally:
        place.close()


def take(place: Leadership, give_up: Callable[[float], bool]) -> bool:
    """Waits for the place; whether it was taken. `give_up` is called between two tries with the seconds that
    it is to wait, and ends the wish by returning true. Raises LeadershipLostError."""
    while not place.taken():
        if give_up(STANDBY_SECONDS):
            return False
    return True


@contextmanager
def _said_in_words() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as e:
        said = (str(e).strip() or type(e).__name__).splitlines()[0]
        raise LeadershipLostError(f"the database session of the relay ended: {said}") from e


__all__ = ["Leadership", "LeadershipLostError", "SessionLock", "contending", "take"]
