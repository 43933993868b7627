"""Words for stories about a relay: a ledger with events, a relay at work, what lies on the topic."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import Problem
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.compare import compare_with_kafka
from rentalwatch.ledger.relay.run import Relay
from rentalwatch.ledger.relay.topic import Published, reading
from rentalwatch.ledger.store import Recorded
from rentalwatch.observe.health import Health
from tests.unit.ledger.words import an_id, day, home_row, imports, patrols, registers, row

GENEROUS_SECONDS = 60
"""How long a story waits for what must come; it goes on as soon as it came."""

LOOK_SECONDS = 0.1

HOMES = [f"HOME-{n}" for n in range(30)]


def until(what: Callable[[], Any], seconds: float = GENEROUS_SECONDS) -> Any:
    """Waits until something is so, and returns it; fails if it never is."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := what():
            return found
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"it did not come about within {seconds:.0f} s: {what}")


def homes(ledger: Ledger) -> None:
    """Registers thirty homes, in one commit."""
    imports(ledger, *[home_row(home) for home in HOMES])


def rows_of(ledger: Ledger, count: int, name: str = "row") -> None:
    """Stores that many notes in commits of a hundred, spread over the homes."""
    for start in range(0, count, 100):
        told = [row(f"{name}-{n}", "noise", HOMES[n % 30]) for n in range(start, min(count, start + 100))]
        imports(ledger, *told, batch=f"{name}-{start}")


def patrolled(ledger: Ledger, name: str, home: str = HOMES[0]) -> None:
    """Stores one record of a person under an id that follows from `name`."""
    ledger.record(patrols(home, at=day(len(name))), an_id(name))


MARKERS_SECONDS = 10
"""How long the markers of a transaction may take on a busy machine."""


def registered(ledger: Ledger, home: str) -> None:
    """A person registers one home."""
    ledger.record(registers(home), an_id(f"registration of {home}"))


def stored(ledger: Ledger) -> list[Recorded]:
    """Every event of a ledger."""
    return list(ledger.recorder.read_recorded(0, 1_000_000))


def published(cluster: Cluster) -> list[Published]:
    """Every committed event on the topic, in order of position."""
    foreign: list[Any] = []
    with reading(cluster.bootstrap, cluster.prefix) as topic:
        found = list(topic.merged(topic.ends(), foreign.append))
    assert foreign == []
    return found


def on_topic(cluster: Cluster) -> int:
    """Position of the last event on the topic."""
    with reading(cluster.bootstrap, cluster.prefix) as topic:
        last = topic.last()
    return last.row.position if last else 0


def differences(cluster: Cluster) -> list[Problem]:
    """What `verify --kafka` says."""
    with open_ledger(cluster.where) as ledger:
        return list(compare_with_kafka(ledger, cluster.bootstrap, cluster.prefix))


def same(cluster: Cluster) -> bool:
    """Whether the topic holds exactly what the ledger holds, and the comparison agrees.

    A commit is answered before its markers are written: who reads committed records alone may see the last
    transaction a moment later, so it is looked at again for a while before it is called different.
    """
    with open_ledger(cluster.where) as ledger:
        mine = stored(ledger)
    give_up = time.monotonic() + MARKERS_SECONDS
    while [event.row for event in published(cluster)] != mine or differences(cluster) != []:
        if time.monotonic() > give_up:
            return False
        time.sleep(0.2)
    return True


class Told:
    """A word that ends a relay of this process."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def is_set(self) -> bool:
        return self.event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        return self.event.wait(seconds)


class Running:
    """A relay in a thread of this process, and what ended it."""

    def __init__(self, cluster: Cluster) -> None:
        self.health, self.told = Health("relay"), Told()
        self.relay = Relay(cluster, self.health, self.told)
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.relay.run()
        except BaseException as e:
            self.error = e

    def at(self, position: int) -> bool:
        """Whether it has published up to a position."""
        return self.relay.figures.position == position

    def stop(self) -> None:
        self.told.event.set()
        self.thread.join(GENEROUS_SECONDS)
        assert not self.thread.is_alive()


@contextmanager
def relaying(cluster: Cluster) -> Iterator[Running]:
    """A relay at work; at the end of the block it is told to stop."""
    running = Running(cluster)
    try:
        yield running
    finally:
        running.stop()


def publish_all(cluster: Cluster) -> None:
    """Lets a relay publish everything that the ledger holds."""
    with open_ledger(cluster.where) as ledger:
        end = ledger.recorder.max_notification_id() or 0
    with relaying(cluster) as running:
        until(lambda: running.error or running.at(end))
    if running.error:
        raise running.error


class Process:
    """`rentalwatch relay` as a process of its own."""

    def __init__(self, cluster: Cluster, log: Path, *args: str) -> None:
        self.log = log
        env = os.environ | {
            "RENTALWATCH_DATA": str(cluster.where),
            "RENTALWATCH_KAFKA": cluster.bootstrap,
            "RENTALWATCH_TOPICS": cluster.prefix,
            "RENTALWATCH_LOG": "json",
        }
        command = [sys.executable, "-m", "rentalwatch", *(args or ("relay", "--listen", "127.0.0.1:0"))]
        with log.open("ab") as out:
            self.child = subprocess.Popen(command, env=env, stdout=out, stderr=out)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def kill(self) -> None:
        """kill -9."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(GENEROUS_SECONDS)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.child.terminate()
        return self.child.wait(GENEROUS_SECONDS)
