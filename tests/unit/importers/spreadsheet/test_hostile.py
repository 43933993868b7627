"""Files made to harm: each is refused with a code, most before anything unpacks them, the others by the
limits of the process that parses them."""

from __future__ import annotations

import resource
import struct
import sys
import zipfile
from pathlib import Path
from subprocess import run

import pytest
from openpyxl import Workbook

from rentalwatch.errors import RentalwatchError
from rentalwatch.importers.spreadsheet import child, package
from tests.unit.importers.spreadsheet.sheets import (
    HEAD,
    MAIN,
    by_hand,
    crafted,
    looked_through,
    office,
    parts,
    read,
    sheet_xml,
)

ROOT = Path(__file__).parents[4]
ROW = '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c></row>'


def refused(path: Path, sheet: str = "") -> tuple[str, str]:
    """The code and the sentence that a file is refused with."""
    with pytest.raises(RentalwatchError) as e:
        looked_through(path, sheet=sheet)
    assert e.value.todo
    return e.value.code, e.value.what


@pytest.mark.parametrize(
    ("content", "code", "what"),
    [
        ({"a.txt": "x"}, "RW-FILE-KIND", "a zip file"),
        ({"mimetype": "x", "content.xml": "<x/>"}, "RW-FILE-KIND", ".ods"),
        ({"[Content_Types].xml": "", "xl/workbook.bin": "x"}, "RW-FILE-KIND", ".xlsb"),
        ({"[Content_Types].xml": "", "word/document.xml": "x"}, "RW-FILE-KIND", "Word"),
        ({"[Content_Types].xml": "", "xl/vbaProject.bin": "x"}, "RW-SHEET-MACROS", ".xlsm"),
        ({"[Content_Types].xml": ""}, "RW-SHEET-DAMAGED", "_rels"),
        ({}, "RW-FILE-KIND", "a zip file"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(
    tmp_path: Path, content: dict[str, str], code: str, what: str
) -> None:
    found = refused(by_hand(tmp_path / "x.xlsx", content))
    assert found[0] == code
    assert what in found[1]


@pytest.mark.parametrize(
    ("begin", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"<html><table>", "web page"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "web page"),
        (b'<?xml version="1.0"?><Workbook/>', "web page"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_only_calls_itself_a_spreadsheet(tmp_path: Path, begin: bytes, what: str) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(begin + b"\n" * 600)
    code, said = refused(path)
    assert code == "RW-FILE-KIND"
    assert what in said


def test_text_under_the_name_of_a_spreadsheet_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_text("a,b\n1,2\n")
    assert read(path) == [(2, ["1", "2"])]


def test_text_has_no_sheets(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    assert refused(path, sheet="S")[0] == "RW-OPTIONS"


def test_a_part_packed_too_tightly(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "x.xlsx", parts(" " * (64 << 20)))
    assert path.stat().st_size < 100_000
    assert refused(path)[0] == "RW-SHEET-SIZE"


def test_too_many_parts(tmp_path: Path) -> None:
    many = {f"xl/media/{i}": "" for i in range(package.MAX_ENTRIES)}
    assert refused(by_hand(tmp_path / "x.xlsx", parts(sheet_xml(HEAD + ROW)) | many))[0] == "RW-SHEET-SIZE"


def test_a_directory_that_says_it_is_huge(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "x.xlsx", parts(sheet_xml(HEAD + ROW)))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    struct.pack_into("<L", content, at + 12, 0xFFFFFFF0)
    path.write_bytes(content)
    assert refused(path)[0] == "RW-SHEET-SIZE"


def test_parts_that_share_their_bytes(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "x.xlsx", parts(sheet_xml(HEAD + ROW)))
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    second = content.find(b"PK\x01\x02", at + 4)
    content[second + 42 : second + 46] = content[at + 42 : at + 46]
    path.write_bytes(content)
    assert refused(path)[0] == "RW-SHEET-DAMAGED"


def test_a_part_longer_than_it_says_is_read_no_further(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "x.xlsx", parts(sheet_xml(HEAD + ROW * 1)))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"xl/worksheets/sheet1.xml") - 46
    struct.pack_into("<L", content, at + 24, 50)
    path.write_bytes(content)
    assert refused(path)[0] == "RW-SHEET-DAMAGED"


def test_a_password(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "x.xlsx", parts(sheet_xml(HEAD + ROW)))
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert refused(path)[0] == "RW-SHEET-PASSWORD"


LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    "head",
    [
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "_rels/.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities(tmp_path: Path, head: str, part: str, encoding: str) -> None:
    content: dict[str, str | bytes] = dict(parts(sheet_xml(HEAD + ROW)))
    said = f'<?xml version="1.0" encoding="{encoding}"?>{head}{content[part]}'.replace("<v>1", "<v>&l9;")
    content[part] = said.encode(encoding)
    code, what = refused(by_hand(tmp_path / "x.xlsx", content))
    assert code == "RW-SHEET-DAMAGED"
    assert "document type" in what


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="2"><c r="BDWGN2"><v>1</v></c></row>',
        '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        '<row r="2"><c r="A2"><v>one</v></c></row>',
        '<row r="2"><c r="A2"><v>1</c></row>',
        '<row r="-2"><c r="A2"><v>1</v></c></row>',
        f'<row r="2"><c r="A{"2" * 400}"><v>1</v></c></row>',
    ],
)
def test_cells_where_none_can_be(tmp_path: Path, row: str) -> None:
    assert refused(crafted(tmp_path / "x.xlsx", row))[0] == "RW-SHEET-DAMAGED"


def test_as_many_columns_as_there_may_be(tmp_path: Path) -> None:
    cells = "".join("<c><v>1</v></c>" for _ in range(child.LAST_COLUMN))
    assert read(crafted(tmp_path / "x.xlsx", f'<row r="2">{cells}</row>')) == [(2, ["1", "1"])]
    more = crafted(tmp_path / "y.xlsx", f'<row r="2">{cells}<c><v>1</v></c></row>')
    assert refused(more)[0] == "RW-SHEET-DAMAGED"


def test_a_million_empty_rows_with_a_style_are_none(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{i}" s="1" customFormat="1" ht="{i % 97}"/>' for i in range(2, 1_048_576))
    path = crafted(tmp_path / "x.xlsx", rows + '<row r="1048576"><c><v>1</v></c></row>')
    assert read(path) == [(1_048_576, ["1", ""])]


def test_a_text_that_every_cell_repeats(tmp_path: Path) -> None:
    texts = f'<sst xmlns="{MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'
    cells = '<c t="s"><v>0</v></c>' * 100
    path = crafted(tmp_path / "x.xlsx", f'<row r="2">{cells}</row>', texts=texts)
    assert refused(path)[0] == "RW-SHEET-SIZE"


def test_a_text_longer_than_a_cell_can_hold(tmp_path: Path) -> None:
    texts = f'<sst xmlns="{MAIN}"><si><t>{"x" * 40_000}</t></si></sst>'
    assert refused(crafted(tmp_path / "x.xlsx", ROW, texts=texts))[0] == "RW-SHEET-SIZE"


def test_merged_ranges_on_top_of_each_other(tmp_path: Path) -> None:
    merges = "".join(f'<mergeCell ref="A2:XFD{3 + i}"/>' for i in range(500))
    path = crafted(tmp_path / "x.xlsx", ROW, behind=f"<mergeCells>{merges}</mergeCells>")
    assert refused(path)[0] == "RW-SHEET-DAMAGED"


def test_one_merged_range_over_the_whole_sheet(tmp_path: Path) -> None:
    merge = '<mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    assert read(crafted(tmp_path / "x.xlsx", ROW, behind=merge)) == [(2, ["1", "2"])]


def test_nothing_outside_the_file_is_followed(tmp_path: Path) -> None:
    content = parts(sheet_xml(HEAD + ROW))
    rels = "xl/_rels/workbook.xml.rels"
    content[rels] = content[rels].replace(
        'Target="worksheets/sheet1.xml"', 'TargetMode="External" Target="file:///etc/passwd"'
    )
    assert refused(by_hand(tmp_path / "x.xlsx", content))[0] == "RW-SHEET-NAME"
    content[rels] = content[rels].replace('TargetMode="External"', "").replace("file:///", "../../../../../")
    assert refused(by_hand(tmp_path / "x.xlsx", content))[0] == "RW-SHEET-DAMAGED"


def child_with(limits: str, file: Path) -> tuple[int, bytes]:
    """Runs the real child with other limits: its exit code and what it wrote."""
    program = f"from rentalwatch.importers.spreadsheet import child\n{limits}\nchild.main()"
    with file.open("rb") as f:
        done = run([sys.executable, "-c", program], stdin=f, capture_output=True, check=False)
    return done.returncode, done.stdout


def many_texts(path: Path) -> Path:
    texts = "".join(f"<si><t>{i:032x}</t></si>" for i in range(400_000))
    return crafted(path, ROW, texts=f'<sst xmlns="{MAIN}">{texts}</sst>')


def test_memory_ends_the_child_in_words(tmp_path: Path) -> None:
    """A little more than the interpreter itself takes here; the file needs about 40 MiB."""
    taken = "int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()"
    limits = f"import resource\nchild.MEMORY = {taken} + (16 << 20)"
    code, said = child_with(limits, many_texts(tmp_path / "x.xlsx"))
    assert code == 0
    assert b"RW-SHEET-SIZE" in said
    assert b"memory" in said


def test_time_ends_the_child(tmp_path: Path) -> None:
    rows = "".join(f"<row><c><v>{i}</v></c></row>" for i in range(900_000))
    code, _ = child_with("child.SECONDS = 1", crafted(tmp_path / "x.xlsx", rows))
    assert code < 0


def test_a_child_that_was_ended_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the child's place that dies as one does whose time is over, or whose disk is full."""
    path = office(tmp_path / "x.xlsx", ["a", "b"], [1, 2])
    for dies in ("kill -XCPU $$", "kill -KILL $$", "exit 1", 'echo "[1, 1"', ":"):
        program = tmp_path / "dies"
        program.write_text(f"#!/bin/sh\n{dies}\n")
        program.chmod(0o755)
        monkeypatch.setattr("sys.executable", str(program))
        assert refused(path)[0] == "RW-SHEET-SIZE"


def test_the_largest_honest_sheet_needs_far_less_than_the_limit(tmp_path: Path) -> None:
    """Its peak is measured from outside: 80,000 different texts in 40,000 rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["a", "b"])
    for i in range(40_000):
        sheet.append([f"住户 {i}", f"情况 {i} 及其说明"])
    book.save(tmp_path / "x.xlsx")
    measured = (
        "import resource, sys; from pathlib import Path; from tests.unit.importers.spreadsheet.sheets "
        "import read; rows = read(Path(sys.argv[1])); "
        "print(len(rows), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )  # by a small process: a child that is forked begins with the peak of who forked it
    asked = [sys.executable, "-c", measured, str(tmp_path / "x.xlsx")]
    said = run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert int(said[0]) == 40_000
    assert int(said[1]) << 10 < child.MEMORY


def test_the_directory_alone_is_read_before_a_file_is_refused(tmp_path: Path) -> None:
    """A bomb costs no process: what is refused by its directory never meets the parser."""
    path = by_hand(tmp_path / "x.xlsx", parts(" " * (64 << 20)))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    refused(path)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime == before
    assert zipfile.is_zipfile(path)
