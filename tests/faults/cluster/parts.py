"""The broker and the database under a stand: those that all tests of a run share, or own ones that may be
killed."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rentalwatch.dev.broker import Broker, chosen_addresses
from rentalwatch.dev.database import Database, _programs
from rentalwatch.dev.ports import free_port

Own = Literal["nothing", "database", "small database", "broker", "three brokers"]
"""What a kind of fault needs for itself, since it damages it."""

SMALL_SEGMENTS = "1"
"""Megabytes of a WAL segment in a small database: a file may then be limited to little more than that."""


class Shared(Protocol):
    """How to come by the parts that are shared; asked only where they are needed."""

    @property
    def kafka(self) -> Callable[[], str]: ...
    @property
    def postgres(self) -> Callable[[], str]: ...


@dataclass
class Parts:
    """What a stand stands on."""

    kafka: str
    postgres: str
    """The DSN of the server's own database."""
    database: Database | None = None
    broker: Broker | None = None

    @property
    def replication(self) -> int:
        """How often a record is kept."""
        return len(self.broker.nodes) if self.broker else 1


@contextmanager
def parts(own: Own, shared: Shared, logs: Path) -> Iterator[Parts]:
    """The parts of a kind; own ones are killed and taken away at the end, their logs kept in `logs`."""
    with ExitStack() as stack:
        database = broker = None
        if own in ("database", "small database"):
            database = stack.enter_context(_database(logs, small=own == "small database"))
        if own in ("broker", "three brokers"):
            broker = stack.enter_context(_broker(logs, 3 if own == "three brokers" else 1))
        kafka = broker.bootstrap if broker else shared.kafka()
        yield Parts(kafka, database.dsn() if database else shared.postgres(), database, broker)


@contextmanager
def _database(logs: Path, *, small: bool) -> Iterator[Database]:
    with _own_folder(logs) as folder:
        database = SmallDatabase(folder, free_port()) if small else Database(folder, free_port())
        database.start()
        try:
            yield database
        finally:
            database.kill()


@contextmanager
def _broker(logs: Path, nodes: int) -> Iterator[Broker]:
    with _own_folder(logs) as folder:
        broker = Broker(folder, chosen_addresses(nodes))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@contextmanager
def _own_folder(logs: Path) -> Iterator[Path]:
    # not within pytest's folder, through which the user as whom PostgreSQL runs may not pass
    folder = Path(tempfile.mkdtemp(prefix="rentalwatch-fault-"))
    try:
        yield folder
    finally:
        logs.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            shutil.copy(log, logs / log.name)
        shutil.rmtree(folder, ignore_errors=True)


class SmallDatabase(Database):
    """A server whose files are small, so that a limit for them is soon met."""

    def again(self, limit: int) -> None:
        """Stopped and started, with a limit in bytes for each of its files; the limit is inherited."""
        self.stop()
        own = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, own[1]))
        try:
            self.begin()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, own)
        self.wait_ready()

    def _make(self) -> None:
        """As any, then its WAL is cut anew."""
        super()._make()
        tool: list[str | Path] = [
            _programs() / "pg_resetwal",
            f"--wal-segsize={SMALL_SEGMENTS}",
            "-D",
            self.data,
        ]
        subprocess.run(tool, check=True, capture_output=True, **self.owner.identity())


def fresh_prefix() -> str:
    """Of topics that nobody else has."""
    return f"fault-{uuid.uuid4().hex[:12]}"
