"""Writing `.xlsx`: a header that stays in sight, columns as wide as what they hold, dates as dates, and no
cell that a spreadsheet program would run.

Row by row: a sheet of a million rows needs no more memory than one of ten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from rich.cells import cell_len

from rentalwatch.importers.report import harmless
from rentalwatch.importers.spreadsheet.cells import DAY, FAULT, NUMBER, TRUTH, Cell
from rentalwatch.importers.spreadsheet.workbook import MAX_TEXT

BOLD, GREY = Font(bold=True), PatternFill("solid", fgColor="FFE8EDF2")
MAX_ROWS = 1_048_575
"""Rows below the header that a sheet can hold."""
NARROWEST, WIDEST = 8, 48
"""Characters: a narrower column cuts its own name off, a wider one pushes the others out of sight."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class SheetFile:
    """A workbook of one sheet, written row by row."""

    def __init__(self, title: str, header: Sequence[str], widths: Sequence[int] = ()) -> None:
        """`widths`: in characters, of the first columns; others are as wide as their names."""
        self.book = Workbook(write_only=True)
        self.sheet = self.book.create_sheet(sheet_title(title))
        self.sheet.freeze_panes = "A2"
        on_paper(self.sheet)
        for i, name in enumerate(header):
            wide = max(cell_len(name), widths[i] if i < len(widths) else 0)
            letter = get_column_letter(i + 1)
            self.sheet.column_dimensions[letter].width = min(max(wide, NARROWEST), WIDEST) + 2
        if header:
            self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}1"
        self.sheet.append([_headed(self.sheet, name) for name in header])

    def add(self, row: Sequence[Any]) -> None:
        """Writes one row: text, numbers, truth values, dates, None, or cells of a sheet that was read."""
        self.sheet.append([_written(self.sheet, value) for value in row])

    def save(self, path: Path) -> None:
        """Writes the file. Raises OSError."""
        self.book.save(path)


def on_paper(sheet: Any) -> None:
    """A4 across, as wide as the page, the header on each."""
    page = sheet.page_setup
    page.paperSize, page.orientation, page.fitToHeight = 9, "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def sheet_title(text: str) -> str:
    """A name that a sheet may have."""
    fit = "".join(c for c in text if c not in r"[]:*?/\\" and not _CONTROL.match(c))[:31]
    return fit.strip("'") or "Sheet"


def widths(rows: Sequence[Sequence[Any]]) -> list[int]:
    """How wide the columns of these rows are, by the first of them."""
    first = rows[:1_000]
    return [max(_wide(row[i]) for row in first) for i in range(len(first[0]))] if first else []


def _wide(value: Any) -> int:
    if isinstance(value, datetime):
        return len("2026-11-03 09:30")
    return 0 if value is None else cell_len(str(value))


def _headed(sheet: Any, name: str) -> Any:
    cell = _text(sheet, name)
    cell.font, cell.fill, cell.alignment = BOLD, GREY, Alignment(vertical="center", wrap_text=True)
    return cell


def _written(sheet: Any, value: Any) -> Any:
    if isinstance(value, Cell):
        return _as_it_was(sheet, value)
    if isinstance(value, str):
        return _text(sheet, value) if value else None
    if isinstance(value, date):
        return _day(sheet, value)
    return value


def _as_it_was(sheet: Any, cell: Cell) -> Any:
    """A cell that was read from a sheet, with its type."""
    if cell.kind == NUMBER:
        return int(cell) if cell.lstrip("-").isdigit() else float(cell)
    if cell.kind == TRUTH:
        return cell == "true"
    if cell.kind == DAY:
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:  # a time of day
            return _text(sheet, cell)
        return _day(sheet, moment if "T" in cell else moment.date())
    if cell.kind == FAULT and cell in ERROR_CODES:
        return WriteOnlyCell(sheet, value=str(cell))
    return _text(sheet, cell)


def _day(sheet: Any, value: date) -> Any:
    """A date; an instant loses its offset, which a spreadsheet cannot hold."""
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    if value.year < 1900:
        return _text(sheet, value.isoformat())
    cell = WriteOnlyCell(sheet)
    cell.value = value
    cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
    return cell


def _text(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet)
    shown = harmless(str(text))[:MAX_TEXT]
    shown = _CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_", _LOOKS_ESCAPED.sub("_x005F_", shown))
    cell.value, cell.data_type = shown, "s"
    return cell
