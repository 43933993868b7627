"""A whole cluster in one folder: database and broker, what they need once, relay and worker."""

from __future__ import annotations

import time
from pathlib import Path

from rentalwatch.dev import child
from rentalwatch.dev.broker import Broker
from rentalwatch.dev.database import Database
from rentalwatch.dev.jars import Say
from rentalwatch.dev.member import Member, did_not_start
from rentalwatch.dev.places import addresses
from rentalwatch.dev.processes import named
from rentalwatch.dev.service import Service
from rentalwatch.dev.state import READY, STARTING, STOPPED, SUPERVISOR, State, save
from rentalwatch.errors import StorageError
from rentalwatch.extras import needs
from rentalwatch.migrating import migrate
from rentalwatch.settings import settings

DATABASE = "rentalwatch"
SERVICES = {"relay": ("relay",), "worker": ("worker", "projector")}
"""Name → command, in the order in which they are started."""
READY_WITHIN = 60.0
"""Seconds in which relay and worker must be ready: they take three."""
SHARES = {"worker": 3.0, "relay": 2.5, "": 3.5}
"""Seconds of an orderly stop for each ("": broker and database): 10 in all, with what else there is to do."""
LOOK = 0.1


class Cluster:
    """The processes of a cluster. Only one process at a time may hold one for a folder."""

    def __init__(self, folder: Path, state: State, say: Say, *, bare: bool = False) -> None:
        self.folder, self.say = folder, say
        self.state = state.changed(phase=STARTING, processes={})
        self.database = Database(folder / "database", state.ports["database"], say=say)
        self.broker = Broker(folder / "kafka", addresses(state.brokers, state.ports), say=say)
        self.services: list[Service] = []
        self.bare = bare

    @property
    def members(self) -> list[Member]:
        """Every process, in the order in which they are started."""
        return [self.database, *self.broker.nodes, *self.services]

    def start(self) -> None:
        """Starts everything and waits until all of it is ready. Raises StorageError (RW-START and those of
        the parts); the caller stops what was started."""
        self.say("Starting the database and the broker ...")
        self.database.begin()
        self.note()
        self.broker.begin()
        self.note()
        self.database.wait_ready()
        self.database.create(DATABASE)
        self.state = self.state.changed(dsn=self.database.dsn(DATABASE), kafka=self.broker.bootstrap)
        self._make_tables()  # while the broker, which takes longer, still starts
        self.broker.wait_ready()
        self._make_topics()
        if not self.bare:
            self._serve()
        self.state = self.state.changed(phase=READY)
        self.note()

    def note(self) -> None:
        """Writes down which processes there are, so that a later command finds them."""
        running = {m.name: named(m.pid) for m in self.members if m.pid}
        own = self.state.processes.get(SUPERVISOR)
        self.state = self.state.changed(processes=running | ({SUPERVISOR: own} if own else {}))
        save(self.folder, self.state)

    def stop(self) -> None:
        """Stops everything, last started first, within 10 s; insists where a process takes too long. What
        was acknowledged is stored either way."""
        for service in reversed(self.services):
            service.stop(SHARES[service.name])
        if self.database.child and self.database.alive:
            self.database.child.process.send_signal(self.database.child.stop_signal)
        self.broker.stop(SHARES[""])
        self.database.stop(SHARES[""])
        self.state = self.state.changed(phase=STOPPED, processes={})
        save(self.folder, self.state)

    def environment(self) -> dict[str, str]:
        """What commands need to know to use this cluster."""
        return {"RENTALWATCH_DATA": self.state.dsn, "RENTALWATCH_KAFKA": self.state.kafka}

    def _make_tables(self) -> None:
        migrate(self.state.dsn)

    def _make_topics(self) -> None:
        with needs("cluster"):
            from rentalwatch.ledger import topics
        topics.apply(self.state.kafka, settings().topics)

    def _serve(self) -> None:
        self.say("Starting relay and worker ...")
        self.services = [
            Service(name, command, self.state.ports[name], self.folder / "logs", self.environment())
            for name, command in SERVICES.items()
        ]
        for service in self.services:
            service.begin()
        self.note()
        deadline = time.monotonic() + READY_WITHIN
        for service in self.services:
            while not service.ready():
                if not service.alive or time.monotonic() > deadline:
                    raise _failed(service.name, service.child)
                time.sleep(LOOK)


def _failed(name: str, it: child.Child | None) -> StorageError:
    said, log = (it.last_words(), it.log) if it else ("", "")
    return did_not_start(f"{name} did not start", log, said)
