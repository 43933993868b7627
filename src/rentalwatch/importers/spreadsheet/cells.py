"""A cell of a spreadsheet: its text as CSV would have it, and what kind of cell it was."""

from __future__ import annotations

from rentalwatch.importers.problems import RowError

NUMBER, DAY, TRUTH, FAULT, UNKNOWN, ROUNDED, NO_DAY = "n", "d", "b", "e", "f", "p", "t"
"""Kinds: a number, a date (ISO text, with a time if the cell has one), true or false, an error such as
#REF!, a formula without a value, a number of more digits than a spreadsheet keeps, a date that is none."""

_FAULTS = {
    FAULT: ("is an error in the spreadsheet", "correct the formula or the cell"),
    UNKNOWN: ("is a formula that was never calculated", "open the file in a spreadsheet program, save it"),
    ROUNDED: (
        "has more than 15 digits: a spreadsheet rounds such a number",
        "format the column as text and type the digits again",
    ),
    NO_DAY: ("is formatted as a date and is none", "type the date again"),
}


class Cell(str):
    """The text of a cell that is not plain text. `kind` is one of the kinds above."""

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, kind: str, text: str) -> Cell:
        cell = super().__new__(cls, text)
        cell.kind = kind
        return cell


def is_day(cell: str) -> bool:
    """Whether a cell is a date, not text that looks like one."""
    return isinstance(cell, Cell) and cell.kind == DAY


def fault(column: str, cell: str) -> RowError | None:
    """What is wrong with a cell that has no value to be read (`RW-CELL`)."""
    if not isinstance(cell, Cell) or cell.kind not in _FAULTS:
        return None
    what, todo = _FAULTS[cell.kind]
    return RowError("RW-CELL", column=column, value=str(cell), what=what, todo=todo)
