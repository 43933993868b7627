"""Import, file to ledger: a real file through `importers.run`, against the bare recorder storing the very
same events in batches of 100.

Ours reads the file twice (once to look it through), maps, checks and hashes every row, tells new from
known and keeps the side tables; the peer is handed finished events.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.big_file import HPD, write_copies
from bench.measure import Row, alternate, timed
from bench.peers import bare_recorder, stored
from bench.stage import Stage
from rentalwatch.importers.run import plan, run
from rentalwatch.ledger.folder import open_ledger

BATCH = 100
ROWS = 18_000
"""Rows of the smaller file of the memory benchmark: enough to fill the page caches."""


def import_file(path: Path, folder: Path) -> int:
    """Imports a file into a new ledger; returns the number of events."""
    with open_ledger(folder, create=True) as ledger:
        planned = plan(path, "nyc_hpd", datetime.now(UTC))
        _, tally = run(ledger, planned, on_progress=lambda _: None, on_rejected=lambda _: None)
    return tally.events_added


def _ours(stage: Stage) -> float:
    folder = stage.place("import")
    with timed() as watch:
        events = import_file(HPD, folder)
    return watch.rate(events)


def _peer(stage: Stage, folder: Path) -> float:
    with open_ledger(folder) as ledger:
        events = stored(ledger.recorder.read_recorded(0, 10_000_000))
    recorder = bare_recorder(stage.place("import-bare.db"))
    with timed() as watch:
        for first in range(0, len(events), BATCH):
            recorder.insert_events(events[first : first + BATCH])
    recorder.datastore.close()
    return watch.rate(len(events))


def importing(stage: Stage) -> Row:
    """Events a second."""
    made = stage.place("imported")
    import_file(HPD, made)
    rates = alternate(lambda: _ours(stage), lambda: _peer(stage, made))
    return Row("import, file to ledger", *rates, 0.15, 0.35, "events/s")


def memory(stage: Stage) -> Row:
    """Peak memory of a process that imports ten times the rows, against one that imports them once."""
    once, tenfold = stage.place("1.csv"), stage.place("10.csv")
    write_copies(once, ROWS)
    write_copies(tenfold, 10 * ROWS)
    small, large = _peak(once, stage.place("small")), _peak(tenfold, stage.place("large"))
    return Row("import, peak memory at 10x rows", large, small, large / small, 1.2, None, "MB")


def _peak(path: Path, folder: Path) -> float:
    out = subprocess.run(
        [sys.executable, "-m", "bench.importing", str(path), str(folder)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(out.stdout)


def _own_peak_mb() -> float:
    """Of this process since its exec. `getrusage` would count what the parent held at the fork."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say VmHWM")


if __name__ == "__main__":
    import_file(Path(sys.argv[1]), Path(sys.argv[2]))
    print(_own_peak_mb())
