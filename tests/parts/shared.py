"""One broker and one database for all tests and all workers of a run: the first test that asks starts it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rentalwatch.dev.processes import named

ROOT = Path(__file__).parents[2]
RUNNING = {"kafka": "RENTALWATCH_TEST_KAFKA", "postgres": "RENTALWATCH_TEST_POSTGRES"}
"""Kind of part → the environment variable that names a running one, which is used then."""
LONGEST = 180.0
"""Seconds after which a start is taken to have failed: with the first download, on a slow machine."""
LOOK = 0.05


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """What all workers of a run have in common."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def pytest_called() -> int:
    """The process id of the pytest that was called; a worker is its child."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def address(kind: str, shared: Path) -> str:
    """How to reach the part; starts it if no one did."""
    if running := os.environ.get(RUNNING[kind]):
        return running
    said, failed = shared / f"{kind}.address", shared / f"{kind}.failed"
    with alone(shared / f"{kind}.lock"):
        if not said.exists() and not failed.exists():
            _start(kind, shared)
        deadline = time.monotonic() + LONGEST
        while not said.exists():
            assert not failed.exists(), failed.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, f"{kind} did not start within {LONGEST:.0f} s"
            time.sleep(LOOK)
    return said.read_text(encoding="utf-8")


def stop_all(shared: Path) -> None:
    """Ends what this run started; nothing is left running."""
    guards = [named(int(p.read_text(encoding="utf-8"))) for p in shared.glob("*.guard")]
    for guard in guards:
        guard.end(signal.SIGTERM)
    for guard in guards:
        guard.ended(within=LONGEST)


def _start(kind: str, shared: Path) -> None:
    with (shared / f"{kind}.log").open("ab") as log:
        guard = subprocess.Popen(
            [sys.executable, "-m", "tests.parts.guard", kind, str(shared), str(pytest_called())],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    (shared / f"{kind}.guard").write_text(str(guard.pid), encoding="utf-8")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One worker at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
