"""An empty spreadsheet for a mapping: its columns, drop-downs for codes, checks of dates and numbers, and
a second sheet that explains them. Made from the mapping alone, so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from rich.cells import cell_len

from rentalwatch.importers.mapping import Column, Mapping
from rentalwatch.importers.spreadsheet.writing import on_paper, sheet_title

ROWS = 5_000
"""Rows below the header that have drop-downs and checks."""
EARLIEST = 36_526
"""2000-01-01 as a spreadsheet counts days."""
_MUST, _MAY = PatternFill("solid", fgColor="FFD9E6F2"), PatternFill("solid", fgColor="FFEEF1F4")
_THIN = Side(style="thin", color="FFB8C4CE")

_WIDE = (14, 8, 48, 56)
"""Widths of the columns of the explanations, in characters."""

_SAID: dict[str, tuple[str, str]] = {
    "explained": ("explanations", "填写说明"),
    "codes": ("codes", "代码"),
    "column": ("column", "列"),
    "must": ("required", "必填"),
    "yes": ("yes", "是"),
    "what": ("what to write", "填写内容"),
    "more": ("remarks", "说明"),
    "one_of": ("one of: {values}", "从下拉列表中选：{values}"),
    "date": ("a date", "日期"),
    "datetime": ("a date with the time", "日期和时间"),
    "integer": ("a whole number", "整数"),
    "number": ("a number", "数字"),
    "text": ("text", "文字"),
    "choose": ("Choose from the list.", "请从下拉列表中选择。"),
    "no_date": ("Write a date.", "请填日期。"),
    "no_number": ("Write a number, 0 or more.", "请填 0 或更大的数。"),
    "shaded": (
        "Columns with a darker heading are required. Do not rename columns; columns may be added.",
        "标题底色较深的列必填。请勿更改列名；可以另加列。不写姓名、电话、证件号码。",
    ),
    "given": ("said once on import: --set {name}=…", "导入时一次给定：--set {name}=…"),
}


class _Words:
    """The language of the mapping's columns: who names them in Chinese reads Chinese."""

    def __init__(self, mapping: Mapping) -> None:
        self.side = int(any("\u4e00" <= letter <= "\u9fff" for name in mapping.columns for letter in name))

    def __call__(self, key: str, **said: str) -> str:
        return _SAID[key][self.side].format(**said)


def write_template(mapping: Mapping, path: Path) -> None:
    """Writes the empty spreadsheet. Raises OSError."""
    words = _Words(mapping)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = sheet_title(mapping.title)
    columns = {name: mapping.columns.get(name, Column()) for name in _ordered(mapping)}
    lists = _codes(book, words, columns)
    for i, (name, column) in enumerate(columns.items(), start=1):
        _head(sheet, i, name, column)
        _check(sheet, get_column_letter(i), column, lists.get(name, ""), words)
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 24
    on_paper(sheet)
    _explain(book, words, mapping, columns)
    book.move_sheet(words("codes"), 1)
    book.save(path)


def _ordered(mapping: Mapping) -> list[str]:
    """The columns as the mapping lists them, then those that it only uses."""
    return [*mapping.columns, *sorted(mapping.used_columns() - mapping.columns.keys() - mapping.given.keys())]


def _codes(book: Workbook, words: _Words, columns: dict[str, Column]) -> dict[str, str]:
    """A sheet of its own, out of sight, for the lists of values; column → the range of its list."""
    sheet = book.create_sheet(words("codes"))
    sheet.sheet_state = "hidden"
    ranges: dict[str, str] = {}
    for name, values in ((n, _choices(c)) for n, c in columns.items()):
        if values:
            i = len(ranges) + 1
            for row, text in enumerate([name, *values], start=1):
                sheet.cell(row, i, text)
            letter = get_column_letter(i)
            sheet.column_dimensions[letter].width = _width([name, *values])
            ranges[name] = f"'{sheet.title}'!${letter}$2:${letter}${len(values) + 1}"
    return ranges


def _choices(column: Column) -> Sequence[str]:
    return list(column.values) or column.choices


def _head(sheet: Any, i: int, name: str, column: Column) -> None:
    cell = sheet.cell(1, i, name)
    cell.font, cell.fill = Font(bold=True), _MUST if column.required else _MAY
    cell.alignment, cell.border = Alignment(horizontal="center", vertical="center"), Border(bottom=_THIN)
    dimension = sheet.column_dimensions[get_column_letter(i)]
    day = column.type in ("date", "datetime")
    dimension.width = max(_width([name, *_choices(column)]), 14 if day else 0)
    if day:
        form = "yyyy-mm-dd" if column.type == "date" else "yyyy-mm-dd hh:mm"
    else:
        form = "@" if column.type == "text" else "General"  # text keeps the zeros of 0302
    dimension.number_format = form
    for row in range(2, 202):
        sheet.cell(row, i).number_format = form


def _width(texts: Sequence[str]) -> int:
    return min(max(cell_len(text) for text in texts) + 4, 40)


def _check(sheet: Any, letter: str, column: Column, values: str, words: _Words) -> None:
    """The check of a column's cells; a hint shows up where a cell is chosen."""
    check = _rule(column, values)
    if check is None and not column.hint:
        return
    check = check or DataValidation(type=None)
    check.allow_blank = True
    if column.hint:
        check.prompt, check.showInputMessage = column.hint[:255], True
    if check.type:
        kind = "choose" if values else "no_date" if check.type == "date" else "no_number"
        check.error, check.showErrorMessage = words(kind), True
    check.add(f"{letter}2:{letter}{ROWS + 1}")
    sheet.add_data_validation(check)


def _rule(column: Column, values: str) -> DataValidation | None:
    if values:
        return DataValidation(type="list", formula1=values)
    if column.type in ("date", "datetime"):
        return DataValidation(type="date", operator="greaterThanOrEqual", formula1=str(EARLIEST))
    if column.type in ("integer", "number"):
        whole = column.type == "integer"
        return DataValidation(
            type="whole" if whole else "decimal", operator="greaterThanOrEqual", formula1="0"
        )
    return None


def _explain(book: Workbook, words: _Words, mapping: Mapping, columns: dict[str, Column]) -> None:
    sheet = book.create_sheet(words("explained"))
    rows = [[words("column"), words("must"), words("what"), words("more")]]
    for name, column in columns.items():
        values = _choices(column)
        what = words("one_of", values="、".join(values)) if values else words(column.type)
        rows.append([name, words("yes") if column.required else "", what, column.hint])
    for name, given in mapping.given.items():
        must = words("yes") if given.required else ""
        rows.append([name, must, words("given", name=name), given.about])
    rows += [[], [words("shaded")], *([refusal.because] for refusal in mapping.refuse)]
    on_paper(sheet)
    for row in rows:
        sheet.append(row)
    for n in range(2, 2 + len(columns) + len(mapping.given)):  # no program makes room for wrapped text
        lines = max(-(-cell_len(str(sheet.cell(n, i).value or "")) // (_WIDE[i - 1] - 4)) for i in (3, 4))
        sheet.row_dimensions[n].height = 16 * max(1, lines)
    for letter, width in zip("ABCD", _WIDE, strict=True):
        sheet.column_dimensions[letter].width = width
        sheet[f"{letter}1"].font, sheet[f"{letter}1"].fill = Font(bold=True), _MAY
    for line in sheet.iter_rows(min_row=1, max_row=1 + len(columns) + len(mapping.given)):
        for cell in line:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.freeze_panes = "A2"
