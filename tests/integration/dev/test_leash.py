"""A child never outlives the process that started it, however that one ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rentalwatch.dev import child
from rentalwatch.dev.processes import Process, below, named

STARTER = """
import sys, time
from pathlib import Path
from rentalwatch.dev import child
one = child.start(["/bin/sh", "-c", sys.argv[2]], Path(sys.argv[1]))
print(one.pid, flush=True)
time.sleep(600)
"""
LONG = "exec sleep 600"
STUBBORN = "trap '' TERM; while :; do sleep 1; done"
WITHIN = 30.0
"""Seconds after which a child is taken to be left over."""


@pytest.fixture
def starters() -> Iterator[list[subprocess.Popen[str]]]:
    begun: list[subprocess.Popen[str]] = []
    yield begun
    for starter in begun:
        starter.kill()
        starter.communicate()


def started(
    begun: list[subprocess.Popen[str]], log: Path, program: str
) -> tuple[subprocess.Popen[str], Process]:
    """A process that started a child, and the child."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, log, program], stdout=subprocess.PIPE, text=True
    )
    begun.append(starter)
    assert starter.stdout is not None
    return starter, named(int(starter.stdout.readline()))


def test_a_child_ends_when_its_starter_is_killed(
    tmp_path: Path, starters: list[subprocess.Popen[str]]
) -> None:
    starter, one = started(starters, tmp_path / "log", LONG)
    assert one.runs
    starter.kill()
    assert one.ended(within=WITHIN)


def test_a_child_that_does_not_heed_the_signal_is_killed_with_its_starter(
    tmp_path: Path, starters: list[subprocess.Popen[str]]
) -> None:
    starter, one = started(starters, tmp_path / "log", STUBBORN)
    starter.kill()
    assert one.ended(within=WITHIN)


def test_a_killed_child_leaves_no_watcher(tmp_path: Path) -> None:
    one = child.start(["/bin/sh", "-c", LONG], tmp_path / "log")
    while not (watchers := below(one.pid)):
        time.sleep(0.01)
    one.kill()
    assert all(watcher.ended(within=WITHIN) for watcher in watchers)


def test_an_orderly_stop_is_one_and_insisting_is_told_apart(tmp_path: Path) -> None:
    one = child.start(["/bin/sh", "-c", LONG], tmp_path / "log")
    assert one.stop(WITHIN)
    assert one.process.returncode == -signal.SIGTERM
    other = child.start(["/bin/sh", "-c", f"echo ready; {STUBBORN}"], tmp_path / "log")
    while "ready" not in other.last_words():
        time.sleep(0.01)
    assert not other.stop(0.5)
    assert other.process.returncode == -signal.SIGKILL
