"""Homes that are possibly the same, asked of read models: New York's whole file, and corrections."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections.duplicates import facts_of, possibly_same
from rentalwatch.ledger import batches
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import wall_clock
from tests.integration.importing import CsvRow, imports, models


def test_the_bronx_has_as_many_groups_as_the_documentation_says(new_york_models: sa.Engine) -> None:
    with new_york_models.connect() as connection:
        found = possibly_same(connection)

    assert Counter(g.certainty for g in found) == {"likely": 29, "possible": 34}
    assert len({m.stream_id for g in found for m in g.members}) == 122
    whys = [frozenset[str]().union(*(m.reasons for m in g.members)) for g in found]
    assert whys.count(frozenset({"number_as_floor", "floor_named"})) == 28


def test_every_group_lies_in_one_building_of_the_citys_file(
    new_york_models: sa.Engine, city_rows: list[CsvRow]
) -> None:
    buildings = {(r["housenumber"], r["streetname"], r["buildingid"]) for r in city_rows}
    with new_york_models.connect() as connection:
        for group in possibly_same(connection):
            lies_in = {
                (m.address.house, m.address.street, m.address.area.split("/")[-2]) for m in group.members
            }
            assert len(lies_in) == 1
            assert lies_in <= buildings


@pytest.mark.parametrize(
    ("building", "units"),
    [
        ("86077", {"2", "2FLOOR"}),
        ("92611", {"2", "SECOND"}),
        ("109309", {"BASEME", "BSMT"}),
        ("60070", {"2F", "APT2F"}),
        ("85905", {"1F", "1STFL", "1STFLO"}),
    ],
)
def test_spellings_that_the_city_uses_are_found(
    new_york_models: sa.Engine, building: str, units: set[str]
) -> None:
    with new_york_models.connect() as connection:
        found = [{m.address.unit for m in g.members} for g in possibly_same(connection, "nyc/bronx/")
                 if g.members[0].address.area.endswith(f"/{building}/")]  # fmt: skip

    assert units in found


def test_an_area_holds_its_own_groups_only(new_york_models: sa.Engine) -> None:
    with new_york_models.connect() as connection:
        everywhere = possibly_same(connection)
        one = possibly_same(connection, "nyc/bronx/cb12/")

    assert one == [g for g in everywhere if g.members[0].address.area.startswith("nyc/bronx/cb12/")]
    assert one


def test_homes_are_counted_with_their_facts(new_york_models: sa.Engine) -> None:
    with new_york_models.connect() as connection:
        streams = {m.stream_id for g in possibly_same(connection) for m in g.members}
        counts = facts_of(connection, streams)

    assert set(counts) == streams
    assert min(counts.values()) >= 3, "registered, inspected, confirmed"


STORY = """kind,dwelling,key,on,label,area,house,unit,proxy,reason,target
registration,A,A,,12号302,estate/,,,,,
registration,B,B,,12号302室,estate/,,,,,
registration,C,C,,13号302室,estate/,13号,302室,,,
registration,D,D,,12号302室,other/,,,,,
registration,E,E,,12号楼,estate/,12号,302室,true,,
"""


def _labels(folder: Path) -> list[list[str]]:
    with models(folder) as (_, engine), engine.connect() as connection:
        return [[m.address.label for m in g.members] for g in possibly_same(connection)]


@pytest.fixture
def estate(folder: Path, tmp_path: Path) -> Path:
    """Two spellings of one home, its neighbour, a namesake elsewhere, and a building."""
    file = tmp_path / "estate.csv"
    file.write_text(STORY, encoding="utf-8")
    assert not imports(folder, file, mapping="records").rejected
    return folder


def test_two_spellings_of_an_estate_are_found(estate: Path) -> None:
    assert _labels(estate) == [["12号302", "12号302室"]]


def test_a_corrected_label_is_the_one_that_is_compared(estate: Path, tmp_path: Path) -> None:
    """C was registered as 13号302室; the correction outdates the parts it was registered with."""
    file = tmp_path / "correction.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(
            [["kind", "dwelling", "key", "on", "label"], ["particulars", "C", "c1", "2026-01-05", "12-302"]]
        )
    assert not imports(estate, file, mapping="records").rejected

    assert _labels(estate) == [["12-302", "12号302", "12号302室"]]


def test_a_registration_that_was_retracted_is_compared_no_more(estate: Path) -> None:
    with open_ledger(estate) as ledger:
        (batch,) = batches.all_batches(ledger)
        assert sum(batches.retract(ledger, batch, reason="wrong_file", at=wall_clock()))

    assert _labels(estate) == []
