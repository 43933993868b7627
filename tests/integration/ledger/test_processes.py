"""One ledger, several processes: whoever comes second finds what the first one stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from tests.integration.ledger.together import together
from tests.unit.ledger.words import (
    HOME,
    an_id,
    began,
    home_row,
    imports,
    notices,
    patrols,
    registers,
    row,
    stored,
    told,
    undoes,
)

EIGHT = range(8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one home."""
    with open_ledger(tmp_path / "data", create=True) as ledger:
        ledger.record(registers(), an_id("home"))
    return tmp_path / "data"


def create(folder: Path) -> str:
    with open_ledger(folder, create=True) as ledger:
        return ledger.record(registers(), an_id("home")).stream_id


@pytest.mark.parametrize("attempt", range(5))
def test_eight_processes_that_create_one_folder_all_succeed(tmp_path: Path, attempt: int) -> None:
    answers = together(create, [(tmp_path / "new" / "data",)] * 8)
    assert len(set(answers)) == 1, answers
    with open_ledger(tmp_path / "new" / "data") as ledger:
        assert [event.version for event in stored(ledger)] == [1]
        assert list(audit(ledger)) == []
    assert not [entry for entry in (tmp_path / "new" / "data").iterdir() if entry.name.startswith(".")]


def record_many(folder: Path, writer: int) -> list[int]:
    with open_ledger(folder) as ledger:
        return [ledger.record(patrols(), an_id(f"{writer}/{n}")).version for n in range(25)]


def test_read_then_write_never_fails_as_stale(folder: Path) -> None:
    # given eight processes that read one file and then write to it, over and over
    answers = together(record_many, [(folder, writer) for writer in EIGHT])
    # then none was refused, and no two got the same version
    versions = [version for answer in answers for version in answer]
    assert sorted(versions) == list(range(2, 202)), answers
    with open_ledger(folder) as ledger:
        assert list(audit(ledger)) == []


def read_then_write(folder: Path, writer: int) -> int:
    with open_ledger(folder) as ledger:
        for n in range(25):
            with ledger.recorder.writing() as tx:
                known = tx.one("SELECT COUNT(*) FROM batches")[0]
                tx.execute(
                    "INSERT INTO batches (batch, source, file_name, file_hash, mapping_hash, started_at,"
                    " state) VALUES (?, '', '', '', '', ?, 'open')",
                    (an_id(f"{writer}/{n}").bytes, known),
                )
    return 25


def test_a_transaction_that_reads_before_it_writes_sees_every_earlier_one(folder: Path) -> None:
    assert together(read_then_write, [(folder, writer) for writer in EIGHT]) == [25] * 8
    with open_ledger(folder) as ledger:
        counted = ledger.recorder.query("SELECT started_at FROM batches ORDER BY 1")
        assert [row[0] for row in counted] == list(range(200))


def record_the_same(folder: Path, homes: Sequence[str]) -> list[tuple[int, bool]]:
    """Registrations and notices: said twice by different people they would be refused."""
    with open_ledger(folder) as ledger:
        outcomes = [
            ledger.record(said, an_id(f"{said.type_name} {home}"))
            for home in homes
            for said in (registers(home), notices("N-1", home), patrols(home))
        ]
        return [(outcome.position, outcome.again) for outcome in outcomes]


def test_the_same_command_at_once_is_stored_once_and_answered_alike(folder: Path) -> None:
    homes = [f"H{n}" for n in range(20)]
    answers = together(record_the_same, [(folder, homes)] * 4)
    assert all(isinstance(answer, list) for answer in answers), answers
    for outcomes in zip(*answers, strict=True):
        assert len({position for position, _ in outcomes}) == 1, answers
        assert [again for _, again in outcomes].count(False) == 1
    with open_ledger(folder) as ledger:
        assert len(stored(ledger)) == 1 + 60


def give_notice(folder: Path, writer: int) -> str:
    with open_ledger(folder) as ledger:
        ledger.record(notices("N-1"), an_id(f"notice {writer}"))
        return "given"


def test_a_notice_number_is_given_once_although_all_ask_at_once(folder: Path) -> None:
    answers = together(give_notice, [(folder, writer) for writer in EIGHT])
    assert answers.count("given") == 1
    assert all("RW-NOTICE-NUMBER-USED" in answer for answer in answers if answer != "given"), answers


def import_the_same(folder: Path, batch: str) -> list[int]:
    with open_ledger(folder) as ledger:
        counts = [
            imports(
                ledger, home_row("A"), *(row(f"{n}", "noise", "A") for n in range(c, c + 20)), batch=batch
            )
            for c in range(0, 100, 10)
        ]
        return [sum(count[i] for count in counts) for i in range(4)]


def test_imports_of_the_same_statements_at_once_add_each_fact_once(folder: Path) -> None:
    answers = together(import_the_same, [(folder, "first"), (folder, "second")])
    added, known, corrected, superseded = (sum(column) for column in zip(*answers, strict=True))
    assert (added, corrected, superseded) == (1 + 110, 0, 0), answers
    assert added + known == 2 * 10 * 21
    with open_ledger(folder) as ledger:
        assert told(ledger, "A") == ["noise"] * 110
        assert list(audit(ledger)) == []


def undo(folder: Path) -> int:
    with open_ledger(folder) as ledger:
        return sum(undoes(ledger, "first"))


def test_an_import_undone_twice_at_once_is_undone_once(folder: Path) -> None:
    with Ledger(folder / "ledger.db") as ledger:
        began(ledger, "first")
        imports(ledger, *(row(f"{n}", "noise") for n in range(300)), batch="first")
    answers = together(undo, [(folder,)] * 2)
    done = [answer for answer in answers if isinstance(answer, int)]
    assert sum(done) == 300
    assert all("RW-BATCH-RETRACTED" in answer for answer in answers if isinstance(answer, str)), answers
    with open_ledger(folder) as ledger:
        assert told(ledger, HOME) == []
        assert list(audit(ledger)) == []
