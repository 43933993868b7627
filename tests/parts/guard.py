"""Keeps one part (a broker or a database) running for a test run, and ends it with the run.

`python -m tests.parts.guard KIND FOLDER PID` starts the part in the folder, says how to reach it in
`KIND.address`, and ends it when process PID, the pytest that was called, is gone or asks with SIGTERM. If the
guard itself is killed, its children end by the leash that `rentalwatch.dev.child` puts on them.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import FrameType

from rentalwatch.dev.broker import Broker, chosen_addresses
from rentalwatch.dev.database import Database
from rentalwatch.dev.ports import free_port
from rentalwatch.dev.processes import Process, named

LOOK = 0.3
"""Seconds between two looks whether pytest is still there."""


class StopAskedError(Exception):
    """SIGTERM came."""


def begun(kind: str, folder: Path) -> tuple[Broker | Database, str]:
    """The part, started, and how to reach it."""
    if kind == "kafka":
        broker = Broker(folder, chosen_addresses(1))
        broker.start()
        return broker, broker.bootstrap
    database = Database(folder, free_port())
    database.start()
    return database, database.dsn()


def guard(kind: str, shared: Path, pytest: Process) -> None:
    """Starts the part, waits for the end of pytest, ends it and takes its data away."""
    # not within pytest's own folder: the next pytest of the same user takes the right to pass through it
    # from the user as whom PostgreSQL runs, if that is another
    folder = Path(tempfile.mkdtemp(prefix=f"rentalwatch-test-{kind}-"))
    part = None
    try:
        part, address = begun(kind, folder)
        written(shared / f"{kind}.address", address)
        while pytest.runs:
            time.sleep(LOOK)
    except StopAskedError:
        pass
    except Exception:
        written(shared / f"{kind}.failed", traceback.format_exc())
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if part is not None:
            part.kill()
        shutil.rmtree(folder, ignore_errors=True)


def written(path: Path, text: str) -> None:
    """Writes a file that others see whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path)


def stop_asked(_: int, __: FrameType | None) -> None:
    raise StopAskedError


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop_asked)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, which asks with SIGTERM
    guard(sys.argv[1], Path(sys.argv[2]), named(int(sys.argv[3])))
