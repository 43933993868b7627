"""Files as they lie around: read whatever the encoding; refused whole, and before anything is written, where
they are damaged."""

from __future__ import annotations

import codecs
import gzip
import lzma
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.reading import cells, look_through
from rentalwatch.ledger.codec import decode
from tests.unit.importers.files import FOUND, HEADER, HOME, NOTE, imported, text, write

PLAIN = text(HOME, FOUND, NOTE)
READABLE: dict[str, bytes] = {
    "UTF-8": PLAIN.encode(),
    "UTF-8 with a byte order mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "GB18030": PLAIN.encode("gb18030"),
    "UTF-16, little end first": codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
    "gzip": gzip.compress(PLAIN.encode()),
    "gzip of GB18030": gzip.compress(PLAIN.encode("gb18030")),
    "xz": lzma.compress(PLAIN.encode()),
    "lines as Windows ends them": PLAIN.replace("\n", "\r\n").encode(),
    "no line end at the end": PLAIN.rstrip("\n").encode(),
    "semicolons between": PLAIN.replace(",", ";").encode(),
    "tabs between": PLAIN.replace(",", "\t").encode(),
    "blank lines between": PLAIN.replace("\n", "\n\n").encode(),
    "everything quoted": "".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in PLAIN.splitlines()
    ).encode(),
}


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_a_file_is_read_alike_however_it_was_written(content: bytes, tmp_path: Path) -> None:
    went = imported(write(tmp_path, content), tmp_path / "data")

    assert (went.tally.rows, went.codes) == (3, [])
    assert decode(went.events[0].type_name, went.events[0].state).label == "幸福路1号"


def hexadecimal(n: int) -> bytes:
    """Text that packs badly."""
    return random.Random(7).randbytes(n).hex().encode()


def _deflate_damaged() -> bytes:
    """A gzip file whose packed data is no packed data (zlib itself complains)."""
    packed = bytearray(gzip.compress(PLAIN.encode() * 50))
    packed[10] = 0xFF  # no such kind of block
    with pytest.raises(zlib.error):
        gzip.decompress(bytes(packed))
    return bytes(packed)


def _zip(path: Path) -> bytes:
    with zipfile.ZipFile(path / "book.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    return (path / "book.xlsx").read_bytes()


DAMAGED: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "empty": (lambda _: b"", "RW-FILE-EMPTY"),
    "only white space": (lambda _: b" \n\n\t\n", "RW-FILE-EMPTY"),
    "a header alone": (lambda _: HEADER.encode() + b"\n", "RW-FILE-EMPTY"),
    "a packed nothing": (lambda _: gzip.compress(b""), "RW-FILE-EMPTY"),
    "cut in a row": (lambda _: PLAIN.encode()[:-30], "RW-FILE-TRUNCATED"),
    "cut in a JSON object": (lambda _: b'{"kind": "note"}\n{"kind": "no', "RW-FILE-TRUNCATED"),
    "cut in a quoted cell": (lambda _: (HEADER + '\nregistration,"甲-1').encode(), "RW-FILE-TRUNCATED"),
    "gzip cut off": (lambda _: gzip.compress(hexadecimal(50_000))[:9_000], "RW-FILE-TRUNCATED"),
    "gzip cut in its head": (lambda _: gzip.compress(PLAIN.encode())[:5], "RW-FILE-TRUNCATED"),
    "gzip with a wrong sum": (lambda _: gzip.compress(PLAIN.encode())[:-8] + bytes(8), "RW-FILE-TRUNCATED"),
    "gzip of damaged data": (lambda _: _deflate_damaged(), "RW-FILE-TRUNCATED"),
    "xz cut off": (lambda _: lzma.compress(hexadecimal(50_000))[:9_000], "RW-FILE-TRUNCATED"),
    "an Excel workbook": (_zip, "RW-FILE-KIND"),
    "an old Excel workbook": (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "RW-FILE-KIND"),
    "a PDF": (lambda _: b"%PDF-1.7\n%...", "RW-FILE-KIND"),
    "zero bytes": (lambda _: PLAIN.encode() + b"\0\0\0", "RW-FILE-KIND"),
    "a cut character": (lambda _: codecs.BOM_UTF8 + PLAIN.encode() + b"\xe5\xb9", "RW-FILE-ENCODING"),
    "half of a UTF-16 pair": (lambda _: codecs.BOM_UTF16_LE + b"a\x00\x00\xd8b\x00", "RW-FILE-ENCODING"),
    "a column twice": (lambda _: text(HOME, header=HEADER.replace("on", "key")).encode(), "RW-FILE-HEADER"),
    "a stray quote": (lambda _: text('registration,"甲"-1,h1,,x,,').encode(), "RW-FILE-QUOTES"),
    "one line of 3 MB": (lambda _: b"a" * 3_000_000, "RW-FILE-LINE"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "code"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_before_anything_is_written(
    make: Callable[[Path], bytes], code: str, tmp_path: Path
) -> None:
    file = write(tmp_path, make(tmp_path))

    with pytest.raises(InvalidInputError) as refused:
        imported(file, tmp_path / "data")

    assert refused.value.code == code
    assert file.name in refused.value.what
    assert refused.value.todo
    assert not (tmp_path / "data").exists()


def test_a_hundred_megabytes_without_a_line_end_are_refused_unread(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as f:
        for _ in range(100):
            f.write(b"a" * 1_000_000)

    with pytest.raises(InvalidInputError) as refused:
        look_through(bomb)

    assert refused.value.code == "RW-FILE-LINE"


def test_a_file_that_is_not_there_or_is_a_folder_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(NotFoundError) as refused:
            look_through(path)
        assert refused.value.code == "RW-NO-FILE"


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    file = write(tmp_path, 'a,b\n1,2\n\n3,"4\n4"\n\n\n5,6\n')

    assert list(cells(look_through(file))) == [(2, ["1", "2"]), (4, ["3", "4\n4"]), (7, ["5", "6"])]


def test_a_look_through_tells_how_many_rows_and_which_bytes(tmp_path: Path) -> None:
    plain, packed = (
        look_through(write(tmp_path, content, name))
        for name, content in (("a.csv", PLAIN.encode()), ("b.gz", gzip.compress(PLAIN.encode())))
    )

    assert (plain.rows, plain.header) == (3, tuple(HEADER.split(",")))
    assert plain.sha256 == packed.sha256
