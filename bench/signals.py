"""Signals: readings a second of one process, from bytes to hits of the rules shipped for Shanghai, and what
the state of a district takes in memory.

Peer of the rate: `json.loads` of the same bytes alone. It is shown beside, since no library does the rest;
floor and goal are of our own rate. Both in time of the processor, since the promise is one for each core."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import signal_days
from bench.measure import Row, alternate
from bench.stage import Stage
from rentalwatch.domain.warning import Warnings
from rentalwatch.rulebooks import read_text, resolve
from rentalwatch.signals.district import District
from rentalwatch.signals.judging import Judge

HOMES = 2_000
"""Of an estate."""
RECORDS_A_FOLD = 20
READINGS_A_RECORD = 2_000
DAYS_BEFORE = 3
"""Folded before the clock starts, so that days close and windows are in use."""
DAYS = 3
DISTRICT = 300_000
"""Homes for which memory is promised."""
DAYS_KEPT = 9
"""After so many the state grows no more, but for a mean of 35 days whose room is taken at the start."""


def rules() -> Warnings:
    """The warning rules for Shanghai: thirteen, and the combined score."""
    return resolve(read_text("shanghai")).warning


def fold(district: District, records: Sequence[bytes], warnings: Warnings, judges: dict[str, Judge]) -> int:
    """Takes records in, as many at a time as a worker would, and judges what came of them; gives the hits."""
    hits = 0
    for first in range(0, len(records), RECORDS_A_FOLD):
        outcome = district.fold(records[first : first + RECORDS_A_FOLD])
        for rows in (*outcome.touched, *outcome.closed):
            judge = judges.setdefault(rows.estate, Judge())
            hits += sum(1 for _ in judge.judge(rows, warnings))
    return hits


def _ours(days: list[list[bytes]], homes: int) -> float:
    district, judges, warnings = District(), dict[str, Judge](), rules()
    district.fold([signal_days.context(0, homes)])
    for records in days[:DAYS_BEFORE]:
        fold(district, records, warnings, judges)
    began = time.process_time()
    for records in days[DAYS_BEFORE:]:
        fold(district, records, warnings, judges)
    return DAYS * homes * signal_days.READINGS_A_HOME / (time.process_time() - began)


def _peer(days: list[list[bytes]], homes: int) -> float:
    began = time.process_time()
    for records in days[DAYS_BEFORE:]:
        for record in records:
            json.loads(record)
    return DAYS * homes * signal_days.READINGS_A_HOME / (time.process_time() - began)


def signals(stage: Stage) -> Row:
    """Readings a second."""
    homes = min(stage.dwellings, HOMES)
    days = [signal_days.day(0, homes, nth, READINGS_A_RECORD) for nth in range(DAYS_BEFORE + DAYS)]
    ours, peer, _ = alternate(lambda: _ours(days, homes), lambda: _peer(days, homes))
    return Row("signals, in process, ten rules", ours, peer, None, 200_000, 2_000_000, "readings/s")


def memory(stage: Stage) -> Row:
    """Peak memory of a process that holds the state of a district and judges it."""
    out = subprocess.run(
        [sys.executable, "-m", "bench.signals", str(stage.dwellings)],
        check=True,
        capture_output=True,
        text=True,
    )
    whole = stage.dwellings >= DISTRICT
    return Row(
        f"signals, memory of {stage.dwellings:,} homes",
        float(out.stdout),
        None,
        None,
        1000 if whole else None,
        None,
        "MB",
    )


def _hold(homes: int) -> None:
    warnings, judges, district, each = rules(), dict[str, Judge](), District(), min(homes, HOMES)
    days = [signal_days.day(0, each, nth, 10 * READINGS_A_RECORD) for nth in range(DAYS_KEPT)]
    for estate in range(max(1, homes // HOMES)):
        district.fold([signal_days.context(estate, each)])
        for records in days:
            fold(district, signal_days.of_another(estate, records), warnings, judges)


def _own_peak_mb() -> float:
    """Of this process since its exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say VmHWM")


if __name__ == "__main__":
    _hold(int(sys.argv[1]))
    print(_own_peak_mb())
