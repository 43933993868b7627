"""What a spreadsheet file is, told by the directory of its zip alone: nothing in it is unpacked here.

A file that is too large, packed too tightly, encrypted, with macros, or of another kind is refused with
what to do, before anything parses it.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from rentalwatch.errors import InvalidInputError

MAX_FILE = 100 << 20
"""Bytes of a file: about ten times the inspections of a district in a year."""
MAX_ENTRIES = 2_000
"""Parts in a file: a workbook has a dozen, with pictures a few hundred."""
MAX_UNPACKED = 512 << 20
"""Bytes of all parts unpacked: 300,000 rows of 15 columns have about 300 MB."""
MAX_RATIO = 100
"""Unpacked : packed. Rows of a real sheet reach 10 to 30; a bomb has up to 1,032."""
RATIO_FROM = 1 << 20
"""Bytes unpacked below which a part may be packed as tightly as it likes."""

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_SAVE_AS = "Open it in a spreadsheet program, save it as .xlsx, and import that."
_OTHERS = (
    ("xl/workbook.bin", "is a binary Excel file (.xlsb)", _SAVE_AS),
    ("word/document.xml", "is a Word document, not a spreadsheet", "Copy its table into a spreadsheet."),
    ("ppt/presentation.xml", "is a presentation, not a spreadsheet", _SAVE_AS),
    ("content.xml", "is an OpenDocument file (.ods)", _SAVE_AS),
    ("Index/Document.iwa", "is a Numbers or Pages file", "Export it as .xlsx and import that."),
)


def check_package(path: Path, file: IO[bytes]) -> None:
    """Raises InvalidInputError if the file is no `.xlsx` or not one to be unpacked."""
    _refuse_end(path, file)
    try:
        with zipfile.ZipFile(file) as z:
            parts, begin = z.infolist(), z.start_dir
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error, OSError) as e:
        raise damaged(path, f"its directory cannot be read: {e}") from e
    _refuse_kind(path, parts)
    _refuse_packing(path, parts)
    _refuse_overlap(path, parts, begin)


def damaged(path: Path, why: str) -> InvalidInputError:
    """A file that is no whole spreadsheet."""
    return InvalidInputError(
        f"{path.name} is cut off or damaged ({why})",
        todo="Nothing was stored. Open it in a spreadsheet program, save it anew, import that.",
        code="RW-SHEET-DAMAGED",
    )


def too_large(path: Path, why: str) -> InvalidInputError:
    """A file that is not unpacked, or not read to its end."""
    return InvalidInputError(
        f"{path.name} is too large to be read as a spreadsheet: {why}",
        todo="Split it, or save it as CSV (UTF-8): CSV may be of any size.",
        code="RW-SHEET-SIZE",
    )


def _refuse_end(path: Path, file: IO[bytes]) -> None:
    """Looks at the end record first: it says how large the directory is that would be read."""
    size = file.seek(0, 2)
    if size > MAX_FILE:
        raise too_large(path, f"{size:,} bytes, at most {MAX_FILE:,}")
    file.seek(max(0, size - _END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise damaged(path, "its end is missing")
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    if entries > MAX_ENTRIES or directory > MAX_ENTRIES * 1024:
        raise too_large(path, f"{entries:,} parts, at most {MAX_ENTRIES:,}")
    file.seek(0)


def _refuse_kind(path: Path, parts: Sequence[zipfile.ZipInfo]) -> None:
    names = {part.filename for part in parts}
    for mark, what, todo in _OTHERS:
        if mark in names:
            raise InvalidInputError(f"{path.name} {what}", todo=todo, code="RW-FILE-KIND")
    if "[Content_Types].xml" not in names:
        raise InvalidInputError(
            f"{path.name} is a zip file, not a spreadsheet",
            todo="Unpack it and import what is in it.",
            code="RW-FILE-KIND",
        )
    if any(name.rpartition("/")[2].lower() == "vbaproject.bin" for name in names):
        raise InvalidInputError(
            f"{path.name} holds macros (.xlsm)",
            todo="Save it as .xlsx, which holds none, and import that.",
            code="RW-SHEET-MACROS",
        )
    if len(names) < len(parts):
        raise damaged(path, "two parts have one name")


def _refuse_packing(path: Path, parts: Sequence[zipfile.ZipInfo]) -> None:
    for part in parts:
        if part.flag_bits & 0x1:
            raise InvalidInputError(
                f"{path.name} is protected with a password",
                todo="Save it without a password and import that.",
                code="RW-SHEET-PASSWORD",
            )
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged(path, f"a part is packed in a way that no spreadsheet is ({part.compress_type})")
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(1, part.compress_size):
            raise too_large(path, f"a part unpacks to more than {MAX_RATIO} times its size")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED:
        raise too_large(path, f"{unpacked:,} bytes unpacked, at most {MAX_UNPACKED:,}")


def _refuse_overlap(path: Path, parts: Sequence[zipfile.ZipInfo], directory: int) -> None:
    """Parts that share bytes unpack to more than the file could hold."""
    ordered = sorted(parts, key=lambda p: p.header_offset)
    ends = [p.header_offset for p in ordered[1:]] + [directory]
    for part, end in zip(ordered, ends, strict=True):
        if part.header_offset + 30 + part.compress_size > end:
            raise damaged(path, "its parts overlap")
