"""Reading files as they lie around: encodings, compression, and a look through the whole file before
anything is written.

A file that is empty, cut off, binary or one endless line is refused as a whole, with the reason.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import lzma
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.report import COLUMNS, LINE, restored
from rentalwatch.importers.spreadsheet.cells import Cell
from rentalwatch.importers.spreadsheet.spool import Sheet

MAX_LINE = 1024 * 1024
"""Bytes. No honest record is longer; a longer line is a damaged or hostile file."""

_BLOCK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BINARY = {
    b"PK\x03\x04": (
        "is a spreadsheet or a zip file, packed once more",
        "Unpack it, import what is in it.",
    ),
    b"\xd0\xcf\x11\xe0": (
        "is an old Excel file (.xls), or one with a password",
        "Open it in a spreadsheet program, save it as .xlsx without a password, and import that.",
    ),
    b"%PDF": ("is a PDF, not a table", "Ask for the spreadsheet or CSV file that it was made of."),
}
_PAGES = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")
"""How a web page begins; web programs hand one out under the name of a spreadsheet (.xls)."""
csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True)
class Source:
    """A file that was looked through and can be read."""

    path: Path
    encoding: str
    form: str
    """`csv`, `ndjson` or `sheet`."""
    delimiter: str
    header: tuple[str, ...]
    rows: int
    sha256: str
    report: bool = False
    """A report of refused rows: its columns behind `header` are left out, its cells are as they were."""
    sheet: Sheet | None = None
    """The sheet whose rows these are, if the file is a spreadsheet."""


def look_through(path: Path, *, sheet: str = "", wanted: Sequence[str] = ()) -> Source:
    """Reads the whole file once: encoding, columns, number of rows, hash.

    `sheet`: which one of a spreadsheet, the first that is shown if it is not said; `wanted`: columns by
    which the header of a sheet is known. Raises NotFoundError, or InvalidInputError for a file that must
    not be begun.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", todo="Check the path.", code="RW-NO-FILE", path=path)
    try:
        if _begins(path) in _ZIP:
            return _look_through_sheet(path, sheet, wanted)
        if sheet:
            raise InvalidInputError(
                f"{path.name} has no sheets", todo="Leave --sheet out: it is for .xlsx.", code="RW-OPTIONS"
            )
        encoding, digest = _scan_bytes(path)
        with _text(path, encoding) as f:
            first = f.readline(MAX_LINE)
            f.seek(0)
            if first.lstrip().startswith("{"):
                return _look_through_ndjson(path, encoding, f, digest)
            return _look_through_csv(path, encoding, f, first, digest)
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as e:
        raise _refused(path, f"is cut off or damaged ({e})", "RW-FILE-TRUNCATED") from e
    except OSError as e:
        raise _refused(path, f"cannot be read: {e.strerror or e}", "RW-FILE") from e


def _begins(path: Path) -> bytes:
    with path.open("rb") as f:
        return f.read(4)


def _look_through_sheet(path: Path, name: str, wanted: Sequence[str]) -> Source:
    sheet = Sheet(path, name)
    sheet.find_header(wanted)
    digest = hashlib.sha256(path.read_bytes())
    digest.update(name.encode("utf-8", "replace"))
    found = Source(path, "utf-8", "sheet", "", sheet.header, sheet.rows, digest.hexdigest(), sheet=sheet)
    return _as_report(found) if sheet.header[-len(COLUMNS) :] == COLUMNS else found


def _look_through_ndjson(path: Path, encoding: str, f: IO[str], digest: str) -> Source:
    rows, last = 0, ""
    for line in f:
        if line.strip():
            rows, last = rows + 1, line
    if not last.endswith("\n"):
        try:
            json.loads(last)
        except (ValueError, RecursionError) as e:
            raise _refused(path, f"ends in the middle of row {rows} ({e})", "RW-FILE-TRUNCATED") from e
    return Source(path, encoding, "ndjson", "", (), rows, digest)


def _look_through_csv(path: Path, encoding: str, f: IO[str], first: str, digest: str) -> Source:
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(f, delimiter=delimiter, strict=True)
    rows, last = 0, []
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        for row in reader:
            if row:
                rows, last = rows + 1, row
    except csv.Error as e:
        code = "RW-FILE-TRUNCATED" if "unexpected end" in str(e) else "RW-FILE-QUOTES"
        raise _refused(path, f"line {reader.line_num}: {e}", code) from e
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise _refused(path, f"names a column twice: {', '.join(sorted(doubled))}", "RW-FILE-HEADER")
    if not rows:
        raise _refused(path, "has a header and no rows", "RW-FILE-EMPTY")
    if len(last) < len(header):
        raise _refused(
            path,
            f"ends in the middle of row {rows + 1} ({len(last)} of {len(header)} cells)",
            "RW-FILE-TRUNCATED",
        )
    found = Source(path, encoding, "csv", delimiter, header, rows, digest)
    return _as_report(found) if header[-len(COLUMNS) :] == COLUMNS else found


