"""A cluster of a few rounds: a database, topics, relay and worker processes that are put up again at once.

All processes are real; each shows on a port of its own whether it is ready.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from rentalwatch.dev.ports import HOST, free_port
from rentalwatch.dev.service import Service, page_is_ready
from rentalwatch.domain import events as ev
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.publisher import transactional_id
from rentalwatch.ledger.statements import NO_RECORD, Statement
from tests.faults.cluster.parts import Parts
from tests.faults.commands import BEGUN
from tests.faults.proxy import KafkaProxy

LONGEST_SECONDS = 150.0
"""After which a round is taken to have failed: the longest wait is for a session of ten seconds that ends,
here on a machine that does much else."""
LOOK_SECONDS = 0.1
TAIL = 3_000
"""Characters of each log that go into a failure."""

_WAITS = (
    "SELECT count(*) FROM ledger.stored_events e LEFT JOIN {schema}.files f ON f.stream_id = e.originator_id"
    " WHERE e.notification_id <= %s AND coalesce(f.last_version, 0) < e.originator_version"
)
"""How many events up to a position are not in the read models yet."""


class NotComeAboutError(AssertionError):
    """What must come did not come in time."""


class Stand:
    """The processes of a cluster. `proxy`: stands between the relay and the brokers."""

    def __init__(
        self,
        parts: Parts,
        dsn: str,
        prefix: str,
        folder: Path,
        *,
        relays: int = 1,
        workers: int = 1,
        proxy: KafkaProxy | None = None,
    ) -> None:
        self.parts, self.dsn, self.prefix, self.folder, self.proxy = parts, dsn, prefix, folder, proxy
        self.env = {
            "RENTALWATCH_DATA": dsn,
            "RENTALWATCH_KAFKA": parts.kafka,
            "RENTALWATCH_TOPICS": prefix,
            "RENTALWATCH_LOG": "json",
        }
        before = self.env | ({"RENTALWATCH_KAFKA": proxy.bootstrap} if proxy else {})
        self.relays = [self._service(f"relay-{n}", ("relay",), before) for n in range(relays)]
        named = [(f"worker-{n}", ("worker", "projector", "--name", f"worker-{n}")) for n in range(workers)]
        self.workers = [self._service(name, command, self.env) for name, command in named]

    @property
    def services(self) -> list[Service]:
        return [*self.relays, *self.workers]

    @property
    def whole_env(self) -> dict[str, str]:
        """For commands that people type."""
        return {**os.environ, **self.env}

    def start(self) -> None:
        """Starts them all and waits until they are ready."""
        self.start_all(self.services)

    def start_all(self, services: Sequence[Service]) -> None:
        """Starts these and waits until they are ready."""
        for service in services:
            service.begin()
        self.until(lambda: self.ready(services), "what was started is ready")

    def stop(self) -> None:
        """kill -9 of each: nothing is left running."""
        for service in self.services:
            service.kill()

    def again(self, service: Service) -> None:
        """kill -9, and up again at once, as a supervisor does it."""
        service.kill()
        service.begin()

    def pause(self, service: Service) -> None:
        """It sleeps, until `wake`."""
        os.kill(service.pid, signal.SIGSTOP)

    def wake(self, service: Service) -> None:
        os.kill(service.pid, signal.SIGCONT)

    def ledger(self) -> Ledger:
        """Opened here; to be closed by who asks."""
        return open_ledger(self.dsn)

    def ask(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        """Asks the database; `{schema}` is where the live read models are. Does what is no question, too."""
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5) as connection:
            if "{schema}" in query:
                live = "SELECT generation FROM models.generations WHERE state = 'live'"
                (number,) = connection.execute(live).fetchone() or (0,)
                query = query.replace("{schema}", f"models_{number}")
            answer = connection.execute(query.encode(), params or None)
            return answer.fetchall() if answer.description else []

    def end(self) -> int:
        """The last position of the ledger."""
        return int(self.ask("SELECT coalesce(max(notification_id), 0) FROM ledger.stored_events")[0][0])

    def shows(self, position: int) -> bool:
        """Whether the read models hold everything up to a position; no while the database is away."""
        try:
            return self.ask(_WAITS, position) == [(0,)]
        except psycopg.OperationalError:
            return False

    def ready(self, services: Iterable[Service] = ()) -> bool:
        """Whether these, or all, say that they are ready."""
        return all(page_is_ready(service.port) for service in services or self.services)

    def wait_ready(self) -> None:
        self.until(self.ready, "every process is ready")

    def quiet(self) -> None:
        """Waits until everything that was recorded is to be seen and every process is ready."""
        end = self.end()
        self.until(lambda: self.shows(end) and self.ready(), f"all up to position {end} is to be seen")

    def recovered(self, since: float, services: Iterable[Service] = ()) -> float:
        """Records something, waits until it and all before it is to be seen and the processes are ready;
        seconds since the strike at `since` (monotonic)."""
        name = f"PROBE-{uuid.uuid4()}"
        event = ev.DwellingRegistered(record_id=NO_RECORD, happened_at=BEGUN, label=name)
        with self.ledger() as ledger:
            ledger.record(Statement(event, subject=name), uuid.uuid4())
        end = self.end()
        self.until(lambda: self.shows(end) and self.ready(services), f"position {end} is to be seen")
        return time.monotonic() - since

    def leader(self) -> Service:
        """The relay that publishes."""
        leads = "rentalwatch_relay_leader 1.0"
        found = [relay for relay in self.relays if leads in page(relay.port, "/metrics").splitlines()]
        return found[0] if found else self.relays[0]

    def end_relay_sessions(self) -> int:
        """The database ends the sessions by which relays hold or want the place; how many."""
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = left(%s, 63)"
        return len(self.ask(mine, transactional_id(self.prefix)))

    def until(self, what: Callable[[], object], said: str) -> None:
        """Waits for something; tells what every process says where it does not come about."""
        give_up = time.monotonic() + LONGEST_SECONDS
        while not what():
            if time.monotonic() > give_up:
                raise NotComeAboutError(
                    f"not within {LONGEST_SECONDS:.0f} s: {said}\n{self.evidence()}\nlogs: {self.folder}"
                )
            time.sleep(LOOK_SECONDS)

    def evidence(self) -> str:
        """What every process says of itself, and the ends of their logs."""
        said = []
        for service in self.services:
            log = service.log.read_text("utf-8", "replace")[-TAIL:] if service.log.exists() else ""
            said.append(f"--- {service.name}: {page(service.port, '/readyz')}\n{log}")
        return "\n".join(said)

    def _service(self, name: str, command: tuple[str, ...], env: Mapping[str, str]) -> Service:
        return Service(name, command, free_port(), self.folder, env)


def page(port: int, path: str) -> str:
    """What a process answers; "" if it does not."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except (http.client.HTTPException, OSError):
        return ""
    finally:
        connection.close()


def problems(service: Service) -> dict[str, str]:
    """Why a process is not ready, as it says itself; nothing where it does not answer."""
    said = page(service.port, "/readyz")
    return dict(json.loads(said)["problems"]) if said else {}
