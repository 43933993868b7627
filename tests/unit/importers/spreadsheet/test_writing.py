"""A spreadsheet that is written gives back what was put in, and runs nothing."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from rentalwatch.importers.mapping import check, known, load
from rentalwatch.importers.report import COLUMNS, harmless
from rentalwatch.importers.spreadsheet.cells import Cell, fault
from rentalwatch.importers.spreadsheet.template import write_template
from rentalwatch.importers.spreadsheet.writing import SheetFile, sheet_title, widths
from tests.unit.importers.spreadsheet.sheets import read


def written(path: Path, *rows: list[Any], header: tuple[str, ...] = ("a", "b")) -> Path:
    file = SheetFile("检查", header, widths(rows))
    for row in rows:
        file.add(row)
    file.save(path)
    return path


@pytest.mark.parametrize("text", ["=1+1", "+cmd|x", "-A1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_what_would_run_is_text_with_an_apostrophe(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "x.xlsx", [text, 1])
    cell = load_workbook(path).active["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r").replace("\n", "\r") in (harmless(text), f"'{text}")
    assert "<f>" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()


def test_numbers_stay_numbers_and_dates_dates(tmp_path: Path) -> None:
    values = [-73.9, True, date(2026, 11, 3), datetime(2026, 11, 3, 9, 30, tzinfo=UTC), None, "-73.9"]
    sheet: Any = load_workbook(written(tmp_path / "x.xlsx", values, header=tuple("abcdef"))).active
    assert [c.data_type for c in sheet[2]] == ["n", "b", "d", "d", "n", "s"]
    assert (sheet["A2"].value, sheet["F2"].value) == (-73.9, "-73.9")
    assert (sheet["C2"].number_format, sheet.freeze_panes) == ("yyyy-mm-dd", "A2")


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (Cell("n", "3"), "n"),
        (Cell("n", "0.3"), "n"),
        (Cell("b", "true"), "b"),
        (Cell("d", "2026-11-03"), "d"),
        (Cell("d", "2026-11-03T09:30:00"), "d"),
        (Cell("e", "#REF!"), "e"),
    ],
)
def test_a_cell_that_was_read_keeps_its_type(tmp_path: Path, cell: Cell, kind: str) -> None:
    ((_, (again, _)),) = read(written(tmp_path / "x.xlsx", [cell, "x"]))
    assert isinstance(again, Cell)
    assert (again, again.kind) == (cell, kind)


def test_an_error_that_is_none_never_becomes_a_formula(tmp_path: Path) -> None:
    path = written(tmp_path / "x.xlsx", [Cell("e", "=cmd()"), "x"])
    assert load_workbook(path).active["A2"].data_type == "s"


def test_an_error_that_comes_back_uncorrected_is_refused_again(tmp_path: Path) -> None:
    ((_, (cell, _)),) = read(written(tmp_path / "x.xlsx", [Cell("e", "#N/A"), "x"]))
    assert fault("a", cell) is not None
    ((_, (text, _)),) = read(written(tmp_path / "y.xlsx", ["#N/A", "x"]))
    assert fault("a", text) is None


letters = st.characters(codec="utf-8", exclude_characters="\0")
texts = st.text(letters, max_size=12) | st.text("'=+-@\t\r\n_x0041", max_size=8)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(texts, min_size=1, max_size=20))
def test_a_report_gives_every_text_back(tmp_path_factory: Any, said: list[str]) -> None:
    """As it was read, that is without blanks around it."""
    said = [text.strip() for text in said]
    path = tmp_path_factory.mktemp("r") / "r.xlsx"
    written(path, *([text, "x", 2, *"abcd"] for text in said), header=("a", "b", *COLUMNS))
    assert [row[0] for _, row in read(path)] == said


@pytest.mark.parametrize("name", ["a/b", "[x]", "'", "", "甲" * 40, "\x01"])
def test_a_sheet_has_a_name_that_it_may_have(tmp_path: Path, name: str) -> None:
    SheetFile(sheet_title(name), ["a"]).save(tmp_path / "x.xlsx")
    assert 0 < len(load_workbook(tmp_path / "x.xlsx").sheetnames[0]) <= 31


@pytest.mark.parametrize("name", known())
def test_every_mapping_has_a_template_with_its_columns(tmp_path: Path, name: str) -> None:
    mapping, _ = load(name)
    write_template(mapping, tmp_path / "t.xlsx")
    sheet: Any = load_workbook(tmp_path / "t.xlsx").worksheets[0]
    assert {cell.value for cell in sheet[1]} == mapping.used_columns() - mapping.given.keys()


def test_the_template_offers_the_codes_that_the_mapping_knows(tmp_path: Path) -> None:
    mapping, _ = load("检查记录")
    write_template(mapping, tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames[0] == "检查记录"
    assert [s.sheet_state for s in book.worksheets] == ["visible", "visible", "hidden"]
    sheet, codes = book.worksheets[0], book["代码"]
    place = {cell.value: cell.column_letter for cell in sheet[1]}
    rules = {
        str(v.sqref).rstrip("0123456789").split("2:")[0]: v for v in sheet.data_validations.dataValidation
    }
    lists = {c: v.formula1 for c, v in rules.items() if v.type == "list"}
    assert set(lists) == {place[n] for n, c in mapping.columns.items() if c.values}
    (begin, end) = lists[place["情况代码"]].split("!")[1].replace("$", "").split(":")
    offered = [row[0].value for row in codes[begin:end]]
    assert offered == list(mapping.columns["情况代码"].values)
    assert {rules[place[n]].type for n in ("检查日期", "整改期限")} == {"date"}
    assert {rules[place[n]].type for n in ("房间数", "居住人数")} == {"whole"}


def test_an_english_mapping_has_an_english_template(tmp_path: Path) -> None:
    text = """
mapping: 1
source: x
title: x
zone: Asia/Shanghai
row_key: "{id}"
dwelling: "{id}"
columns: {id: {required: true}}
records: [{kind: registration, fields: {label: "{id}"}}]
"""
    mapping, _ = check(text)
    assert mapping is not None
    write_template(mapping, tmp_path / "t.xlsx")
    assert "explanations" in load_workbook(tmp_path / "t.xlsx").sheetnames
