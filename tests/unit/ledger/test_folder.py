"""The data folder states its format, and only a command that writes creates one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.ledger.folder import FORMAT, open_ledger
from tests.unit.ledger.words import an_id, registers, stored


def test_reading_never_creates_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as refusal:
        open_ledger(tmp_path / "data")
    assert refusal.value.code == "RW-NO-LEDGER"
    assert list(tmp_path.iterdir()) == []


def test_reading_adds_nothing_to_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        open_ledger(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_writing_creates_folder_statement_and_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with open_ledger(folder, create=True) as ledger:
        ledger.record(registers(), an_id("home"))
    assert json.loads((folder / "ledger.json").read_text())["format"] == FORMAT
    with open_ledger(folder) as ledger:
        assert len(stored(ledger)) == 1


def test_creating_again_keeps_what_is_there(tmp_path: Path) -> None:
    for name in ("A", "B"):
        with open_ledger(tmp_path, create=True) as ledger:
            ledger.record(registers(name), an_id(name))
    with open_ledger(tmp_path) as ledger:
        assert len(stored(ledger)) == 2


def test_a_creation_that_was_cut_off_is_finished_by_the_next(tmp_path: Path) -> None:
    # given a process that died after the database, before the statement
    with open_ledger(tmp_path, create=True) as ledger:
        ledger.record(registers(), an_id("home"))
    (tmp_path / "ledger.json").unlink()

    with open_ledger(tmp_path, create=True) as ledger:
        assert len(stored(ledger)) == 1
    with open_ledger(tmp_path) as ledger:
        assert len(stored(ledger)) == 1


@pytest.mark.parametrize("stated", [FORMAT + 1, "2"])
@pytest.mark.parametrize("create", [False, True])
def test_a_newer_format_is_refused_and_left_as_it_is(tmp_path: Path, stated: object, create: bool) -> None:
    open_ledger(tmp_path, create=True).close()
    text = json.dumps({"format": stated, "epoch": 1})
    (tmp_path / "ledger.json").write_text(text)

    with pytest.raises(StorageError) as refusal:
        open_ledger(tmp_path, create=create)

    assert refusal.value.code == "RW-LEDGER-NEWER"
    assert (tmp_path / "ledger.json").read_text() == text


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json"])
def test_an_unreadable_statement_is_not_guessed_at(tmp_path: Path, text: str) -> None:
    open_ledger(tmp_path, create=True).close()
    (tmp_path / "ledger.json").write_text(text)
    with pytest.raises(StorageError) as refusal:
        open_ledger(tmp_path, create=True)
    assert refusal.value.code == "RW-LEDGER-STATEMENT"


def test_a_lost_database_is_reported_and_never_replaced_by_an_empty_one(tmp_path: Path) -> None:
    open_ledger(tmp_path, create=True).close()
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(StorageError) as refusal:
        open_ledger(tmp_path, create=True)
    assert refusal.value.code == "RW-LEDGER-MISSING"
    assert not (tmp_path / "ledger.db").exists()


def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as refusal:
        open_ledger(tmp_path / "file" / "data", create=True)
    assert refusal.value.code == "RW-FOLDER"
