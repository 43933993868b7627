"""The process that parses a spreadsheet: a stranger's file costs at most this much memory, time and disk.

`python -m rentalwatch.importers.spreadsheet.child SHEET` with the file as standard input. Rows go to
standard output, one JSON line each: `[row, column, cell, column, cell …]`, numbers from 1, a cell as text
or as [kind, text]; the last line is an object: the sheet's name, its merged ranges, or what went wrong.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from rentalwatch.importers.spreadsheet.numbers import day_text, number_text
from rentalwatch.importers.spreadsheet.workbook import (
    MAX_TEXT,
    UnreadableError,
    Workbook,
    parse,
    unescaped,
    whole,
)

MEMORY = 640 << 20
"""Bytes of address space: 2 million different texts of 20 characters fit."""
SECONDS = 120
"""Of processor time: 512 MiB of sheet take about half of it."""
DISK = 1 << 30
"""Bytes of rows written out."""
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MAX_ROW = 1 << 20
"""Bytes of one row, as of one line of a CSV file."""
MAX_MERGES = 65_536

Value = str | tuple[str, str]


def restrain() -> None:
    """Sets the limits of this process, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Rows:
    """Reads a sheet's rows one by one; only cells with a value count."""

    def __init__(self, book: Workbook, give: Callable[[list[Any]], None]) -> None:
        self.texts, self.days, self.since_1904 = book.texts(), book.day_styles(), book.since_1904
        self.give = give
        self.merges: list[tuple[int, int, int, int]] = []
        self.row = self.column = self.size = 0
        self.cells: list[Any] = []
        self.said: dict[str, str] = {}
        self.parts: list[str] = []
        self.reading = self.formula = self.valued = self.in_cell = False

    def begin(self, name: str, said: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(said)
        elif name in ("v", "t"):
            self.reading = self.in_cell
            self.valued = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._begin_row(said)
        elif name == "mergeCell":
            self._merge(said.get("ref", ""))

    def _begin_row(self, said: dict[str, str]) -> None:
        row = whole(said.get("r")) if "r" in said else self.row + 1
        if not self.row < row <= LAST_ROW:
            raise UnreadableError("RW-SHEET-DAMAGED", f"row {said.get('r', row)} follows row {self.row}")
        self.row, self.column, self.size, self.cells = row, 0, 0, [row]

    def _begin_cell(self, said: dict[str, str]) -> None:
        row, column = placed(said["r"]) if "r" in said else (self.row, self.column + 1)
        if row != self.row or not self.column < column <= LAST_COLUMN:
            raise UnreadableError("RW-SHEET-DAMAGED", f"cell {said.get('r', '')[:20]} is out of place")
        self.column, self.said, self.parts = column, said, []
        self.formula = self.valued = False
        self.in_cell = True

    def _merge(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        if last:
            (top, left), (bottom, right) = placed(first), placed(last)
            self.merges.append((top, left, bottom, right))
        if len(self.merges) > MAX_MERGES:
            raise UnreadableError("RW-SHEET-SIZE", f"more than {MAX_MERGES:,} merged ranges")

    def add(self, text: str) -> None:
        if self.reading:
            self.size += len(text)
            if self.size > MAX_ROW:
                raise UnreadableError("RW-SHEET-SIZE", f"row {self.row} holds more than {MAX_ROW:,} bytes")
            self.parts.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.reading = False
        elif name == "c":
            self.in_cell = False
            if (self.valued or self.formula) and (value := self._value()):
                self.cells += (self.column, value)
        elif name == "row" and len(self.cells) > 1:
            self.give(self.cells)

    def _value(self) -> Value:
        """The cell that was read; "" if it is blank."""
        text, kind = "".join(self.parts), self.said.get("t", "n")
        if self.formula and kind != "str" and not text:
            return ("f", "")
        if kind == "s":
            text = self._shared(text)
            self.size += len(text)
            if self.size > MAX_ROW:
                raise UnreadableError("RW-SHEET-SIZE", f"row {self.row} holds more than {MAX_ROW:,} bytes")
            return text.strip()
        if kind in ("str", "inlineStr"):
            if len(text) > MAX_TEXT + 64:
                raise UnreadableError("RW-SHEET-SIZE", f"a cell holds more than {MAX_TEXT:,} characters")
            return unescaped(text).strip()
        text = text.strip()
        return self._typed(kind, text) if text else ""

    def _typed(self, kind: str, text: str) -> Value:
        if kind == "b":
            return ("b", "true" if text in ("1", "true") else "false")
        if kind == "e":
            return ("e", text[:20])
        if kind == "d":
            return ("d", text.removesuffix("Z").removesuffix("T00:00:00")[:40])
        try:
            number = float(text)
        except ValueError:
            raise UnreadableError("RW-SHEET-DAMAGED", f"a cell of row {self.row} is no number") from None
        style = whole(self.said.get("s", "0"))
        if 0 <= style < len(self.days) and self.days[style]:
            shown = day_text(number, since_1904=self.since_1904)
            return ("t", text[:40]) if shown is None else ("d", shown)
        shown = number_text(number)
        return ("p", text[:40]) if shown is None else ("n", shown)

    def _shared(self, text: str) -> str:
        at = whole(text.strip())
        if not 0 <= at < len(self.texts):
            raise UnreadableError("RW-SHEET-DAMAGED", f"a text of row {self.row} is missing")
        return self.texts[at]


def placed(ref: str) -> tuple[int, int]:
    """Row and column of a reference such as B12."""
    letters = ref.rstrip("0123456789")
    if not (0 < len(letters) <= 3 and letters.isascii() and letters.isalpha()):
        raise UnreadableError("RW-SHEET-DAMAGED", f"{ref[:20]!r} is no cell")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return whole(ref[len(letters) :]), column


def read(name: str, write: Callable[[str], Any]) -> dict[str, Any]:
    """Writes the rows of a sheet, says how it ended."""
    with zipfile.ZipFile(sys.stdin.buffer) as z:
        book = Workbook(z)
        sheet = book.chosen(name)
        rows = Rows(book, lambda cells: write(json.dumps(cells, ensure_ascii=False) + "\n"))
        parse(z, sheet.part, start=rows.begin, end=rows.end, text=rows.add)
    return {"sheet": sheet.name, "merges": rows.merges}


def told(name: str, write: Callable[[str], Any]) -> dict[str, Any]:
    """Whatever goes wrong, as a code and a sentence."""
    try:
        return read(name, write)
    except UnreadableError as e:
        return {"code": e.code, "what": e.what}
    except MemoryError:
        return {"code": "RW-SHEET-SIZE", "what": f"it needs more than {MEMORY >> 20} MiB of memory"}
    except expat.ExpatError as e:
        if e.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            return {"code": "RW-SHEET-SIZE", "what": f"it needs more than {MEMORY >> 20} MiB of memory"}
        return {"code": "RW-SHEET-DAMAGED", "what": f"its text is broken: {e}"}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as e:
        return {"code": "RW-SHEET-DAMAGED", "what": f"{e}"[:200]}


def main() -> None:
    """Reads the sheet under limits."""
    restrain()
    sys.stdout.reconfigure(encoding="utf-8", errors="strict", newline="\n")  # type: ignore[union-attr]
    ending = told(sys.argv[1] if len(sys.argv) > 1 else "", sys.stdout.write)
    sys.stdout.write(json.dumps(ending, ensure_ascii=True) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
