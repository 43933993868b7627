"""What a spreadsheet says reaches the importer as a person sees it in the sheet."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.spreadsheet.cells import DAY, Cell, fault, is_day
from rentalwatch.importers.spreadsheet.numbers import day_text, number_text, says_day
from tests.unit.importers.spreadsheet.sheets import MAIN, crafted, looked_through, office, read


def one_cell(tmp_path: Path, value: Any) -> str:
    """The cell as it is read; beside it one that is never blank."""
    ((_, row),) = read(office(tmp_path / "one.xlsx", ["a", "b"], ["x", value]))
    return row[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (-12.5, "-12.5"),
        (999_999_999_999_999, "999999999999999"),
        (True, "true"),
        (False, "false"),
        ("0302", "0302"),
        (" 甲  ", "甲"),
        (date(2026, 11, 3), "2026-11-03"),
        (datetime(2026, 11, 3, 9, 30), "2026-11-03T09:30:00"),
        (time(9, 30), "09:30:00"),
    ],
)
def test_a_cell_reads_as_it_is_shown(tmp_path: Path, value: Any, text: str) -> None:
    assert one_cell(tmp_path, value) == text


@pytest.mark.parametrize(
    ("value", "what"),
    [("#REF!", "is an error"), ("=A1+1", "never calculated"), (310115199001011234, "more than 15 digits")],
)
def test_a_cell_without_a_value_says_why(tmp_path: Path, value: Any, what: str) -> None:
    wrong = fault("b", one_cell(tmp_path, value))
    assert wrong is not None
    assert (wrong.code, wrong.column) == ("RW-CELL", "b")
    assert what in wrong.what


def test_a_formula_has_the_value_that_was_saved_with_it(tmp_path: Path) -> None:
    row = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>A1</f><v>甲</v></c></row>'
    assert read(crafted(tmp_path / "f.xlsx", row)) == [(2, ["2", "甲"])]


def test_a_formula_that_says_nothing_is_blank(tmp_path: Path) -> None:
    row = '<row r="2"><c r="A2"><v>2</v></c><c r="B2" t="str"><f>A1</f><v></v></c></row>'
    assert read(crafted(tmp_path / "f.xlsx", row)) == [(2, ["2", ""])]


def test_shared_rich_and_spoken_text(tmp_path: Path) -> None:
    texts = (
        f'<sst xmlns="{MAIN}"><si><r><t>幸</t></r><r><t>福</t></r><rPh sb="0" eb="1"><t>xing</t></rPh></si>'
        "<si><t>a_x000D_b_x005F_x0041_</t></si></sst>"
    )
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
    assert read(crafted(tmp_path / "t.xlsx", row, texts=texts)) == [(2, ["幸福", "a\rb_x0041_"])]


def test_rows_keep_the_numbers_that_the_sheet_shows_and_blank_ones_are_none(tmp_path: Path) -> None:
    path = office(
        tmp_path / "n.xlsx", ["检查记录"], [], ["a", "b"], ["x"], [None, "  "], [], ["y", 1], [], []
    )
    assert read(path) == [(4, ["x", ""]), (7, ["y", "1"])]


def test_hidden_rows_are_read(tmp_path: Path) -> None:
    row = '<row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
    assert read(crafted(tmp_path / "h.xlsx", row)) == [(2, ["2", ""])]


def test_what_stands_beside_the_table_is_left_out(tmp_path: Path) -> None:
    assert read(office(tmp_path / "w.xlsx", ["a", None, "b"], ["x", "note", "y", "aside"])) == [
        (2, ["x", "note", "y"])
    ]


def test_a_merged_cell_says_the_same_in_each_of_its_rows(tmp_path: Path) -> None:
    path = office(tmp_path / "m.xlsx", ["a", "b"], ["12", 1], [None, 2], [None, 3], ["", 4], merged=["A2:A4"])
    assert [row for _, row in read(path)] == [["12", "1"], ["12", "2"], ["12", "3"], ["", "4"]]


def test_a_merged_cell_makes_no_row_of_its_own(tmp_path: Path) -> None:
    path = office(tmp_path / "m.xlsx", ["a", "b"], ["12", 1], merged=["A2:A9", "B2:B9"])
    assert read(path) == [(2, ["12", "1"])]


def test_a_title_merged_over_the_header_is_no_column(tmp_path: Path) -> None:
    path = office(tmp_path / "m.xlsx", ["检查记录"], ["a", "b"], ["x", "y"], merged=["A1:B1"])
    assert read(path) == [(3, ["x", "y"])]


def test_a_header_may_break_its_lines(tmp_path: Path) -> None:
    assert looked_through(
        office(tmp_path / "l.xlsx", ["检查\n日期", "b"], [1, 2]), ["检查日期", "b"]
    ).header == (
        "检查日期",
        "b",
    )


def two_sheets(path: Path, *, hidden: bool) -> Path:
    book = Workbook()
    first: Any = book.active
    first.title = "旧"
    second = book.create_sheet("新")
    for sheet in (first, second):
        sheet.append(["a", "b"])
        sheet.append([sheet.title, 1])
    if hidden:
        first.sheet_state = "hidden"
        book.active = 1
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("hidden", "name", "read_from"), [(False, "", "旧"), (True, "", "新"), (True, "旧", "旧")]
)
def test_the_first_sheet_that_is_shown_or_the_one_named(
    tmp_path: Path, hidden: bool, name: str, read_from: str
) -> None:
    path = two_sheets(tmp_path / "s.xlsx", hidden=hidden)
    assert read(path, sheet=name)[0][1][0] == read_from


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="旧, 新") as e:
        looked_through(two_sheets(tmp_path / "s.xlsx", hidden=False), sheet="Sheet9")
    assert e.value.code == "RW-SHEET-NAME"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["c", "d"], [1, 2]], "RW-COLUMN-MISSING"),
        ([["a", "x"], [1, 2]], "RW-COLUMN-MISSING"),
        ([["a", "b", "a"], [1, 2, 3]], "RW-FILE-HEADER"),
        ([["a", "b"]], "RW-FILE-EMPTY"),
        ([], "RW-COLUMN-MISSING"),
    ],
)
def test_a_sheet_without_a_table(tmp_path: Path, rows: list[list[Any]], code: str) -> None:
    with pytest.raises(InvalidInputError) as e:
        looked_through(office(tmp_path / "x.xlsx", *rows))
    assert e.value.code == code


def test_the_rows_lie_on_the_disk_only_as_long_as_they_are_needed(tmp_path: Path) -> None:
    source = looked_through(office(tmp_path / "x.xlsx", ["a", "b"], [1, 2]))
    assert source.sheet is not None
    spool = source.sheet.spool
    assert spool.exists()
    del source
    assert not spool.exists()


@pytest.mark.parametrize(
    ("form", "day"),
    [
        ("yyyy-mm-dd", True),
        ('yyyy"年"m"月"d"日";@', True),
        ("[$-804]aaaa d", True),
        ("h:mm", True),
        ("General", False),
        ("0.00E+00", False),
        ("[Red]0.00", False),
        ('0"day"', False),
        ("0_d", False),
        ("[h]:mm", False),
        ("@", False),
        ("", False),
    ],
)
def test_which_formats_show_dates(form: str, day: bool) -> None:
    assert says_day(form) is day


@pytest.mark.parametrize(
    ("number", "since_1904", "text"),
    [
        (1, False, "1900-01-01"),
        (59, False, "1900-02-28"),
        (61, False, "1900-03-01"),
        (46_329, False, "2026-11-03"),
        (46_329.999999, False, "2026-11-04"),
        (44_867, True, "2026-11-03"),
        (2_958_465, False, "9999-12-31"),
        (2_958_466, False, None),
        (-1, False, None),
        (float("nan"), False, None),
    ],
)
def test_days_as_spreadsheets_count_them(number: float, since_1904: bool, text: str | None) -> None:
    assert day_text(number, since_1904=since_1904) == text


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_whole_numbers_keep_every_digit(number: int) -> None:
    assert number_text(float(number)) == str(number)


def test_a_date_is_told_from_text_that_looks_like_one() -> None:
    assert is_day(Cell(DAY, "2026-11-03"))
    assert not is_day("2026-11-03")


plain = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 3)),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn"]), min_size=1)
    .filter(lambda t: not t.startswith(("=", "#")) and "_x" not in t),
)  # fmt: skip


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(plain, min_size=2, max_size=5), min_size=1, max_size=8))
def test_it_reads_what_openpyxl_reads(tmp_path_factory: Any, rows: list[list[Any]]) -> None:
    """The reader is our own; the other library's reading of the same file is the measure."""
    path = office(tmp_path_factory.mktemp("p") / "p.xlsx", ["a", "b", "c", "d", "e"], *rows)
    theirs = [
        ["" if v is None else said(v) for v in row]
        for row in load_workbook(path, data_only=True).active.iter_rows(min_row=2, values_only=True)
    ]
    assert [[str(c) for c in row] for _, row in read(path)] == theirs


def said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value).strip()
