"""An embedded ledger goes into a cluster whole, once, and the folder is no ledger any more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rentalwatch.errors import NotPermittedError, StorageError
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.moving import move
from tests.unit.ledger.words import an_id, began, home_row, imports, patrols, registers, row, stored


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with records of people and of an import."""
    with open_ledger(tmp_path / "data", create=True) as ledger:
        ledger.record(registers("HOME-2"), an_id("home"))
        began(ledger, "first")
        imports(ledger, home_row(), row("1", "noise"), row("2", "fire"), batch="first")
        ledger.record(patrols("HOME-2"), an_id("patrol"))
    return tmp_path / "data"


def test_positions_instants_and_side_tables_are_kept_under_the_next_epoch(
    folder: Path, database: str
) -> None:
    # given a folder's ledger
    with open_ledger(folder) as before:
        events, told = stored(before), batches.all_batches(before)
    # when it is moved
    assert move(folder, database) == len(events)
    # then the database holds it, whole
    with open_ledger(database) as moved:
        assert stored(moved) == events
        assert batches.all_batches(moved) == told
        assert moved.recorder.epoch == 2
        assert list(audit(moved)) == []
        # and goes on where it ended: what was said before is known, what is new comes behind
        assert moved.record(patrols("HOME-2"), an_id("patrol")).again
        assert moved.record(patrols("HOME-2"), an_id("another")).position == len(events) + 1


def test_the_folder_refuses_everything_afterwards(folder: Path, database: str) -> None:
    with open_ledger(folder) as open_before:
        move(folder, database)
        for act in (
            lambda: open_ledger(folder),
            lambda: open_before.record(patrols("HOME-2"), an_id("late")),
            lambda: imports(open_before, row("3", "noise")),
        ):
            with pytest.raises(StorageError) as refusal:
                act()
            assert refusal.value.code == "RW-MOVED"
        assert len(stored(open_before)) == 5


def test_a_move_that_was_cut_off_before_the_folder_said_so_is_finished(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a move that died after the database had committed
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr("rentalwatch.ledger.moving.state_moved", dies)
        move(folder, database)
    # and somebody recorded in the folder meanwhile
    with open_ledger(folder) as ledger:
        ledger.record(patrols("HOME-2"), an_id("meanwhile"))
        events = stored(ledger)
    # when it is run again
    assert move(folder, database) == 1
    # then nothing is missing and nothing twice
    with open_ledger(database) as moved:
        assert stored(moved) == events
        assert list(audit(moved)) == []


def test_a_database_with_another_ledger_is_refused_and_neither_is_changed(
    folder: Path, database: str
) -> None:
    with open_ledger(database) as other:
        other.record(registers("ELSEWHERE"), an_id("elsewhere"))
        with pytest.raises(NotPermittedError) as refusal:
            move(folder, database)
        assert refusal.value.code == "RW-NOT-EMPTY"
        assert len(stored(other)) == 1
    with open_ledger(folder) as ledger:
        assert len(stored(ledger)) == 5


def test_a_ledger_of_new_york_s_size_is_moved_in_one_go(
    new_york_folder: Path, database: str, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(new_york_folder, tmp_path / "copy"))
    reached: list[int] = []
    assert move(copy, database, reached.append) == 70_095
    assert reached == sorted(reached)
    with Ledger(database) as moved:
        assert moved.recorder.max_notification_id() == 70_095
