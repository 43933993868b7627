"""Lines of a file of signals with their places, packed or not, in bounded memory whatever a line holds."""

from __future__ import annotations

import gzip
import hashlib
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from rentalwatch.early_warning.partition import Placed
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.signals.records import MAX_BYTES

STANDARD = "-"
"""Standard input as the name of a file."""

BLOCK = 1 << 20
"""Bytes read at a time."""

_GZIP = b"\x1f\x8b"


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file of signals, unpacked as it is read. Raises NotFoundError, InvalidInputError."""
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    path = Path(name)
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", todo="Check the path.", code="RW-NO-FILE", path=path)
    with said_if_damaged(path), path.open("rb") as raw:
        packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.open(raw) as unpacked:
            yield cast(BinaryIO, unpacked)


@contextmanager
def said_if_damaged(path: Path) -> Iterator[None]:
    """A file that ends too early, or is none of its kind, as a sentence."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as e:
        raise InvalidInputError(
            f"{path.name} is cut off or damaged ({e})",
            todo="What came before is taken. Get the file again and ingest it: that adds what is missing.",
            code="RW-FILE-TRUNCATED",
        ) from e


class Content(NamedTuple):
    """What a file holds, unpacked: its SHA-256 and its length in bytes."""

    digest: str
    size: int


def content_of(name: str) -> Content:
    """The same file is known again, also under another name. Raises NotFoundError, InvalidInputError."""
    digest, size = hashlib.sha256(), 0
    with opened(name) as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return Content(digest.hexdigest(), size)


def lines(file: BinaryIO) -> Iterator[tuple[Placed, int]]:
    """(each line that is not blank with the place of its first byte, the place behind it).

    Of a line longer than a record may be only so much is kept that it can be seen to be too long.
    """
    held, begin, end = bytearray(), 0, 0
    while block := file.read(BLOCK):
        for part in _split(block):
            end += len(part)
            if len(held) <= MAX_BYTES:
                held += part[: MAX_BYTES + 1 - len(held)]
            if part.endswith(b"\n"):
                if line := _line(held):
                    yield Placed(begin, line), end
                held, begin = bytearray(), end
    if line := _line(held):
        yield Placed(begin, line), end


def _split(block: bytes) -> Iterator[bytes]:
    """Pieces that end with a line feed, and what is left; `splitlines` would split at carriage returns."""
    begin = 0
    while (found := block.find(b"\n", begin)) >= 0:
        yield block[begin : found + 1]
        begin = found + 1
    if begin < len(block):
        yield block[begin:]


def _line(held: bytearray) -> bytes:
    return bytes(held).strip(b" \t\r\n") if len(held) <= MAX_BYTES else bytes(held)
