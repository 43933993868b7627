"""`dev up` to `dev down`: the command itself, its processes, and what is left when one of them is killed."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from rentalwatch.dev.processes import Process
from rentalwatch.dev.state import SUPERVISOR, State, load, save
from tests.e2e.terminal import Terminal, environment, finished

T = TypeVar("T")
CLUSTER = "rentalwatch-cluster"
WITHIN = 90.0
"""Seconds after which something is taken never to happen."""


def until(found: Callable[[], T | None]) -> T:
    """What is found at last."""
    deadline = time.monotonic() + WITHIN
    while not (it := found()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
    return it


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A folder of its own; whatever runs in it at the end is stopped."""
    cache = {n: v for n, v in os.environ.items() if n == "RENTALWATCH_CACHE"}
    with tempfile.TemporaryDirectory(prefix="rentalwatch-test-cluster-") as folder:
        at = Terminal(Path(folder), environment(**cache))
        yield at
        at("dev", "down")


def state_of(terminal: Terminal) -> State:
    return load(terminal.folder / CLUSTER)


def everything(state: State) -> list[Process]:
    assert len(state.processes) > 1
    return list(state.processes.values())


def test_a_cluster_is_up_heals_itself_and_goes_down_with_its_data_kept(terminal: Terminal) -> None:
    up = terminal.asked("dev", "up", "--detach")
    exports = dict(line.removeprefix("export ").split("=", 1) for line in up.lines)
    assert list(exports) == ["RENTALWATCH_DATA", "RENTALWATCH_KAFKA"]
    assert terminal.asked("dev", "env").lines == up.lines

    status = terminal.asked("dev", "status", "--format", "json").json
    assert status["ready"]
    assert {p["name"] for p in status["processes"]} == {"database", "broker-1", "relay", "worker", SUPERVISOR}
    assert terminal("dev", "up").err.count("RW-CLUSTER-RUNNING") == 1

    before = state_of(terminal)
    for name in ("relay", "database"):
        before.processes[name].end(signal.SIGKILL)
    until(lambda: all(_anew(terminal, before, name) for name in ("relay", "database")))
    until(lambda: terminal("dev", "status").code == 0)
    assert "relay ended" in terminal.asked("dev", "logs", SUPERVISOR).out

    everyone = everything(state_of(terminal))
    terminal.asked("dev", "down")
    assert not any(process.runs for process in everyone)
    assert terminal("dev", "status").code == 5
    assert state_of(terminal).ports == before.ports


def _anew(terminal: Terminal, before: State, name: str) -> bool:
    now = state_of(terminal).processes[name]
    return now != before.processes[name] and now.runs


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_has_what_was_committed(
    terminal: Terminal,
) -> None:
    terminal.asked("dev", "up", "--bare", "--detach")
    state = state_of(terminal)
    with psycopg.connect(state.dsn) as connection:
        connection.execute("CREATE TABLE told AS SELECT 'committed' AS word")
    state.processes[SUPERVISOR].end(signal.SIGKILL)
    again = terminal.asked("dev", "up", "--bare", "--detach")
    assert not any(process.runs for process in everything(state))
    assert again.lines[0] == f"export RENTALWATCH_DATA={state.dsn}"
    with psycopg.connect(state.dsn) as connection:
        assert connection.execute("SELECT word FROM told").fetchall() == [("committed",)]


def test_of_two_starts_at_once_one_runs_and_the_other_says_so(terminal: Terminal) -> None:
    both = [terminal.start("dev", "up", "--bare", "--detach") for _ in range(2)]
    answers = sorted((finished(process) for process in both), key=lambda answer: answer.code)
    assert [answer.code for answer in answers] == [0, 3], answers
    assert "RW-CLUSTER-RUNNING" in answers[1].err
    assert terminal("dev", "status").code == 0


def test_ctrl_c_stops_all_whenever_it_comes(terminal: Terminal) -> None:
    up = terminal.start("dev", "up", "--bare")
    database = until(lambda: _process(terminal, "database"))
    up.send_signal(signal.SIGINT)
    answer = finished(up)
    assert answer.code == 0, answer
    assert "Stopped" in answer.err
    assert not database.runs


def _process(terminal: Terminal, name: str) -> Process | None:
    there = (terminal.folder / CLUSTER / "cluster.json").exists()
    return state_of(terminal).processes.get(name) if there else None


def test_a_cluster_of_another_size_or_format_is_refused_in_words(terminal: Terminal) -> None:
    folder = terminal.folder / CLUSTER
    folder.mkdir()
    save(folder, State(brokers=1))
    assert "RW-OPTIONS" in terminal("dev", "up", "--brokers", "3").err
    assert "RW-OPTIONS" in terminal("dev", "up", "--brokers", "2").err
    (folder / "cluster.json").write_text('{"format": 0}', encoding="utf-8")
    assert "RW-CLUSTER-FORMAT" in terminal("dev", "up").err
    assert "RW-NO-CLUSTER" in terminal("dev", "status", "--folder", "elsewhere").err
    assert "RW-NO-CLUSTER" in terminal("dev", "down", "--folder", "elsewhere").err
