"""Bad rows: reported with row, column, value, code and what to do; a row is stored whole or not at all, and
the others go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.importers import run
from rentalwatch.ledger.codec import decode
from tests.unit.importers.files import FOUND, HEADER, HOME, NOTE, imported, ndjson, text, write

REGISTRATION = {"kind": "registration", "dwelling": "甲-1", "key": "h1", "label": "幸福路1号"}
CLAIM = {"kind": "claim", "dwelling": "甲-1", "key": "k1", "on": "2024-03-04", "findings": "partition/1"}
LONG = "长" * 201

BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no kind": ({**CLAIM, "kind": ""}, "RW-KIND", "kind"),
    "an unknown kind": ({**CLAIM, "kind": "rumour"}, "RW-KIND", "kind"),
    "no home": ({**CLAIM, "dwelling": None}, "RW-FIELD", "dwelling"),
    "a home nobody registered": ({**CLAIM, "dwelling": "乙-2"}, "RW-UNKNOWN-DWELLING", ""),
    "a home's name too long to store": ({**REGISTRATION, "dwelling": LONG}, "RW-FIELD", "dwelling"),
    "half a character in a home's name": ({**REGISTRATION, "dwelling": "\ud83d"}, "RW-FIELD", "dwelling"),
    "an area without bounds": ({**REGISTRATION, "usable_m2": "inf"}, "RW-FIELD", "usable_m2"),
    "no key": ({**CLAIM, "key": ""}, "RW-FIELD", "key"),
    "a key too long to store": ({**CLAIM, "key": LONG}, "RW-FIELD", "key"),
    "half a character in a key": ({**CLAIM, "key": "\udc00"}, "RW-FIELD", "key"),
    "a fact too long to store": ({**CLAIM, "fact": LONG}, "RW-FIELD", "fact"),
    "no date": ({**CLAIM, "on": ""}, "RW-FIELD", "on"),
    "no day of the calendar": ({**CLAIM, "on": "2024-02-30"}, "RW-DATE", "on"),
    "a date as a list": ({**CLAIM, "on": [2024]}, "RW-DATE", "on"),
    "an instant that is none": ({**CLAIM, "at": "noon"}, "RW-DATE", "at"),
    "a day to come": ({**CLAIM, "on": "2026-03-28"}, "RW-DATE-RANGE", "on"),
    "a day before 1900": ({**CLAIM, "on": "1899-12-30"}, "RW-DATE-RANGE", "on"),
    "a place of no zone": ({**CLAIM, "zone": "Shanghai"}, "RW-ZONE", "zone"),
    "a continent for a zone": ({**CLAIM, "zone": "America"}, "RW-ZONE", "zone"),
    "a zone too long for a name": ({**CLAIM, "zone": "z" * 300}, "RW-ZONE", "zone"),
    "an unknown rulebook": ({**CLAIM, "rulebook": "atlantis"}, "RW-NO-RULEBOOK", "rulebook"),
    "a path for a rulebook": ({**CLAIM, "rulebook": "../sources/nyc_hpd"}, "RW-NO-RULEBOOK", "rulebook"),
    "keys that are no list": ({**REGISTRATION, "keys": 3}, "RW-FIELD", "keys"),
    "a finding without a key": ({**CLAIM, "findings": "partition"}, "RW-FINDING", "findings"),
    "a finding too long": ({**CLAIM, "findings": f"{LONG}/1"}, "RW-FIELD", "ground"),
    "more than a commit holds": (
        {**CLAIM, "findings": [f"a/{i}" for i in range(60_000)]},
        "RW-COMMIT-TOO-LARGE",
        "",
    ),
    "no findings": ({**CLAIM, "findings": " ; "}, "RW-FIELD", "findings"),
    "a field that others have": ({**CLAIM, "basis": "source"}, "RW-FIELD-UNKNOWN", "basis"),
    "a field of the ledger's own": ({**CLAIM, "record_id": "1"}, "RW-FIELD-UNKNOWN", "record_id"),
    "when it happened, past its date": ({**CLAIM, "happened_at": "x"}, "RW-FIELD-UNKNOWN", "happened_at"),
    "superseded by wish": ({**CLAIM, "superseded_by": "x"}, "RW-FIELD-UNKNOWN", "superseded_by"),
    "a due that is no date": ({**CLAIM, "due": "soon"}, "RW-DATE", "due"),
}


@pytest.mark.parametrize(("record", "code", "column"), BAD.values(), ids=BAD)
def test_a_bad_record_is_refused_and_the_others_are_stored(
    record: dict[str, Any], code: str, column: str, tmp_path: Path
) -> None:
    file = write(tmp_path, ndjson(REGISTRATION, record, {**CLAIM, "key": "k2"}))

    went = imported(file, tmp_path / "data")

    assert went.codes == [(2, code, column)]
    assert went.rejected[0].error.todo
    assert (went.tally.rows, went.tally.counts.added, went.batch.rejected) == (3, 2, 1)
    assert [decode(e.type_name, e.state).source.key for e in went.events] == ["h1", "k2"]


@pytest.mark.parametrize(
    "line", ["{", '{"kind": "claim",}', "{} {}", "[1]", '"claim"', "null", '{"a":' + "[" * 100_000]
)
def test_a_line_that_is_no_object_is_refused_and_the_others_are_stored(line: str, tmp_path: Path) -> None:
    went = imported(write(tmp_path, ndjson(REGISTRATION, line, CLAIM)), tmp_path / "data")

    assert [row for row, _, _ in went.codes] == [2]
    assert went.tally.counts.added == 2


@pytest.mark.parametrize("seen", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "9999-12-31"])
def test_dates_at_the_ends_of_the_calendar_are_taken(seen: str, tmp_path: Path) -> None:
    ends = [{**REGISTRATION, "source_recorded_at": seen}, {**CLAIM, "due": seen}]

    went = imported(write(tmp_path, ndjson(*ends)), tmp_path / "data")

    assert (went.codes, went.tally.counts.added) == ([], 2)
    assert decode(went.events[1].type_name, went.events[1].state).due.year in (1, 9999)


def test_a_refused_row_tells_its_cells_its_value_and_what_to_do(tmp_path: Path) -> None:
    bad = FOUND.replace("2024-03-01", "1.3.2024")

    went = imported(write(tmp_path, text(HOME, bad, NOTE)), tmp_path / "data")

    (refused,) = went.rejected
    assert (refused.number, refused.cells) == (3, bad.split(","))
    assert (refused.error.column, refused.error.value) == ("on", "1.3.2024")
    assert "YYYY-MM-DD" in refused.error.what
    assert "import the file again" in refused.error.todo


@pytest.mark.parametrize("row", [FOUND + ",stray", FOUND.replace(",,", ",")])
def test_a_row_that_does_not_fit_the_header_is_refused(row: str, tmp_path: Path) -> None:
    went = imported(write(tmp_path, text(HOME, row, NOTE)), tmp_path / "data")

    assert went.codes == [(3, "RW-COLUMNS", "")]
    assert went.tally.counts.added == 2


def test_the_same_id_with_other_content_is_refused_and_the_first_stands(tmp_path: Path) -> None:
    other = FOUND.replace("2024-03-01", "2024-03-02")

    went = imported(write(tmp_path, text(HOME, FOUND, other, FOUND, NOTE)), tmp_path / "data")

    assert went.codes == [(4, "RW-SAME-ID", "")]
    assert "c1" in went.rejected[0].error.what
    assert (went.tally.counts.added, went.tally.counts.known) == (3, 1)


def test_the_same_id_in_a_later_chunk_is_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 1)
    other = FOUND.replace("2024-03-01", "2024-03-02")

    went = imported(write(tmp_path, text(HOME, FOUND, NOTE, other)), tmp_path / "data")

    assert went.codes == [(5, "RW-SAME-ID", "")]


def test_after_too_many_errors_an_import_stops_and_keeps_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 1)
    bad = [f"claim,甲-1,k{n},never,,partition/1," for n in range(3)]
    file = write(tmp_path, text(HOME, *bad, FOUND, NOTE))

    stopped = imported(file, tmp_path / "data", max_errors=2)
    went_on = imported(file, tmp_path / "other", max_errors=3)

    assert (stopped.batch.state, stopped.batch.reason) == ("stopped", "too many errors")
    assert stopped.tally.counts.added == 1
    assert (went_on.batch.state, went_on.tally.counts.added) == ("done", 3)


def test_a_file_of_bad_rows_alone_stores_nothing(tmp_path: Path) -> None:
    went = imported(write(tmp_path, text(FOUND, NOTE)), tmp_path / "data")

    assert [code for _, code, _ in went.codes] == ["RW-UNKNOWN-DWELLING"] * 2
    assert (went.tally.rows, went.events, went.batch.state) == (2, [], "done")


def test_csv_and_ndjson_say_the_same(tmp_path: Path) -> None:
    rows = [HOME, FOUND, NOTE]
    records = [dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in rows]
    records[1]["findings"] = [{"ground": "partition", "key": "1"}]  # type: ignore[assignment]

    imported(write(tmp_path, text(*rows), "a.csv"), tmp_path / "data")
    again = imported(write(tmp_path, ndjson(*records), "b.ndjson"), tmp_path / "data")

    assert (again.codes, again.tally.counts.known) == ([], 3)


def test_what_is_stored_can_be_read(tmp_path: Path) -> None:
    names = {"dwelling": "d" * 200, "key": "k" * 200, "fact": "f" * 200, "keys": "x;y"}

    went = imported(write(tmp_path, ndjson({**REGISTRATION, **names})), tmp_path / "data")

    event = decode(went.events[0].type_name, went.events[0].state)
    assert event.keys == ("d" * 200, "x", "y")
    assert json.loads(went.events[0].state)["source"]["fact"] == "f" * 200


TABLE = """kind,key,estate,case,dwelling,on,label,area,number,party,party_kind,ground,acted_on
registration,h1,,,甲-1,,幸福路1号,pudong/e-7/,,,,,
estate,e1,e-7,,,,Lakeside,pudong/e-7/,,,,,
case,c1,,P-1,甲-1,2025-03-10,,,P-1,S-1,individual,partition,2025-03-07
manager,m1,e-7,,,2025-01-01,,,,M-1,,,
manager,m2,e-8,,,2025-01-01,,,,M-1,,,
case,c2,,P-2,乙-2,2025-03-10,,,P-2,S-1,individual,partition,2025-03-07
"""


def test_a_table_tells_of_homes_estates_and_cases_side_by_side(tmp_path: Path) -> None:
    went = imported(write(tmp_path, TABLE, "field.csv"), tmp_path / "data")

    assert (went.tally.rows, went.tally.counts.added) == (6, 4)
    assert [code[:2] for code in went.codes] == [(6, "RW-UNKNOWN-SUBJECT"), (7, "RW-UNKNOWN-REFERENCE")]
