"""All read models from Kafka: a worker as it is started in a cluster (`rentalwatch worker projector`), from
a topic that was filled before into empty tables, against a bare Faust app that takes the same records from
the same topic and does nothing (`bare_worker`).

Both are processes of their own and are measured from the end of their first batch to that of their last:
how long they take to start and to join a group is not in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial

import psycopg

from bench.measure import Row, alternate
from bench.parts import ask, until
from bench.relay import publish
from bench.stage import Stage

GIVE_UP_SECONDS = 180.0
LOOK_SECONDS = 0.005
"""Between two looks at how much was folded; one batch takes a tenth of a second and more."""

FOLDED = "SELECT SUM(events) FROM folded"


class _Seen:
    """The first and the last look that found something."""

    def __init__(self, connection: psycopg.Connection[tuple[int | None]], events: int) -> None:
        self.connection, self.events = connection, events
        self.looks: list[tuple[float, int]] = []

    def all(self) -> bool:
        """Looks; whether everything is folded."""
        row = self.connection.execute(FOLDED).fetchone()
        folded = int(row[0] or 0) if row else 0
        if folded and (not self.looks or folded > self.looks[-1][1]):
            self.looks.append((time.perf_counter(), folded))
        return folded >= self.events

    def rate(self) -> float:
        """Events a second between the two; of all, where they came in one batch."""
        (begun, first), (ended, last) = self.looks[0], self.looks[-1]
        return (last - first) / (ended - begun) if last > first else float("nan")


def _ours(stage: Stage, prefix: str) -> float:
    dsn = stage.parts.database()
    with (
        psycopg.connect(dsn, options="-c search_path=models_1", autocommit=True) as connection,
        stage.parts.running(("worker", "projector"), dsn, prefix) as worker,
    ):
        seen = _Seen(connection, stage.cluster_events)
        until(seen.all, worker, GIVE_UP_SECONDS, LOOK_SECONDS)
    assert ask(dsn, "SELECT COUNT(*) FROM facts") == stage.cluster_events
    return seen.rate()


def _peer(stage: Stage, prefix: str) -> float:
    said = {"RENTALWATCH_KAFKA": stage.parts.kafka, "RENTALWATCH_TOPICS": prefix}
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare_worker", str(stage.cluster_events)],
        env=os.environ | said, capture_output=True, text=True, check=False, timeout=GIVE_UP_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the bare Faust app ended with {done.returncode}:\n{done.stderr}")
    return float(done.stdout)


def from_kafka(stage: Stage) -> Row:
    """Events a second."""
    prefix = stage.parts.topics()
    publish(stage, prefix)
    rates = alternate(partial(_ours, stage, prefix), partial(_peer, stage, prefix))
    return Row("read models from Kafka", *rates, 0.4, 0.8, "events/s")
