"""Recorded → visible: how long until what was recorded stands in the read models, at 200 events/s, through
relay and worker as they run in a cluster. There is no peer.

For each event: from the return of `record` to the first look (one every 5 ms) that finds its row. Writers
keep to a timetable, so that one that is held up does not spare the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from uuid import uuid4

import psycopg

from bench.append import HOMES, commands, registered
from bench.measure import Row
from bench.parts import ask, ready, until
from bench.stage import Stage
from rentalwatch.ledger.application import Ledger

A_SECOND = 200
WRITERS = 8
"""Threads of one process: a commit on a slow disk may take longer than the 5 ms between two events."""

LOOK_SECONDS = 0.005
SETTLE_SECONDS = 60.0
COUNT = "SELECT COUNT(*) FROM facts"
PROMISED_DWELLINGS, SECONDS, SECONDS_OF_A_SHORT_RUN = 300_000, 30, 10
SECONDS_OF_A_TRY = 2


class Watching:
    """Looks at the read models all the time; knows when it first saw which position."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.seen: dict[int, float] = {}
        self._stop = Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Looks until the block is left."""
        thread = Thread(target=self._look, name="watching")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self) -> None:
        upto = 0
        with psycopg.connect(self.dsn, options="-c search_path=models_1", autocommit=True) as connection:
            connection.execute("CREATE INDEX ON facts (position)")  # looking must not cost more than folding
            while not self._stop.wait(LOOK_SECONDS):
                rows = connection.execute(
                    "SELECT position FROM facts WHERE position > %s", (upto,)
                ).fetchall()
                now = time.perf_counter()
                for (position,) in rows:
                    self.seen.setdefault(position, now)
                while upto + 1 in self.seen:
                    upto += 1


def _seconds(stage: Stage) -> int:
    if stage.is_a_try:
        return SECONDS_OF_A_TRY
    return SECONDS if stage.dwellings >= PROMISED_DWELLINGS else SECONDS_OF_A_SHORT_RUN


def _record_all(ledger: Ledger, seconds: int) -> dict[int, float]:
    """Records to the timetable; returns position → when `record` returned."""
    said = commands(seconds * A_SECOND)
    begun = time.perf_counter()

    def record(n: int) -> tuple[int, float]:
        time.sleep(max(0.0, begun + n / A_SECOND - time.perf_counter()))
        position = ledger.record(said[n], uuid4()).position
        return position, time.perf_counter()

    with ThreadPoolExecutor(WRITERS) as writers:
        return dict(writers.map(record, range(len(said))))


def delays(stage: Stage) -> list[float]:
    """How many milliseconds each event took, sorted."""
    dsn, prefix = stage.parts.database(), stage.parts.topics()
    running = partial(stage.parts.running, dsn=dsn, prefix=prefix)
    watching = Watching(dsn)
    with registered(dsn) as ledger, running(("relay",)) as relay, running(("worker", "projector")) as worker:
        ready(relay)
        ready(worker)
        until(lambda: ask(dsn, COUNT) == HOMES, worker, SETTLE_SECONDS, LOOK_SECONDS)
        with watching.going_on():
            told = _record_all(ledger, _seconds(stage))
            until(lambda: watching.seen.keys() >= told.keys(), worker, SETTLE_SECONDS, LOOK_SECONDS)
    return sorted(1_000 * (watching.seen[position] - at) for position, at in told.items())


def p50(stage: Stage) -> Row:
    """The middle."""
    took = stage.visible
    return Row("recorded to visible, 200 events/s, p50", took[len(took) // 2], None, None, 150, None, "ms")


def p99(stage: Stage) -> Row:
    """All but the slowest hundredth."""
    took = stage.visible
    at = took[len(took) * 99 // 100]
    return Row("recorded to visible, 200 events/s, p99", at, None, None, 1_000, 250, "ms")
