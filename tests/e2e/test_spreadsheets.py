"""Spreadsheets at the command line: in, out, and back in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from tests.e2e.terminal import Answer, Terminal, environment

GIVEN = ["--mapping", "检查记录", "--set", "小区=estate-7", "--set", "区域=pudong/jinyang"]


def runs(folder: Path, *arguments: str, code: int = 0) -> Answer:
    answer = Terminal(folder, environment(RENTALWATCH_DATA="data", RENTALWATCH_LANG="zh"))(*arguments)
    assert answer.code == code, answer
    return answer


def fills(file: Path, *rows: list[Any]) -> None:
    book = load_workbook(file)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            book.worksheets[0].cell(number, column, value)
    book.save(file)


def test_an_office_goes_from_an_empty_sheet_to_a_list_it_can_hand_on(tmp_path: Path) -> None:
    runs(tmp_path, "source", "template", "检查记录", "--output", "检查.xlsx")
    good = ["12", "302", "2026.11.3", "初查", "10023", "是", "1 隔断"]
    bad = ["12", "303", "2026.11.3", "初查", "张三", "是", "1 隔断"]
    fills(tmp_path / "检查.xlsx", good, bad)

    said = runs(tmp_path, "import", "检查.xlsx", *GIVEN).out
    assert "RW-PATTERN" in said
    (report,) = (tmp_path / "data/rejected").glob("检查-*.xlsx")
    assert "检查.xlsx 已于" in runs(tmp_path, "import", "检查.xlsx", *GIVEN, "--once").out

    book = load_workbook(report)
    book.worksheets[0]["E2"] = "10047"
    book.save(report)
    assert "RW-" not in runs(tmp_path, "import", str(report), *GIVEN).out

    for asked in (["list"], ["overdue"], ["imports"], ["targets", "--list", "open"]):
        file = f"{asked[0]}.xlsx"
        runs(tmp_path, *asked, "--output", file)
        sheet: Any = load_workbook(tmp_path / file).active
        assert sheet.freeze_panes == "A2"
        runs(tmp_path, *asked, "--output", file, code=5)
        runs(tmp_path, *asked, "--output", file, "--force")
    rows = list(
        load_workbook(tmp_path / "list.xlsx").active.iter_rows(min_row=2, max_col=3, values_only=True)
    )  # type: ignore[union-attr]
    assert rows == [
        ("12号302室", "pudong/jinyang/estate-7/", "已认定"),
        ("12号303室", "pudong/jinyang/estate-7/", "已认定"),
    ]


def test_output_that_cannot_be_meant_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    for wrong in (["list", "--output", "x.csv"], ["list", "--output", "x.xlsx", "--format", "json"],
                  ["targets", "--output", "x.xlsx"]):  # fmt: skip
        assert "RW-OPTIONS" in runs(tmp_path, *wrong, code=2).err
    assert not list(tmp_path.iterdir())
