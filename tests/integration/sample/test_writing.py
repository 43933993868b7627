"""The sample district in a data folder: whole, repeatable, on a clock of its own, never among others."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from projections import follow
from rentalwatch.domain.instants import micros
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import batches
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.sample.district import LEAST
from rentalwatch.sample.writing import Sample, standing_in, write
from rentalwatch.sample.year import BEFORE, LAST

SAMPLE = Sample(LEAST, 3)


class StoppedError(Exception):
    """Ctrl-C, or a process that was killed."""


def nothing(told: datetime) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district that was interrupted three times and finished."""
    folder = tmp_path_factory.mktemp("sample") / "district"

    def stop_after(commits: int):
        left = iter(range(commits))

        def on_progress(told: datetime) -> None:
            if next(left, None) is None:
                raise StoppedError

        return on_progress

    for commits in (2, 40, 400):
        with suppress(StoppedError):
            write(folder, SAMPLE, stop_after(commits))
        assert standing_in(folder) == SAMPLE
    write(folder, SAMPLE, nothing)
    return folder


def test_interrupted_and_run_again_it_is_whole_and_holds_nothing_twice(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "at-once", SAMPLE, nothing)
    with open_ledger(folder) as one, open_ledger(tmp_path / "at-once") as other:
        assert one.recorder.max_notification_id() == other.recorder.max_notification_id()
        assert list(audit(one)) == []
        assert [b.state for b in batches.all_batches(one)] == ["done"]


def test_a_finished_district_adds_nothing_when_it_is_asked_for_again(folder: Path) -> None:
    assert standing_in(folder) == Sample(LEAST, 3, done=True)
    assert write(folder, SAMPLE, nothing) == 0


def test_it_is_recorded_when_it_was_told_and_not_today(folder: Path) -> None:
    with open_ledger(folder) as ledger:
        last = ledger.recorder.max_notification_id() or 0
        (row,) = ledger.recorder.read_recorded(last - 1, 1)
        (first,) = ledger.recorder.read_recorded(0, 1)
    assert first.recorded_at >= micros(datetime.fromisoformat(f"{BEFORE}T00:00:00+08:00"))
    assert row.recorded_at <= micros(datetime.fromisoformat(f"{LAST}T23:59:59+08:00"))


def test_another_district_does_not_go_into_the_same_folder(folder: Path) -> None:
    with pytest.raises(NotPermittedError, match="another sample district") as refused:
        write(folder, Sample(LEAST, 4), nothing)
    assert refused.value.code == "RW-SAMPLE-FOLDER"


def test_it_never_goes_among_real_records(tmp_path: Path) -> None:
    with open_ledger(tmp_path, create=True):
        pass
    with pytest.raises(NotPermittedError, match="no sample district") as refused:
        write(tmp_path, SAMPLE, nothing)
    assert refused.value.code == "RW-SAMPLE-FOLDER"
    assert standing_in(tmp_path) is None


@pytest.mark.parametrize("dwellings", [0, LEAST - 1, 300_001])
def test_a_district_of_no_such_size_is_refused_before_anything_is_made(
    tmp_path: Path, dwellings: int
) -> None:
    with pytest.raises(NotPermittedError, match="has 4,000 to 300,000 homes"):
        write(tmp_path / "none", Sample(dwellings, 1), nothing)
    assert not (tmp_path / "none").exists()


def test_the_read_models_follow_it_without_a_parked_file(folder: Path) -> None:
    with open_ledger(folder) as ledger:
        engine = follow.open_read_models(folder)
        follow.catch_up(ledger, engine)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM files WHERE parked != 0").scalar() == 0
            now = "SELECT count(*) FROM dwelling_states WHERE valid_to = recorded_to"
            assert connection.exec_driver_sql(now).scalar() == LEAST, "homes that came twice are one"
        engine.dispose()
