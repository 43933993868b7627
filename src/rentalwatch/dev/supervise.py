"""Keeps a cluster running: starts again what dies, stops all when asked."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rentalwatch.dev import places, room
from rentalwatch.dev.cluster import Cluster
from rentalwatch.dev.jars import Say
from rentalwatch.dev.leftovers import end_leftovers
from rentalwatch.dev.member import Member
from rentalwatch.dev.processes import named
from rentalwatch.dev.state import FILE, SUPERVISOR, State, load, save
from rentalwatch.errors import InvalidInputError, NotPermittedError, RentalwatchError, StorageError

LOOK = 0.3
"""Seconds between two looks whether a process died."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a process that died is started again: twice as many each time, so that one that cannot run
does not keep the machine busy."""
SETTLED = 60.0
"""Seconds after which a process that ran so long is taken to be well again."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopAskedError(BaseException):
    """SIGTERM, Ctrl-C, or a closed terminal. No Exception, so that nothing on the way takes it for one."""


@dataclass(frozen=True)
class Wanted:
    """What `dev up` was asked for."""

    folder: Path
    brokers: int | None = None
    kafka_port: int | None = None
    postgres_port: int | None = None
    bare: bool = False


def run(wanted: Wanted, say: Say, ready: Callable[[State], None]) -> None:
    """Starts the cluster of a folder, calls `ready`, and looks after it until a signal comes; then stops it.
    Raises NotPermittedError (RW-CLUSTER-RUNNING), InvalidInputError (RW-OPTIONS) and StorageError (RW-START,
    RW-PORT-TAKEN, RW-MEMORY, RW-DISK, RW-CLUSTER-FORMAT, those of the parts). Nothing is left running."""
    with _alone(wanted.folder), _stoppable():
        cluster = None
        try:
            cluster = prepared(wanted, say)
            cluster.start()
            ready(cluster.state)
            _look_after(cluster, say)
        except StopAskedError:
            say("Stopping ...")
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            if cluster is not None:
                cluster.stop()
        say("Stopped. The data stay in the folder.")


def prepared(wanted: Wanted, say: Say) -> Cluster:
    """The cluster of a folder, not started: leftovers are ended, there is room, ports are chosen."""
    before = load(wanted.folder) if (wanted.folder / FILE).exists() else State(brokers=wanted.brokers or 1)
    if wanted.brokers not in (None, before.brokers):
        raise InvalidInputError(
            f"the cluster in {wanted.folder} has {before.brokers} broker(s), not {wanted.brokers}",
            todo="Leave --brokers out, or name another folder with --folder.",
            code="RW-OPTIONS",
        )
    end_leftovers(before, say)
    room.check(wanted.folder, before.brokers)
    ports = places.ports_for(before.brokers, before.ports, wanted.kafka_port, wanted.postgres_port, say)
    cluster = Cluster(wanted.folder, before.changed(ports=ports), say, bare=wanted.bare)
    cluster.state = cluster.state.changed(processes={SUPERVISOR: named(os.getpid())})
    save(wanted.folder, cluster.state)
    return cluster


@dataclass
class _Lives:
    """How a process fared."""

    member: Member
    begun: float
    pause: float = FIRST_PAUSE
    due: float | None = None


def _look_after(cluster: Cluster, say: Say) -> None:
    lives = [_Lives(member, time.monotonic()) for member in cluster.members]
    while True:
        for life in lives:
            if not life.member.alive:
                _revive(life, cluster, say)
        time.sleep(LOOK)


def _revive(life: _Lives, cluster: Cluster, say: Say) -> None:
    """Starts a process again once its pause is over."""
    now = time.monotonic()
    if life.due is None:
        life.pause = FIRST_PAUSE if now - life.begun > SETTLED else min(life.pause * 2, LONGEST_PAUSE)
        life.due = now + life.pause
        say(
            f"{life.member.name} ended; it is started again in {life.pause:.0f} s. Its log: {life.member.log}"
        )
    elif now >= life.due:
        life.begun, life.due = now, None
        try:
            life.member.begin()
            say(f"{life.member.name} is started again.")
        except (RentalwatchError, OSError) as e:
            say(f"{life.member.name} cannot be started: {e}")
        cluster.note()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One supervisor a folder; the system frees the lock of one that is killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as e:
        raise StorageError(
            f"{folder} cannot be written to: {e.strerror}",
            todo="Name another folder with --folder.",
            code="RW-FOLDER",
        ) from e
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotPermittedError(
                f"the cluster in {folder} is running already",
                todo="`rentalwatch dev status` shows it, `rentalwatch dev down` stops it.",
                code="RW-CLUSTER-RUNNING",
                folder=folder,
            ) from None
        yield


def _stop_asked(_: int, __: FrameType | None) -> None:
    raise StopAskedError


@contextmanager
def _stoppable() -> Iterator[None]:
    before = {number: signal.signal(number, _stop_asked) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
