"""A worker's name, which nobody else has while it lives.

Kafka takes a process that comes with a known name for the same one, back again: it gives it its partitions
within two seconds instead of waiting until the session of the one that died runs out. Two that run under one
name would shut each other out in turn, without a word; so the name is a lock of a database session, which
ends with the process.
"""

from __future__ import annotations

import re
import socket

from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.relay.leadership import LeadershipLostError, SessionLock

MOST_ON_A_HOST = 64
"""Numbers that are tried for a worker that was given no name: more workers than partitions do nothing."""

_ALLOWED = re.compile(r"[A-Za-z0-9._-]{1,200}")


class Name:
    """A name in a group of workers: the one that is wished for, else `HOST-N` with the lowest N that is free.

    The calls wait for the database; they are for a thread.
    """

    def __init__(self, dsn: str, group: str, wish: str = "") -> None:
        if wish and not _ALLOWED.fullmatch(wish):
            raise InvalidInputError(
                f"{wish!r} is no name for a worker",
                todo="Letters, digits, dots, dashes and underscores, at most 200.",
                code="RW-OPTIONS",
            )
        self.dsn, self.group, self.wish = dsn, group, wish
        self.held: str | None = None
        self._lock: SessionLock | None = None

    def take(self) -> str | None:
        """The name, once it is ours; None while another process has it. Raises StorageError."""
        for name in [self.wish] if self.wish else self._numbered():
            lock = SessionLock(self.dsn, f"{self.group}/{name}")
            if lock.taken():
                self._lock, self.held = lock, name
                return name
            lock.close()
        return None

    def keep(self) -> bool:
        """Whether the name is still ours. A session that ended is replaced, unless another process was
        quicker. Raises StorageError while the database cannot be asked."""
        try:
            if self._lock is not None:
                self._lock.check()
                return True
        except LeadershipLostError:
            self.close()
        lock = SessionLock(self.dsn, f"{self.group}/{self.held}")
        if not lock.taken():
            lock.close()
            return False
        self._lock = lock
        return True

    def close(self) -> None:
        """Gives it up."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @staticmethod
    def _numbered() -> list[str]:
        host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:100] or "worker"
        return [f"{host}-{n}" for n in range(MOST_ON_A_HOST)]
