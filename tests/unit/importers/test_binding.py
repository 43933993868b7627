"""A mapping at work: what becomes of a row, and of a row with a bad cell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.importers.binding import bind
from rentalwatch.importers.mapping import check
from rentalwatch.importers.problems import RowError
from rentalwatch.importers.spreadsheet.cells import DAY, Cell
from tests.unit.importers.files import NOW, imported, write
from tests.unit.importers.hotline import GOOD, HEADER, ROW, event, statements


def test_columns_become_fields_as_they_are_bound() -> None:
    home = event(ev.DwellingRegistered)

    assert (home.label, home.unit_unknown, home.designed_rooms) == ("幸福路 12", False, 3)
    blank = event(ev.DwellingRegistered, street="", rooms="")
    assert (blank.label, blank.unit_unknown, blank.designed_rooms) == ("no street 12", True, None)


def test_a_date_is_read_in_the_format_of_its_column_and_lies_in_the_zone() -> None:
    found = event(ev.ViolationConfirmed, found="29.02.2024")

    assert (found.happened_at, found.precision) == (datetime(2024, 2, 28, 16, tzinfo=UTC), "day")


def test_a_deadline_is_the_whole_of_its_day_and_an_instant_is_itself() -> None:
    lead = event(ev.LeadReported, told="2024-03-01T12:00:00", due="2024-03-02")

    assert lead.happened_at == datetime(2024, 3, 1, 4, tzinfo=UTC)
    assert lead.due == datetime(2024, 3, 2, 16, tzinfo=UTC)


def test_a_due_instant_that_the_row_does_not_state_is_the_rulebooks() -> None:
    (lead,) = [s for s in statements(told="2024-03-01T12:00:00") if isinstance(s.event, ev.LeadReported)]

    assert lead.terms == {
        "due": datetime(2024, 3, 2, 4, tzinfo=UTC),
        "answer_due": datetime(2024, 3, 8, 16, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("cells", "kinds"),
    [
        ({}, ["DwellingRegistered", "ViolationConfirmed"]),
        ({"found": ""}, ["DwellingRegistered"]),
        ({"state": "shut"}, ["DwellingRegistered"]),
        ({"state": "no"}, ["DwellingRegistered", "ViolationConfirmed"]),
        ({"found": "", "told": "2024-03-01"}, ["DwellingRegistered", "LeadReported"]),
    ],
)
def test_a_record_is_made_only_where_its_conditions_hold(cells: dict[str, str], kinds: list[str]) -> None:
    assert [type(s.event).__name__ for s in statements(**cells)] == kinds


def test_values_are_taken_through_their_map_and_on_is_a_word() -> None:
    assert event(ev.ViolationConfirmed).letting_form == "beds"
    assert event(ev.ViolationConfirmed, form="on").letting_form == "dormitory"
    assert event(ev.ViolationConfirmed, form="").letting_form == ""


BAD_CELLS = {
    "a value the map has not": ({"form": "tents"}, "RW-VALUE-UNKNOWN", "form", "tents"),
    "a choice that is none": ({"state": "lost"}, "RW-VALUE-UNKNOWN", "state", "lost"),
    "a blank that is required": ({"ticket": ""}, "RW-BLANK", "ticket", ""),
    "a date in another format": ({"found": "2024-03-05"}, "RW-DATE", "found", "2024-03-05"),
    "a date in a record not made": ({"told": "soon"}, "RW-DATE", "told", "soon"),
    "no whole number": ({"rooms": "2.5"}, "RW-NUMBER", "rooms", "2.5"),
    "a number out of range": ({"rooms": "-1"}, "RW-FIELD", "designed_rooms", "-1"),
}


@pytest.mark.parametrize(("cells", "code", "column", "value"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_bad_cell_is_refused_with_its_column_and_value(
    cells: dict[str, str], code: str, column: str, value: str
) -> None:
    with pytest.raises(RowError) as refused:
        statements(**cells)

    error = refused.value
    assert (error.code, error.column, error.value) == (code, column, value)


def test_a_row_without_a_key_is_refused_and_not_stored_as_nobodys(tmp_path: Path) -> None:
    loose = write(tmp_path, GOOD.replace("{required: true}", "{}"), "hotline.yaml")
    lines = [",".join(HEADER), ",".join(ROW.values()), ",".join({**ROW, "ticket": ""}.values())]

    went = imported(write(tmp_path, "\n".join([*lines, lines[2]])), tmp_path / "data", str(loose))

    assert [(row, column) for row, _, column in went.codes] == [(3, "key"), (4, "key")]
    assert went.tally.counts.added == 2


def test_the_same_row_is_the_same_statement_whatever_the_day_of_the_import() -> None:
    mapping, _ = check(GOOD)
    assert mapping is not None
    now, later = (
        bind(mapping, HEADER, n)(list(ROW.values())) for n in (NOW, datetime(2030, 1, 1, tzinfo=UTC))
    )

    assert [s.content_hash for s in now] == [s.content_hash for s in later]
    assert now[1].event.happened_at.date() == date(2024, 3, 4)


def test_a_cell_that_is_a_date_needs_no_spelling_and_text_does() -> None:
    assert event(ev.ViolationConfirmed, found=Cell(DAY, "2024-03-05")) == event(ev.ViolationConfirmed)
    assert event(ev.ViolationConfirmed, found=Cell(DAY, "2024-03-05T00:00:00")) == event(
        ev.ViolationConfirmed
    )
    with pytest.raises(RowError) as e:
        statements(found="2024-03-05")
    assert e.value.code == "RW-DATE"


SPELLINGS = GOOD.replace('format: "%d.%m.%Y"', 'format: ["%d.%m.%Y", "%Y年%m月%d日"]')
SHAPED = GOOD.replace("ticket: {required: true}", 'ticket: {pattern: "T[0-9]+", hint: T and digits}')
CALLED = GOOD.replace('state: {choices: [open, "no", shut]}', "state: {values: {zu: shut, auf: open}}")


@pytest.mark.parametrize("found", ["05.03.2024", "2024年3月5日"])
def test_a_date_may_have_several_spellings(found: str) -> None:
    (confirmed,) = [
        s for s in statements(SPELLINGS, found=found) if isinstance(s.event, ev.ViolationConfirmed)
    ]
    assert confirmed.event.happened_at == event(ev.ViolationConfirmed).happened_at


def test_a_pattern_says_what_it_expects() -> None:
    with pytest.raises(RowError, match="expected: T and digits") as e:
        statements(SHAPED, ticket="Zhang")
    assert (e.value.code, e.value.column) == ("RW-PATTERN", "ticket")


def test_values_are_called_the_same_by_everything_that_reads_the_column() -> None:
    kinds = {"auf": True, "zu": False}
    for state, confirmed in kinds.items():
        found = [type(s.event) for s in statements(CALLED, state=state)]
        assert (ev.ViolationConfirmed in found) is confirmed
    with pytest.raises(RowError) as e:
        statements(CALLED, state="open")
    assert e.value.code == "RW-VALUE-UNKNOWN"
