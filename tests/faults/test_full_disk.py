"""A full disk, seen from the process that meets it: told plainly, and over once there is space again."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from rentalwatch.errors import StorageError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from tests.faults.commands import Work, commands, marks_in, opening
from tests.faults.scenarios import Round, repeat
from tests.faults.writer import fills_the_disk


@pytest.mark.parametrize("work", ["record", "import"])
def test_the_same_process_goes_on_once_there_is_space(work: Work, tmp_path: Path) -> None:
    # given a ledger on a disk with hardly any space
    todo = commands(work, Random(1))
    with open_ledger(tmp_path, create=True) as ledger:
        opening(ledger)
        fills_the_disk(pages=3)(ledger, 0)

        # when it is full
        done = 0
        with pytest.raises(StorageError) as full:
            for command in todo:
                command.perform(ledger)
                done += 1

        # then a person is told so, and the command that failed left nothing behind
        assert full.value.code == "RW-DISK-FULL"
        assert full.value.todo
        stored = marks_in(ledger)
        assert not any(stored[mark] for mark in todo[done].marks)
        assert all(stored[mark] for command in todo[:done] for mark in command.marks)

        # and when space is freed, the same commands go in
        frees_the_disk(ledger)
        result = Round(work, 1)
        repeat(ledger, todo, result)
        assert result.whole, result.notes


def frees_the_disk(ledger: Ledger) -> None:
    fills_the_disk(pages=1_000_000)(ledger, 0)


def test_reading_goes_on_while_the_disk_is_full(tmp_path: Path) -> None:
    todo = commands("import", Random(1))
    with open_ledger(tmp_path, create=True) as ledger:
        opening(ledger)
        fills_the_disk(pages=0)(ledger, 0)
        with pytest.raises(StorageError):
            for command in todo:
                command.perform(ledger)
        assert len(ledger.facts(ledger.stream_of("HOME-1"))) >= 2
    with open_ledger(tmp_path) as ledger:
        assert ledger.recorder.max_notification_id() >= 8
