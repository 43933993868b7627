"""A folder of an older format is copied and brought to this one: whole, whatever happens on the way (D20)."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from projections import follow
from projections.database import FOLD_VERSION
from projections.scope import Scope
from projections.targets import as_json, board
from rentalwatch.domain.instants import upper_bound
from rentalwatch.errors import StorageError
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import FORMAT, open_ledger
from rentalwatch.ledger.upgrading import copy_of, upgrade
from tests.integration.importing import closing_engine
from tests.integration.ledger.together import together

MADE = Path(__file__).parents[2] / "fixtures" / "format-1" / "format-1.tar.xz"
"""A folder that the code of 79e8470 wrote; make.sh beside it says how."""
EVENTS = 21
STEPS = ("locked", "copying", "copied", "copy stated", "changed", "committed", "stated")


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A folder of format 1: three homes, imports, a revision, a retraction, corrections by hand."""
    with tarfile.open(MADE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "format-1"


def events(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT rowid, * FROM stored_events ORDER BY rowid").fetchall()


def stated(folder: Path) -> int:
    return int(json.loads((folder / "ledger.json").read_text())["format"])


def is_whole(folder: Path) -> None:
    """Of this format, with every event and every side row, beside a copy as it was."""
    with open_ledger(folder) as ledger:
        assert list(audit(ledger)) == []
        assert ledger.recorder.max_notification_id() == EVENTS
    copy = copy_of(folder, FORMAT)
    assert (stated(folder), stated(copy)) == (FORMAT, 1)
    assert events(copy / "ledger.db") == events(folder / "ledger.db")


def test_it_is_opened_copied_and_brought_to_this_format(older: Path) -> None:
    before = events(older / "ledger.db")
    open_ledger(older).close()
    assert events(older / "ledger.db") == before
    is_whole(older)
    with closing(sqlite3.connect(copy_of(older, FORMAT) / "ledger.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    assert "moved_records" not in tables


def test_it_counts_what_the_older_version_counted(older: Path) -> None:
    said = json.loads((older / "targets.json").read_text())
    with open_ledger(older) as ledger, closing_engine(follow.open_read_models(older)) as engine:
        follow.catch_up(ledger, engine)
        asked, begin = (upper_bound(f"{y}-12-31", "Asia/Shanghai") for y in (2026, 2025))
        with engine.connect() as connection:
            scope = Scope(asked=asked, begin=begin)
            found = as_json(board(connection, scope), scope, str)
    for target in ("zero_omission", "zero_growth", "zero_relapse"):
        assert {name: found[target][name] for name in said[target]} == said[target]
    assert said["zero_relapse"]["relapses"] == 1
    assert sorted(path.name for path in older.glob("read-models-*.db")) == [f"read-models-{FOLD_VERSION}.db"]


def test_opening_again_makes_no_second_copy(older: Path) -> None:
    open_ledger(older).close()
    shutil.rmtree(copy_of(older, FORMAT))
    open_ledger(older).close()
    assert not copy_of(older, FORMAT).exists()


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_is_finished_by_the_next(older: Path, step: str) -> None:
    # given a process that dies at once when it has reached a step
    def dies(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=upgrade, args=(older, FORMAT, dies))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    # then what it left states what it is
    assert stated(older) == (FORMAT if step == "stated" else 1)
    # and the next command finds everything
    is_whole(older)


@pytest.mark.parametrize("step", ["copied", "committed"])
def test_what_the_older_version_wrote_after_a_kill_is_in_the_copy(older: Path, step: str) -> None:
    # given an upgrade that died, and the older version writing on
    def dies(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=upgrade, args=(older, FORMAT, dies))
    process.start()
    process.join()
    with closing(sqlite3.connect(older / "ledger.db")) as connection, connection:
        connection.execute("CREATE TABLE note_of_the_older_version (x)")
    # when it is opened, then the copy is as the folder was just before
    open_ledger(older).close()
    with closing(sqlite3.connect(copy_of(older, FORMAT) / "ledger.db")) as connection:
        assert connection.execute("SELECT * FROM note_of_the_older_version").fetchall() == []
    is_whole(older)


def _opens(folder: Path) -> int:
    with open_ledger(folder) as ledger:
        return int(ledger.recorder.max_notification_id() or 0)


def test_eight_processes_that_open_it_together_all_find_it_whole(older: Path) -> None:
    assert together(_opens, [(older,)] * 8) == [EVENTS] * 8
    is_whole(older)


def test_a_process_of_the_older_version_that_goes_on_writing_is_refused(older: Path) -> None:
    # given one that had opened the ledger before
    with closing(sqlite3.connect(older / "ledger.db")) as held:
        open_ledger(older).close()
        # when it stores a record as it used to, then nothing of it is stored
        with pytest.raises(sqlite3.OperationalError, match="record_ids"):
            held.execute("INSERT INTO record_ids VALUES (x'01', 's', 1, 'h', NULL)")


def test_the_copy_is_a_folder_that_is_upgraded_like_any_other(older: Path) -> None:
    open_ledger(older).close()
    is_whole(copy_of(older, FORMAT))


def test_a_folder_without_room_for_the_copy_stays_as_it_was(older: Path) -> None:
    copy_of(older, FORMAT).write_text("in the way")
    with pytest.raises(StorageError) as refusal:
        open_ledger(older)
    assert refusal.value.code == "RW-FOLDER"
    assert stated(older) == 1
    copy_of(older, FORMAT).unlink()
    is_whole(older)
