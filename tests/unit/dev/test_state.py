"""What is written down of a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from rentalwatch.dev.leftovers import end_leftovers, stop_cluster
from rentalwatch.dev.processes import Process, named
from rentalwatch.dev.state import FILE, SUPERVISOR, State, load, save
from rentalwatch.errors import NotFoundError, StorageError

CLUSTER = State(brokers=3, ports={"database": 5432}, dsn="postgresql://u:p@127.0.0.1:5432/d", phase="ready")


def silent(_: str) -> None:
    pass


def test_a_cluster_is_found_again_as_it_was_written_down(tmp_path: Path) -> None:
    state = CLUSTER.changed(processes={SUPERVISOR: named(os.getpid())})
    save(tmp_path, state)
    found = load(tmp_path)
    assert found.supervised
    assert found.changed(processes={}) == CLUSTER


def test_only_its_owner_may_read_the_password(tmp_path: Path) -> None:
    save(tmp_path, CLUSTER)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_folder_without_a_cluster_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as refused:
        load(tmp_path)
    assert refused.value.code == "RW-NO-CLUSTER"


@pytest.mark.parametrize("text", ['{"format": 0}', '{"format": 99, "new": 1}', "{}", "[]", "no json", ""])
def test_a_folder_of_another_format_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(StorageError) as refused:
        load(tmp_path)
    assert refused.value.code == "RW-CLUSTER-FORMAT"
    assert (tmp_path / FILE).read_text(encoding="utf-8") == text


def test_a_process_that_got_the_id_of_one_written_down_is_never_ended(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        written = Process(stranger.pid, named(stranger.pid).began - 1.0)
        state = CLUSTER.changed(processes={SUPERVISOR: written, "relay": written})
        end_leftovers(state, silent)
        assert not stop_cluster(state, silent)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_stale_note_of_a_process_that_is_gone_keeps_nothing_from_starting() -> None:
    gone = subprocess.Popen(["true"])
    process = named(gone.pid)
    gone.wait()
    state = CLUSTER.changed(processes={"relay": process, SUPERVISOR: process})
    assert not state.supervised
    assert not state.running()


def test_what_still_runs_of_a_killed_start_is_ended() -> None:
    left = subprocess.Popen(["sleep", "60"])
    state = CLUSTER.changed(processes={"relay": named(left.pid)})
    left.send_signal(signal.SIGTERM)
    said: list[str] = []
    end_leftovers(state, said.append)
    assert left.wait() == -signal.SIGTERM
    assert json.dumps(said).count("relay") <= 1
