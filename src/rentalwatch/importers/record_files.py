"""Files of canonical records: NDJSON, CSV, a spreadsheet, plain or packed.

What opens a stream stands before everything else, so that importing the file into an empty book succeeds.
Records are spooled to disk while they are found: a file of any length needs no more memory than a short one.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self, cast

from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.record import LISTS, parts_of
from rentalwatch.importers.report import harmless
from rentalwatch.importers.run import ABOUT
from rentalwatch.importers.spreadsheet.workbook import MAX_TEXT
from rentalwatch.importers.stated import Record

FORMS = ("ndjson", "csv", "xlsx")
_FIRST = ("kind", *ABOUT, "on", "at", "first_seen", "zone")
_LAST = ("by", "channel", "source_recorded_at", "rulebook", "key", "fact", "record")
"""Columns of a table before and behind the fields of the kinds. The last tells the importer that cells were
made harmless."""

MAX_DIGITS = 15
"""A spreadsheet keeps no more of a number."""


def form_of(path: Path) -> tuple[str, bool]:
    """(ndjson, csv or xlsx; whether packed), by the name of a file. Raises InvalidInputError."""
    name = path.name.lower()
    packed = name.endswith(".gz")
    form = name.removesuffix(".gz").rpartition(".")[2]
    if form not in FORMS or (packed and form == "xlsx"):
        raise InvalidInputError(
            f"{path.name}: records are written as .ndjson, .csv or .xlsx",
            todo="Name a file that ends so; .ndjson.gz and .csv.gz are packed (an .xlsx is packed already).",
            code="RW-OPTIONS",
        )
    return form, packed


class Records:
    """Records on their way into a file."""

    def __init__(self) -> None:
        self.openings = _spool()
        self.others = _spool()
        self.columns: set[str] = set()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.openings.close()
        self.others.close()

    def add(self, openings: Iterable[Record], others: Iterable[Record]) -> None:
        """Takes the records of one stream."""
        for spool, records in ((self.openings, openings), (self.others, others)):
            for record in records:
                spool.write(json.dumps(record, ensure_ascii=False) + "\n")
                self.columns.update(record)
                self.count += 1

    def write(self, path: Path, form: str, *, packed: bool) -> None:
        """Writes all that was added. Raises OSError, and InvalidInputError for what a form cannot hold."""
        if form == "xlsx":
            self._write_sheet(path)
            return
        with _opened(path, packed=packed) as out:
            if form == "csv":
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(self.header())
                writer.writerows([harmless(_text(cell)) for cell in row] for row in self._rows())
                return
            for spool in (self.openings, self.others):
                spool.seek(0)
                shutil.copyfileobj(spool, out)

    def header(self) -> list[str]:
        """The columns of a table: those that occur."""
        fields = sorted(self.columns.difference(_FIRST, _LAST))
        return [name for name in (*_FIRST, *fields, *_LAST) if name in self.columns]

    def _rows(self) -> Iterator[list[Any]]:
        header = self.header()
        for spool in (self.openings, self.others):
            spool.seek(0)
            for line in spool:
                record = json.loads(line)
                yield [_cell(name, record.get(name)) for name in header]

    def _write_sheet(self, path: Path) -> None:
        from rentalwatch.importers.spreadsheet.writing import MAX_ROWS, SheetFile  # takes a while

        if self.count > MAX_ROWS:
            raise _too_much(f"{self.count:,} records are more than a sheet holds")
        file = SheetFile("records", self.header())
        for row in self._rows():
            if any(isinstance(cell, str) and len(cell) >= MAX_TEXT for cell in row):
                raise _too_much("a record holds more than a cell of a spreadsheet can")
            file.add(row)
        file.save(path)


def _spool() -> IO[str]:
    return cast(IO[str], TemporaryFile("w+", encoding="utf-8", newline=""))


@contextmanager
def _opened(path: Path, *, packed: bool) -> Iterator[IO[str]]:
    """A file to write text to; packed ones hold no name and no time: equal records, equal files."""
    with ExitStack() as stack:
        raw: Any = stack.enter_context(path.open("wb"))
        if packed:
            raw = stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0))
        yield stack.enter_context(io.TextIOWrapper(raw, encoding="utf-8", newline=""))


def _cell(name: str, value: Any) -> Any:
    """A value as a cell that the importer reads back."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        joined = ";".join(value) if all(isinstance(part, str) for part in value) else ""
        plain = name in LISTS and not joined.startswith("[") and parts_of(joined) == value
        return joined if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float) and len(repr(value)) > MAX_DIGITS:
        return repr(value)
    return value


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _too_much(what: str) -> InvalidInputError:
    return InvalidInputError(
        what, todo="Ask for an --area, or write .ndjson, which holds everything.", code="RW-OPTIONS"
    )


__all__ = ["FORMS", "Records", "form_of"]
