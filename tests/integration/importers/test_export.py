"""What is exported and imported into an empty ledger is judged as it was; imported where it came from, it is
known."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from projections import exported
from rentalwatch.domain.events import DwellingsMerged, MergeUndone, ViolationConfirmed
from rentalwatch.domain.streams import is_stream
from rentalwatch.importers import run
from rentalwatch.importers.record import statement
from rentalwatch.importers.record_files import Records, form_of
from rentalwatch.importers.run import Rejected
from rentalwatch.importers.standing_records import Wanted
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.sample.district import LEAST
from rentalwatch.sample.writing import Sample, write
from tests.integration.importing import Imported, Table, models, open_rows

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs/record.examples.ndjson"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
FORMS = ("ndjson.gz", "csv", "xlsx")


def imports(folder: Path, file: Path) -> Imported:
    """Imports canonical records into a data folder."""
    refused: list[Rejected] = []
    planned = run.plan(file, "records", NOW)
    with open_ledger(folder, create=True) as ledger:
        went = run.run(ledger, planned, on_progress=lambda _: None, on_rejected=refused.append)
    return Imported(*went, refused)


def exports(folder: Path, to: Path, area: str = "", wanted: Wanted = Wanted()) -> Path:
    """Writes what a data folder holds into a file."""
    with models(folder) as (_, engine), engine.connect() as connection, Records() as records:
        exported.collect(connection, area, wanted, records)
        form, packed = form_of(to)
        records.write(to, form, packed=packed)
    return to


def known_now(folder: Path) -> dict[str, Table]:
    """What this ledger judges by all that it knows."""
    with models(folder) as (_, engine):
        return {name: _of_ledger(rows) for name, rows in open_rows(engine, without=["axis"]).items()}


def _of_ledger(rows: Table) -> Table:
    """Without closed files and their ids: an export holds what stands, and no file that was merged stands."""
    return Counter({r for r in rows if "merged" not in r and not any(_is_closed_file(r, c) for c in r[1:])})


def _is_closed_file(row: tuple[object, ...], cell: object) -> bool:
    return isinstance(cell, str) and is_stream(cell) and cell != row[0]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def assert_comes_back(folder: Path, tmp_path: Path, form: str) -> None:
    file = exports(folder, tmp_path / f"records.{form}")
    again = tmp_path / form / "again"
    again.parent.mkdir()
    went = imports(again, file)
    assert went.codes == []
    assert went.tally.counts.added == went.tally.rows > 0

    before, after = known_now(folder), known_now(again)
    assert before.keys() == after.keys()
    for name, rows in before.items():
        assert after[name] == rows, name
    twice = exports(again, tmp_path / f"twice.{form}")
    if form != "xlsx":
        assert twice.read_bytes() == file.read_bytes()


def test_new_york_comes_back_as_it_was(new_york_folder: Path, tmp_path: Path) -> None:
    assert_comes_back(new_york_folder, tmp_path, "ndjson.gz")


def test_the_sample_district_comes_back_as_it_was(tmp_path: Path) -> None:
    def nothing(told: datetime) -> None:
        """Nobody looks."""

    write(tmp_path / "district", Sample(LEAST, 5), nothing)
    assert_comes_back(tmp_path / "district", tmp_path, "ndjson.gz")


@pytest.mark.parametrize("form", FORMS)
def test_a_record_of_every_kind_comes_back_in_every_form(tmp_path: Path, form: str) -> None:
    assert imports(tmp_path / "book", EXAMPLES).codes == []
    assert_comes_back(tmp_path / "book", tmp_path, form)


@pytest.mark.parametrize("form", FORMS)
def test_where_it_came_from_all_of_it_is_known(tmp_path: Path, form: str) -> None:
    book = tmp_path / "book"
    assert imports(book, EXAMPLES).codes == []
    told(book, HOME)
    told(book, FOUND)

    went = imports(book, exports(book, tmp_path / f"records.{form}"))

    assert went.codes == []
    assert went.tally.events_added == 0


def told(folder: Path, said: dict[str, object], correcting: UUID | None = None) -> UUID:
    """Records something by hand."""
    ident = uuid4()
    with open_ledger(folder, create=True) as ledger:
        ledger.record(statement(dict(said), now=NOW), ident, correcting=correcting)
    return ident


HOME = {"kind": "registration", "dwelling": "h-1", "label": "12 / 302", "area": "p/w/e/12/"}
FOUND = {
    "kind": "confirmation",
    "dwelling": "h-1",
    "on": "2026-03-01",
    "findings": ["partition/a"],
    "basis": "source",
}


def test_what_points_at_a_corrected_record_points_at_what_holds(tmp_path: Path) -> None:
    book = tmp_path / "book"
    told(book, HOME)
    first = told(book, FOUND)
    told(
        book,
        {
            "kind": "annulment",
            "dwelling": "h-1",
            "on": "2026-03-09",
            "confirmation": str(first),
            "reason": "x",
        },
    )
    holds = told(book, FOUND | {"on": "2026-03-02"}, correcting=first)

    file = exports(book, tmp_path / "records.ndjson")

    by_kind = {str(record["kind"]): record for record in lines(file)}
    assert by_kind["annulment"]["confirmation"] == by_kind["confirmation"]["record"] == str(holds)
    assert by_kind["confirmation"]["key"] == str(first)
    assert_comes_back(book, tmp_path, "ndjson.gz")


def test_a_later_export_corrects_what_an_earlier_one_said(tmp_path: Path) -> None:
    book, other = tmp_path / "book", tmp_path / "other"
    told(book, HOME)
    first = told(book, FOUND)
    imports(other, exports(book, tmp_path / "march.ndjson"))
    told(book, FOUND | {"on": "2026-03-02"}, correcting=first)

    went = imports(other, exports(book, tmp_path / "april.ndjson"))

    assert (went.tally.counts.corrected, went.tally.counts.known) == (1, 1)
    assert known_now(other) == known_now(book)


def test_a_record_that_was_changed_in_the_file_is_refused_where_it_came_from(tmp_path: Path) -> None:
    book = tmp_path / "book"
    told(book, HOME)
    told(book, FOUND)
    file = exports(book, tmp_path / "records.ndjson")
    file.write_text(file.read_text(encoding="utf-8").replace("2026-03-01", "2026-03-03"), encoding="utf-8")

    assert imports(book, file).codes == [(2, "RW-RECORD-ID-USED")]


def test_two_records_cannot_keep_one_id(tmp_path: Path) -> None:
    book = tmp_path / "book"
    told(book, HOME)
    told(book, FOUND)
    file = exports(book, tmp_path / "records.ndjson")
    registered, found = lines(file)
    file.write_text(
        "".join(json.dumps(r) + "\n" for r in (registered, found, found | {"key": "2"})), encoding="utf-8"
    )

    assert imports(tmp_path / "other", file).codes == [(3, "RW-SAME-ID")]


def test_a_lead_that_was_located_comes_back_once(tmp_path: Path) -> None:
    book = tmp_path / "book"
    told(book, HOME)
    told(book, {"kind": "estate", "estate": "e-1", "label": "幸福里", "area": "p/w/e/"})
    told(book, {"kind": "lead", "estate": "e-1", "ticket": "T-1", "channel": "12345", "on": "2026-03-01"})
    told(book, {"kind": "location", "estate": "e-1", "ticket": "T-1", "channel": "12345", "dwelling": "h-1",
                "reported_at": "2026-03-01T08:00", "on": "2026-03-02"})  # fmt: skip
    assert_comes_back(book, tmp_path, "ndjson.gz")


def test_an_area_holds_its_homes_and_what_has_to_do_with_them(tmp_path: Path) -> None:
    book = tmp_path / "book"
    told(book, HOME)
    told(book, HOME | {"dwelling": "h-2", "label": "1 / 101", "area": "p/x/e/1/"})
    for home, number in (("h-1", "c-1"), ("h-2", "c-2")):
        told(book, {"kind": "case", "case": number, "number": number, "dwelling": home, "party": "p-1",
                    "party_kind": "company", "ground": "partition", "acted_on": "2026-03-01",
                    "on": "2026-03-05"})  # fmt: skip
        party = f"s-{home}"
        told(
            book,
            {"kind": "sublandlord", "sublandlord": party, "party": party, "basis": "b", "on": "2026-03-01"},
        )
        told(book, {"kind": "party", "dwelling": home, "party": party, "role": "sublandlord", "basis": "b",
                    "on": "2026-03-01"})  # fmt: skip

    file = exports(book, tmp_path / "records.ndjson", area="p/w/")

    found = [(record["kind"], record.get("dwelling", record.get("sublandlord"))) for record in lines(file)]
    assert found == [("registration", "h-1"), ("case", "h-1"), ("sublandlord", "s-h-1"), ("party", "h-1")]


def test_only_what_was_asked_for_is_told(tmp_path: Path) -> None:
    book = tmp_path / "book"
    assert imports(book, EXAMPLES).codes == []

    file = exports(book, tmp_path / "records.ndjson", wanted=Wanted(kinds={"notice"}))

    assert {record["kind"] for record in lines(file)} == {"notice"}


@pytest.mark.parametrize("undone", [False, True], ids=["merged", "undone"])
def test_homes_that_were_merged_come_back_as_one_that_answers_to_both_keys(
    tmp_path: Path, undone: bool
) -> None:
    book, again = tmp_path / "book", tmp_path / "again"
    told(book, HOME)
    told(book, HOME | {"dwelling": "h-2", "label": "12 / 302 A"})
    told(book, FOUND | {"dwelling": "h-2"})
    with open_ledger(book) as ledger:
        into, merge = ledger.stream_of("h-1"), uuid4()
        act = DwellingsMerged(record_id=NO_RECORD, happened_at=NOW, into=into, reason="one home")
        ledger.record(Statement(act, subject="h-2", of="dwelling"), merge)
        if undone:
            back = MergeUndone(record_id=NO_RECORD, happened_at=NOW, merge=merge, reason="mistaken")
            ledger.record(Statement(back, subject="h-2", of="dwelling"), uuid4())

    assert imports(again, exports(book, tmp_path / "records.ndjson")).codes == []

    homes = 2 if undone else 1
    assert len(known_now(again)["dwelling_states"]) == len(known_now(book)["dwelling_states"])
    with open_ledger(again) as ledger:
        assert len({ledger.stream_of(key) for key in ("h-1", "h-2")}) == homes
        found = [f.event for f in ledger.facts(ledger.stream_of("h-2"))]
    assert any(isinstance(event, ViolationConfirmed) for event in found)
