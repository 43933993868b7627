"""The projector: repeats dropped, gaps refused, damage parked, newer events waited for, checkpoints moved by
compare-and-swap (D7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import checkpoints, follow
from projections.checkpoints import OvertakenError
from projections.database import create, file_of, open_sqlite, writing
from projections.files import PARKED
from projections.projector import GapError, Projector
from rentalwatch.ledger.codec import NewerVersionError
from rentalwatch.ledger.folder import LEDGER_FILE, open_ledger
from rentalwatch.ledger.statements import dwelling_stream
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import (
    CsvRow,
    all_rows,
    as_of,
    board,
    closing_engine,
    imports,
    models,
    takes,
    whole_homes,
    write_csv,
)
from tests.integration.ledger.together import together
from tests.unit.ledger.words import by_hand


@pytest.fixture(scope="module")
def file(city_rows: list[CsvRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("file") / "some.csv", whole_homes(city_rows, 150))


@pytest.fixture
def recorded(folder: Path, file: Path) -> list[Recorded]:
    imports(folder, file)
    with open_ledger(folder) as ledger:
        return ledger.recorder.read_recorded(0, 100_000)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with closing_engine(open_sqlite(tmp_path / "models.db")) as opened:
        create(opened)
        yield opened


def applied(engine: sa.Engine, *parts: list[Recorded]) -> dict[str, object]:
    """Every table after some batches, each in a transaction and by a worker of its own."""
    for part in parts:
        with writing(engine).begin() as connection:
            Projector().apply(part, connection)
    return {**all_rows(engine)}


def damage(folder: Path, row: Recorded, **values: object) -> None:
    """Changes a stored event past the ledger."""
    changes = ", ".join(f"{name} = :{name}" for name in values)
    with by_hand(folder / LEDGER_FILE) as connection:
        connection.execute(
            f"UPDATE stored_events SET {changes} WHERE rowid = :nth", {"nth": row.position, **values}
        )


def test_a_missing_version_is_never_folded_over(recorded: list[Recorded], engine: sa.Engine) -> None:
    gone = next(n for n, row in enumerate(recorded) if row.version == 3)

    with pytest.raises(GapError, match="version 4 came where 3 was due"):
        applied(engine, recorded[:gone], recorded[gone + 1 :])

    assert all_rows(engine)["facts"].total() == gone


def test_repeats_are_dropped_whole_or_in_part(recorded: list[Recorded], engine: sa.Engine) -> None:
    once = applied(engine, recorded)

    assert applied(engine, recorded, recorded[40:90], recorded[-1:]) == once


def test_a_batch_that_repeats_what_came_before_gives_what_each_event_once_gives(
    recorded: list[Recorded], engine: sa.Engine, tmp_path: Path
) -> None:
    with closing_engine(open_sqlite(tmp_path / "other.db")) as other:
        create(other)
        assert applied(engine, recorded[:60], recorded[30:200], recorded[100:]) == applied(other, recorded)


def test_a_damaged_event_parks_its_file_from_there_on_and_the_others_flow(
    recorded: list[Recorded], folder: Path
) -> None:
    third = next(row for row in recorded if row.version == 3)
    damage(folder, third, state=b"{not json")
    later = [row.version for row in recorded if row.stream_id == third.stream_id and row.version >= 3]

    with models(folder) as (_, engine):
        with engine.connect() as connection:
            parked = connection.execute(sa.select(PARKED).order_by(PARKED.c.version)).mappings().all()
        shown = board(engine, as_of("2026-03-24"))

    assert [(row["stream_id"], row["version"]) for row in parked] == [(third.stream_id, v) for v in later]
    assert parked[0]["state"] == b"{not json"
    assert "cannot be decoded" in parked[0]["reason"]
    assert shown.parked == 1
    assert shown.counts["known"] == len({row.stream_id for row in recorded})


def test_a_parked_file_stays_parked_and_its_next_events_are_kept(
    recorded: list[Recorded], folder: Path, file: Path, tmp_path: Path, city_rows: list[CsvRow]
) -> None:
    damage(folder, recorded[0], topic="nonsense")
    with models(folder) as (ledger, engine):
        before = all_rows(engine)["parked"].total()
        known = {(r["buildingid"], r["apartment"]): r for r in city_rows}
        row = next(
            known[home]
            for home in known
            if dwelling_stream(f"nyc_hpd:{home[0]}/{home[1]}") == recorded[0].stream_id
        )
        more = {**row, "violationid": "1", "inspectiondate": "2026-01-05T00:00:00.000"}
        takes(ledger, write_csv(tmp_path / "more.csv", [more]))
        follow.catch_up(ledger, engine)
        after = all_rows(engine)

        assert after["parked"].total() > before > 0
        assert board(engine, as_of("2026-03-24")).parked == 1
        follow.rebuild(ledger, tmp_path / "again.db")
        with closing_engine(open_sqlite(tmp_path / "again.db")) as again:
            assert all_rows(again) == after


def test_a_newer_event_stops_the_reader_where_it_was(recorded: list[Recorded], folder: Path) -> None:
    with models(folder) as (_, engine):
        before = all_rows(engine)
    last = recorded[-1]
    with by_hand(folder / LEDGER_FILE) as connection:
        newer = (
            last.stream_id,
            last.version + 1,
            "rentalwatch.TenantSurveyed.v1",
            b"{}",
            last.recorded_at + 1,
        )
        connection.execute("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", newer)

    with open_ledger(folder) as ledger, closing_engine(follow.open_read_models(folder)) as engine:
        with pytest.raises(NewerVersionError):
            follow.catch_up(ledger, engine)
        assert all_rows(engine) == before


def test_an_overtaken_projector_writes_nothing(recorded: list[Recorded], folder: Path) -> None:
    with models(folder) as (_, engine):
        before = all_rows(engine)
        with pytest.raises(OvertakenError), writing(engine).begin() as connection:
            connection.execute(PARKED.delete())
            checkpoints.move(connection, 50, 90, recorded[89].recorded_at)
            Projector().apply(recorded[50:90], connection)
        with pytest.raises(OvertakenError), writing(engine).begin() as connection:
            checkpoints.move(connection, 0, 90, recorded[89].recorded_at)
        assert all_rows(engine) == before


def _catches_up(folder: Path, page: int) -> int:
    follow.PAGE = page  # in a process of its own
    with open_ledger(folder) as ledger, closing_engine(follow.open_read_models(folder)) as engine:
        return follow.catch_up(ledger, engine)


def test_processes_that_catch_up_at_once_give_what_one_alone_gives(
    recorded: list[Recorded], folder: Path, tmp_path: Path
) -> None:
    taken = together(_catches_up, [(folder, 40), (folder, 25), (folder, 60)])

    assert sum(taken) == len(recorded)
    with open_ledger(folder) as ledger:
        follow.rebuild(ledger, tmp_path / "again.db")
    with (
        closing_engine(open_sqlite(file_of(folder))) as one,
        closing_engine(open_sqlite(tmp_path / "again.db")) as again,
    ):
        assert all_rows(one) == all_rows(again)


def test_catching_up_again_takes_nothing(recorded: list[Recorded], folder: Path) -> None:
    with models(folder) as (ledger, engine):
        before = all_rows(engine)
        assert follow.catch_up(ledger, engine) == 0
        assert all_rows(engine) == before
        assert list(before["checkpoints"]) == [("ledger", 0, len(recorded), recorded[-1].recorded_at)]
