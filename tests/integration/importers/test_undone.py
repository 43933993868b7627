"""An import that is undone leaves nothing counted, and can be made again (D4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.targets import BESIDE
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import batches
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from tests.integration.importing import (
    CsvRow,
    Imported,
    as_of,
    board,
    figures,
    imports,
    models,
    open_rows,
    whole_homes,
    write_csv,
)

AT = 1_774_440_000_000_000
"""2026-03-25T12:00:00Z, when the mistake was seen."""
DAYS = ["2015-01-01", "2026-03-24"]


@pytest.fixture(scope="module")
def file(city_rows: list[CsvRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("file") / "some.csv", whole_homes(city_rows, 600))


def undo(folder: Path, went: Imported) -> int:
    with open_ledger(folder) as ledger:
        return sum(batches.retract(ledger, went.batch, reason="wrong file", at=AT))


def test_after_it_was_undone_no_home_is_known_and_nothing_is_a_figure(file: Path, folder: Path) -> None:
    went = imports(folder, file)
    with models(folder):
        pass  # they followed before it was undone

    assert undo(folder, went) == went.tally.counts.added

    with models(folder) as (ledger, engine):
        for day in DAYS:
            assert board(engine, as_of(day)).counts["known"] == 0
            told = figures(engine, as_of(day))
            assert {figure for name, figure in told.items() if name not in BESIDE} == {None}
            assert {name for name, figure in told.items() if figure} <= {"retractions"}, "that much was done"
        assert {name: rows.total() for name, rows in open_rows(engine).items()} == dict.fromkeys(
            open_rows(engine), 0
        )
        assert list(audit(ledger)) == []


def test_what_was_known_before_it_was_undone_is_still_told(file: Path, folder: Path) -> None:
    went = imports(folder, file)
    with models(folder) as (_, engine):
        before = figures(engine, as_of("2026-03-24"))
        known = board(engine, as_of("2026-03-24")).known_up_to

    undo(folder, went)

    with models(folder) as (_, engine):
        assert figures(engine, as_of("2026-03-24", known_at=known)) == before
        assert before["known"]


def test_importing_again_brings_the_same_read_models_back(file: Path, folder: Path, tmp_path: Path) -> None:
    imports(tmp_path / "once", file)
    went = imports(folder, file)
    undo(folder, went)

    again = imports(folder, file)

    assert again.tally.counts == went.tally.counts
    # a claim, and the clock that it opened, are named after their record, which is another one now
    with models(folder) as (_, twice), models(tmp_path / "once") as (_, once):
        assert open_rows(twice, without=["record", "key"]) == open_rows(once, without=["record", "key"])
        for day in DAYS:
            undone = {"retractions": 0}
            assert figures(twice, as_of(day)) | undone == figures(once, as_of(day)) | undone


def test_undoing_a_revision_brings_back_what_stood_before(
    city_rows: list[CsvRow], folder: Path, tmp_path: Path
) -> None:
    rows = whole_homes([r for r in city_rows if r["certifieddate"]], 100)
    later = [{**row, "certifieddate": "2026-03-01T00:00:00.000"} for row in rows]
    imports(folder, write_csv(tmp_path / "a.csv", rows))
    with models(folder) as (_, engine):
        before = open_rows(engine, without=["record", "key"])

    went = imports(folder, write_csv(tmp_path / "b.csv", later))
    with models(folder) as (_, engine):
        assert open_rows(engine, without=["record", "key"]) != before
    undo(folder, went)

    assert went.tally.counts.corrected > 0
    with models(folder) as (_, engine):
        assert open_rows(engine, without=["record", "key"]) == before


def test_an_import_is_undone_once(file: Path, folder: Path) -> None:
    went = imports(folder, file)
    undo(folder, went)

    with open_ledger(folder) as ledger, pytest.raises(NotPermittedError) as refused:
        noted = batches.find(ledger, str(went.batch.batch))
        list(batches.retract(ledger, noted, reason="again", at=AT))

    assert refused.value.code == "RW-BATCH-RETRACTED"
