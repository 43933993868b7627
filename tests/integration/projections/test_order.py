"""The read models depend on what was said, never on how it arrived: order, files, chunks, pages (D2, D8)."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TypeVar

import pytest

from projections import follow
from projections.database import file_of
from projections.marks import LATE_ENTRIES
from rentalwatch.importers import run
from rentalwatch.ledger.folder import open_ledger
from tests.integration.importing import (
    CsvRow,
    all_rows,
    as_of,
    closing_engine,
    figures,
    imports,
    models,
    open_rows,
    takes,
    whole_homes,
    write_csv,
)

T = TypeVar("T")

DAYS = ["2009-12-31", "2016-05-01", "2021-10-10", "2026-03-24"]


@pytest.fixture(scope="module")
def some(city_rows: list[CsvRow]) -> list[CsvRow]:
    return whole_homes(city_rows, 1_500)


@pytest.mark.parametrize(("seed", "chunk"), [(1, 40), (2, 333), (3, 960)])
def test_shuffled_rows_in_two_files_and_other_chunks_give_the_same_read_models(
    some: list[CsvRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, chunk: int
) -> None:
    shuffled = random.Random(seed).sample(some, len(some))
    cut = len(shuffled) // 3
    files = [
        write_csv(tmp_path / f"{n}.csv", part)
        for n, part in enumerate([some, shuffled[:cut], shuffled[cut:]])
    ]

    imports(tmp_path / "in-order", files[0])
    monkeypatch.setattr(run, "CHUNK", chunk)
    imports(tmp_path / "shuffled", files[1], files[2])

    with models(tmp_path / "in-order") as (_, one), models(tmp_path / "shuffled") as (_, other):
        for day in DAYS:
            assert _but_for_late_entry(figures(one, as_of(day))) == _but_for_late_entry(
                figures(other, as_of(day))
            )
        assert _but_for_late_entry(open_rows(one)) == _but_for_late_entry(open_rows(other))


def _but_for_late_entry(told: dict[str, T]) -> dict[str, T]:
    """Without what tells that the second file came after the first."""
    return {name: what for name, what in told.items() if name not in ("back_dated", LATE_ENTRIES.table.name)}


@pytest.fixture(scope="module")
def revised(some: list[CsvRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a history: rows that were revised, sourced records, commits of many events."""
    at = tmp_path_factory.mktemp("revised")
    few = whole_homes(some, 300)
    later = [{**row, "housenumber": "1" + row["housenumber"], "novid": row["novid"] + "9"} for row in few]
    canonical = at / "canonical.csv"
    home = f"nyc_hpd:{few[0]['buildingid']}/{few[0]['apartment']}"
    canonical.write_text(
        "kind,dwelling,key,on,findings,source_recorded_at\n"
        f"claim,{home},c1,2019-01-01,lead_paint/{few[0]['violationid']},2019-02-01\n"
        f"claim,{home},c1,2019-01-03,lead_paint/{few[0]['violationid']},2019-03-01\n",
        encoding="utf-8",
    )
    imports(at / "data", write_csv(at / "one.csv", few), write_csv(at / "two.csv", later))
    assert imports(at / "data", canonical, mapping="records").codes == [(3, "RW-SAME-ID")]
    return at / "data"


@pytest.mark.parametrize("page", [1, 7, 64, 999])
def test_read_models_do_not_depend_on_where_a_batch_ended(
    revised: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    with open_ledger(revised) as ledger:
        follow.rebuild(ledger, tmp_path / "whole.db")
        monkeypatch.setattr(follow, "PAGE", page)
        with (
            closing_engine(follow.open_sqlite(tmp_path / "parts.db")) as parts,
            closing_engine(follow.open_sqlite(tmp_path / "whole.db")) as whole,
        ):
            follow.create(parts)
            follow.catch_up(ledger, parts)
            assert all_rows(parts) == all_rows(whole)


def test_two_rebuilds_give_equal_tables(revised: Path, tmp_path: Path) -> None:
    with open_ledger(revised) as ledger:
        follow.rebuild(ledger, tmp_path / "a.db")
        follow.rebuild(ledger, tmp_path / "b.db")
    with (
        closing_engine(follow.open_sqlite(tmp_path / "a.db")) as a,
        closing_engine(follow.open_sqlite(tmp_path / "b.db")) as b,
    ):
        assert all_rows(a) == all_rows(b)
        assert all_rows(a)["claims"].total() > 0


def test_a_rebuild_of_the_whole_city_is_what_following_it_gave(new_york_folder: Path, tmp_path: Path) -> None:
    with open_ledger(new_york_folder) as ledger:
        follow.rebuild(ledger, tmp_path / "again.db")
    with (
        closing_engine(follow.open_sqlite(tmp_path / "again.db")) as again,
        closing_engine(follow.open_sqlite(file_of(new_york_folder))) as followed,
    ):
        assert all_rows(again) == all_rows(followed)


def test_following_along_gives_what_a_rebuild_gives(some: list[CsvRow], folder: Path, tmp_path: Path) -> None:
    parts = [some[n : n + 60] for n in range(0, 300, 60)]
    with open_ledger(folder, create=True) as ledger:
        engine = follow.open_read_models(folder)
        for n, part in enumerate(parts):
            takes(ledger, write_csv(tmp_path / f"{n}.csv", part))
            follow.catch_up(ledger, engine)
        follow.rebuild(ledger, tmp_path / "again.db")
        with closing_engine(engine), closing_engine(follow.open_sqlite(tmp_path / "again.db")) as again:
            assert all_rows(engine) == all_rows(again)
