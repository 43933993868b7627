"""The report of refused rows as a file beside the data: CSV for text, `.xlsx` for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO, Any, Protocol

from rentalwatch.importers.report import COLUMNS, LINE, fitted, harmless
from rentalwatch.importers.run import Plan, Rejected


class Report(Protocol):
    """A file that refused rows are written to."""

    path: Path

    def add(self, rejected: Rejected) -> None:
        """Writes one row: its cells as they were, and why it was refused."""

    def close(self) -> None:
        """Finishes the file."""


def begin_report(folder: Path, stem: str, planned: Plan) -> Report:
    """A file of its own, even if another import of the same file began in the same second."""
    folder.mkdir(exist_ok=True)
    header = list(planned.source.header) or [LINE]
    if planned.source.sheet is not None:
        return _SheetReport(*_opened(folder, stem, ".xlsx"), planned.source.sheet.name, header)
    return _CsvReport(*_opened(folder, stem, ".csv"), header)


def _opened(folder: Path, stem: str, suffix: str) -> tuple[Path, IO[str]]:
    path = folder / f"{stem}{suffix}"
    for n in count(2):
        with suppress(FileExistsError):
            return path, path.open("x", encoding="utf-8", newline="")
        path = folder / f"{stem}-{n}{suffix}"
    raise AssertionError


def _why(rejected: Rejected) -> list[Any]:
    e = rejected.error
    return [rejected.number, e.column, e.code, e.what, e.todo]


class _CsvReport:
    def __init__(self, path: Path, out: IO[str], header: Sequence[str]) -> None:
        self.path, self.out, self.width = path, out, len(header)
        csv.writer(out).writerow([*header, *COLUMNS])

    def add(self, rejected: Rejected) -> None:
        cells = [harmless(c) for c in fitted(rejected.cells, self.width)]
        csv.writer(self.out).writerow([*cells, *_why(rejected)])

    def close(self) -> None:
        self.out.close()


class _SheetReport:
    def __init__(self, path: Path, out: IO[str], title: str, header: Sequence[str]) -> None:
        from rentalwatch.importers.spreadsheet.writing import SheetFile  # takes a while; seldom needed

        out.close()
        self.path, self.width = path, len(header)
        self.file = SheetFile(title, [*header, *COLUMNS], widths=[12] * len(header) + [12, 16, 20, 40, 40])

    def add(self, rejected: Rejected) -> None:
        self.file.add([*fitted(rejected.cells, self.width), *_why(rejected)])

    def close(self) -> None:
        self.file.save(self.path)
