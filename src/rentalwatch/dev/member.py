"""A process of the cluster: a node of the broker, the database, the relay, a worker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from rentalwatch.dev.child import Child
from rentalwatch.errors import StorageError


class Member(ABC):
    """What all of them have in common: a child process that is begun, asked, stopped and killed."""

    child: Child | None = None

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log

    @property
    def pid(self) -> int:
        """The program's own process; 0 when there is none."""
        return self.child.pid if self.child else 0

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    @abstractmethod
    def begin(self) -> None:
        """Starts the process; it is not ready yet."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it serves."""

    def stop(self, seconds: float) -> None:
        """An orderly stop."""
        if self.child:
            self.child.stop(seconds)

    def kill(self) -> None:
        """kill -9; what was acknowledged is still there at the next start."""
        if self.child:
            self.child.kill()


def did_not_start(what: str, log: Path | str, said: str) -> StorageError:
    """A start that failed, with the last lines that the process wrote."""
    return StorageError(
        f"{what}; its last lines:\n{said}", todo=f"The whole log is {log}.", code="RW-START", log=log
    )
