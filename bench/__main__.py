"""`python -m bench [NAME …] [--dwellings N] [--json FILE]`: runs benchmarks, prints a table, writes JSON."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    append,
    append_postgres,
    file_as_of,
    from_kafka,
    importing,
    one_read_model,
    rebuild,
    relay,
    signal_latency,
    signals,
    signals_from_kafka,
    targets,
    visible,
)
from bench.machine import machine
from bench.measure import Row
from bench.stage import Stage
from bench.table import missed, table

BENCHMARKS: dict[str, Callable[[Stage], Row]] = {
    "append": append.append,
    "append-32": append.append_32,
    "append-postgres-32": append_postgres.append_32,
    "append-postgres-128": append_postgres.append_128,
    "relay": relay.relay,
    "import": importing.importing,
    "import-memory": importing.memory,
    "one-read-model": one_read_model.one_read_model,
    "one-read-model-postgres": one_read_model.on_postgres,
    "from-kafka": from_kafka.from_kafka,
    "visible-p50": visible.p50,
    "visible-p99": visible.p99,
    "signals": signals.signals,
    "signals-memory": signals.memory,
    "signals-from-kafka": signals_from_kafka.from_kafka,
    "signal-p50": signal_latency.p50,
    "signal-p99": signal_latency.p99,
    "signal-told-p99": signal_latency.told,
    "signal-sent-p99": signal_latency.sent,
    "signal-gap": signal_latency.gap,
    "rebuild": rebuild.rebuild,
    "targets-now": targets.now,
    "targets-any": targets.any_time,
    "file-p50": file_as_of.p50,
    "file-p95": file_as_of.p95,
}


def main() -> None:
    asked = _arguments()
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="rentalwatch-bench-") as folder,
        closing(Stage(Path(folder), asked.dwellings)) as stage,
    ):
        for name in asked.names or BENCHMARKS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            rows.append(BENCHMARKS[name](stage))
    print(table(rows))
    print(missed(rows))
    _write(asked.json, asked.dwellings, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Benchmarks with peers side by side."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)} (default: all)"
    )
    parser.add_argument("--dwellings", type=int, default=30_000, metavar="N", help="homes (default 30,000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default: bench-results/TIME.json")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    return asked


def _write(path: Path | None, dwellings: int, rows: list[Row]) -> None:
    when = datetime.now(UTC)
    path = path or Path("bench-results") / f"{when:%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {
        "at": when.isoformat(),
        "machine": machine(),
        "dwellings": dwellings,
        "rows": [{**row._asdict(), "meets_floor": row.meets(row.floor)} for row in rows],
    }
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    print(f"Written to {path}")


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM):  # also in the background, where shells ignore Ctrl-C
        signal.signal(ending, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted: what was started has been ended, nothing was written.")
