"""A report of refused rows gives every cell back as it was, and none that a spreadsheet would run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.importers.reading import cells, look_through
from rentalwatch.importers.report import COLUMNS, fitted, harmless, restored

SPREADSHEET = st.text(alphabet="'=+-@\t\r1a.,%", max_size=6)


@given(SPREADSHEET | st.text())
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert restored(harmless(cell)) == cell


@given(SPREADSHEET)
def test_no_cell_is_a_formula_unless_it_is_a_number(cell: str) -> None:
    shown = harmless(cell)
    assert not shown.startswith(("=", "@", "\t", "\r"))
    assert not shown.startswith(("+", "-")) or shown[1:2].isdigit()


@pytest.mark.parametrize("cell", ["=1+1", "-A1", "+cmd", "@SUM(A1)"])
def test_what_would_run_is_marked(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-73.9", "+8613", "1,200", "plain", ""])
def test_what_would_not_run_is_left_alone(cell: str) -> None:
    assert harmless(cell) == cell


def test_a_row_of_any_width_fits_its_header() -> None:
    assert fitted(["a"], 3) == ["a", "", ""]
    assert fitted(["a", "b", "c", "d"], 3) == ["a", "b", "c,d"]


def test_a_report_is_read_as_the_file_that_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    with path.open("w", newline="") as f:
        csv.writer(f).writerows([["id", "unit", *COLUMNS], ["7", "'-1A", "2", "unit", "RW-DATE", "x", "y"]])
    source = look_through(path)
    assert source.header == ("id", "unit")
    assert [row for _, row in cells(source)] == [["7", "-1A"]]
