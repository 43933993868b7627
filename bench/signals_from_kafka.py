"""Signals from Kafka: a worker as it is started in a cluster (`rentalwatch worker early-warning`), from a
topic that was filled before, against a bare Faust app that takes the same bytes and does nothing
(`bare_worker`).

Both are measured from their first batch to their last: how long they take to start is not in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial

from bench import signal_days
from bench.measure import Row, alternate
from bench.parts import until
from bench.stage import Stage
from bench.warned_district import Progress, made, warning
from rentalwatch.early_warning.sending import sender
from rentalwatch.ledger.topics import signals_topic

ESTATES, HOMES, DAYS = 6, 400, 8
A_TRY = (2, 20, 3)
READINGS_A_RECORD = 1_000
GIVE_UP_SECONDS = 180.0
LOOK_SECONDS = 0.01


def _records(homes: int, days: int) -> list[bytes]:
    """Of one estate."""
    return [record for nth in range(days) for record in signal_days.day(0, homes, nth, READINGS_A_RECORD)]


def _filled(stage: Stage) -> tuple[str, int, int]:
    """(prefix of the topics, records, readings)."""
    estates, homes, days = A_TRY if stage.is_a_try else (ESTATES, HOMES, DAYS)
    records = _records(homes, days)
    prefix = stage.parts.topics()
    with sender(stage.parts.kafka, prefix) as put:
        for estate in range(estates):
            for record in signal_days.of_another(estate, records):
                put(f"estate:e-{estate}", record)
    readings = sum(len(json.loads(record)["at"]) for record in records)
    return prefix, estates * len(records), estates * readings


def _ours(stage: Stage) -> float:
    estates, homes, days = A_TRY if stage.is_a_try else (ESTATES, HOMES, DAYS)
    dsn, prefix = made(stage, estates, homes), stage.parts.topics()
    with warning(stage, dsn, prefix, estates):
        pass  # it knows the homes now, and has written that it does
    records = _records(homes, days)
    with sender(stage.parts.kafka, prefix) as put:
        for estate in range(estates):
            for record in signal_days.of_another(estate, records):
                put(f"estate:e-{estate}", record)
    readings = estates * sum(len(json.loads(record)["at"]) for record in records)
    with stage.parts.running(("worker", "early-warning"), dsn, prefix) as worker:
        seen = Progress(worker, readings)
        until(seen.all, worker, GIVE_UP_SECONDS, LOOK_SECONDS)
        return seen.rate()


def _peer(stage: Stage, prefix: str, records: int, readings: int) -> float:
    said = {"RENTALWATCH_KAFKA": stage.parts.kafka, "RENTALWATCH_TOPICS": prefix}
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare_worker", str(records), signals_topic(prefix)],
        env=os.environ | said, capture_output=True, text=True, check=False, timeout=GIVE_UP_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the bare Faust app ended with {done.returncode}:\n{done.stderr}")
    return float(done.stdout) * readings / records


def from_kafka(stage: Stage) -> Row:
    """Readings a second, alerts recorded and counts written."""
    prefix, records, readings = _filled(stage)
    rates = alternate(partial(_ours, stage), partial(_peer, stage, prefix, records, readings), rounds=1)
    return Row("signals from Kafka, alerts recorded", *rates, None, None, "readings/s")