def _as_report(found: Source) -> Source:
    header = found.header[: -len(COLUMNS)]
    if header == (LINE,):
        return replace(found, form="ndjson", header=(), report=True)
    return replace(found, header=header, report=True)


def _scan_bytes(path: Path) -> tuple[str, str]:
    """The encoding and the SHA-256 of the (uncompressed) bytes."""
    digest = hashlib.sha256()
    candidates = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")}
    run, begin = 0, b""
    with _binary(path) as f:
        while block := f.read(_BLOCK):
            if not begin:
                begin = block
                _refuse_binary(path, block)
                bom = next((name for mark, name in _BOMS if block.startswith(mark)), None)
                if bom:
                    candidates = {bom: codecs.getincrementaldecoder(bom)()}
            digest.update(block)
            run = _longest_line(path, block, run)
            _try(candidates, block, final=False)
            if not candidates:
                break
    if not begin.strip():
        raise _refused(path, "is empty", "RW-FILE-EMPTY")
    _try(candidates, b"", final=True)
    if not candidates:
        raise _refused(path, "is text in no encoding known here (UTF-8, GB18030, UTF-16)", "RW-FILE-ENCODING")
    return next(iter(candidates)), digest.hexdigest()


def _try(candidates: dict[str, Any], block: bytes, *, final: bool) -> None:
    for name in list(candidates):
        try:
            candidates[name].decode(block, final)
        except UnicodeDecodeError:
            del candidates[name]


def _refuse_binary(path: Path, block: bytes) -> None:
    for mark, (what, todo) in _BINARY.items():
        if block.startswith(mark):
            raise _refused(path, what, "RW-FILE-KIND", todo)
    if block.removeprefix(codecs.BOM_UTF8).lstrip()[:16].lower().startswith(_PAGES):
        raise _refused(
            path,
            "is a web page or XML under the name of a table",
            "RW-FILE-KIND",
            "Open it in a spreadsheet program, save it as .xlsx, and import that.",
        )
    utf16 = block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in block and not utf16:
        raise _refused(path, "is not text (it holds zero bytes)", "RW-FILE-KIND")


def _longest_line(path: Path, block: bytes, run: int) -> int:
    """The length of the line that is still open at the end of the block."""
    begin = 0
    while (end := block.find(b"\n", begin)) >= 0:
        run, begin = 0, end + 1
    run += len(block) - begin
    if run > MAX_LINE:
        raise _refused(path, f"holds a line of more than {MAX_LINE:,} bytes", "RW-FILE-LINE")
    return run


def _refused(path: Path, what: str, code: str, todo: str = "") -> InvalidInputError:
    return InvalidInputError(
        f"{path.name} {what}",
        todo=todo or "Nothing was stored. Get the file anew and import it again.",
        code=code,
    )


@contextmanager
def _binary(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        magic = raw.read(6)
        raw.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            with gzip.open(raw) as f:
                yield f  # type: ignore[misc]
        elif magic == b"\xfd7zXZ\x00":
            with lzma.open(raw) as f:
                yield f
        else:
            yield raw


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[IO[str]]:
    with _binary(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as f:
        yield f


def cells(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file or a sheet with their numbers as a spreadsheet shows them (a CSV file's header
    is row 1)."""
    if source.sheet is not None:
        for number, row in source.sheet.cells():
            yield number, _as_it_was(row) if source.report else row
        return
    with _text(source.path, source.encoding) as f:
        reader = csv.reader(f, delimiter=source.delimiter, strict=True)
        next(reader)
        for number, row in enumerate(reader, start=2):
            if row:
                yield number, _as_it_was(row) if source.report else row


def _as_it_was(row: list[str]) -> list[str]:
    return as_it_was(row[: -len(COLUMNS)])


def as_it_was(row: list[str]) -> list[str]:
    """The cells of a file that rentalwatch wrote, as they were. Typed cells of a sheet are: only text is
    marked."""
    return [cell if isinstance(cell, Cell) else restored(cell) for cell in row]


def objects(source: Source) -> Iterator[tuple[int, str, Any]]:
    """The lines of an NDJSON file: number, text, and the object or the error that it gives."""
    for number, line in _lines(source):
        try:
            yield number, line, json.loads(line)
        except (ValueError, RecursionError) as e:
            yield number, line, e


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    if source.report:
        yield from ((number, "".join(row)) for number, row in cells(source))
        return
    with _text(source.path, source.encoding) as f:
        yield from ((n, line.rstrip("\r\n")) for n, line in enumerate(f, start=1) if line.strip())
