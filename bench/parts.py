"""A real broker and a real database for one run: each started when first asked for, both gone with the run.

They are those of `rentalwatch dev up`; if the run is killed they end by the leash that it puts on them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import psycopg

from rentalwatch.dev.broker import Broker, chosen_addresses
from rentalwatch.dev.database import Database
from rentalwatch.dev.ports import free_port
from rentalwatch.dev.service import Service
from rentalwatch.ledger import topics
from rentalwatch.migrating import migrate

READY_SECONDS = 60.0
"""How long relay and worker may take until they are ready: about three where nothing else runs."""

STOP_SECONDS = 10.0
LOOK_SECONDS = 0.1


class Parts:
    """What a cluster consists of, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begun: list[Broker | Database] = []

    @cached_property
    def server(self) -> Database:
        """The database server."""
        server = Database(self.folder / "database", free_port(), say=_say)
        self._begun.append(server)
        server.start()
        return server

    @cached_property
    def kafka(self) -> str:
        """Bootstrap servers of a broker of one node."""
        broker = Broker(self.folder / "kafka", chosen_addresses(1), say=_say)
        self._begun.append(broker)
        broker.start()
        return broker.bootstrap

    def empty_database(self) -> str:
        """The DSN of a database that nobody else has."""
        name = f"bench_{uuid4().hex[:12]}"
        self.server.create(name)
        return self.server.dsn(name)

    def database(self) -> str:
        """The same, migrated."""
        dsn = self.empty_database()
        migrate(dsn)
        return dsn

    def topics(self) -> str:
        """The prefix of topics that nobody else has, applied."""
        prefix = f"bench-{uuid4().hex[:12]}"
        topics.apply(self.kafka, prefix, 1)
        return prefix

    @contextmanager
    def running(self, command: tuple[str, ...], dsn: str, prefix: str) -> Iterator[Service]:
        """A process of rentalwatch, from the start to its orderly end."""
        said = {
            "RENTALWATCH_DATA": dsn,
            "RENTALWATCH_KAFKA": self.kafka,
            "RENTALWATCH_TOPICS": prefix,
            "RENTALWATCH_LOG": "json",
            "RENTALWATCH_WORKER": "",
        }
        service = Service(f"{command[0]}-{prefix}", command, free_port(), self.folder / "logs", said)
        service.begin()
        try:
            yield service
        finally:
            service.stop(STOP_SECONDS)

    def close(self) -> None:
        """Ends what was started. The data are thrown away: there is nothing to end in order."""
        for part in self._begun:
            part.kill()


def _say(what: str) -> None:
    """Kafka's files are fetched once, which takes a while."""
    print(what, file=sys.stderr, flush=True)


def ready(service: Service) -> None:
    """Waits until a process says that it is ready. Raises RuntimeError if it ends or takes too long."""
    until(service.ready, service, READY_SECONDS, LOOK_SECONDS)


def until(true: Callable[[], bool], service: Service, seconds: float, pause: float) -> None:
    """Waits for something that a process is to bring about. Raises RuntimeError with its last words."""
    deadline = time.monotonic() + seconds
    while not true():
        if not service.alive or time.monotonic() > deadline:
            words = service.child.last_words() if service.child else ""
            raise RuntimeError(f"{service.name} did not do it within {seconds:.0f} s:\n{words}")
        time.sleep(pause)


def ask(dsn: str, statement: str) -> int:
    """A number that the first read models of a database tell."""
    with psycopg.connect(dsn, options="-c search_path=models_1", autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return int(row[0] or 0) if row else 0
