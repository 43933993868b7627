"""Spreadsheets for stories: written as offices write them, or put together by hand as an attacker does."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from rentalwatch.importers.reading import Source, cells, look_through

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_P = "http://schemas.openxmlformats.org/package/2006/relationships"


def office(path: Path, *rows: Sequence[Any], merged: Sequence[str] = (), title: str = "检查") -> Path:
    """A workbook as a spreadsheet program saves it."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for ref in merged:
        sheet.merge_cells(ref)
    book.save(path)
    return path


def parts(sheet: str, *, texts: str = "", styles: str = "") -> dict[str, str]:
    """The parts of the smallest workbook there is, with this text as its only sheet."""
    related = [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")]
    related.append(("styles", "styles.xml"))
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": _related([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_R}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _related(related),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": texts or f'<sst xmlns="{MAIN}"/>',
        "xl/styles.xml": styles or f'<styleSheet xmlns="{MAIN}"/>',
    }


def _related(items: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="r{i}" Type="{_R}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(items)
    )
    return f'<Relationships xmlns="{_P}">{lines}</Relationships>'


def by_hand(path: Path, content: Mapping[str, str | bytes], *, packed: bool = True) -> Path:
    """A zip file with these parts."""
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", how) as z:
        for name, text in content.items():
            z.writestr(name, text)
    return path


def sheet_xml(rows: str, behind: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>'


HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
    + '<c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
)
"""A header with the columns a and b."""


def crafted(path: Path, rows: str, **more: str) -> Path:
    """A workbook by hand whose sheet has the header a, b and these rows."""
    return by_hand(path, parts(sheet_xml(HEAD + rows, more.pop("behind", "")), **more))


def looked_through(path: Path, wanted: Sequence[str] = ("a", "b"), sheet: str = "") -> Source:
    return look_through(path, sheet=sheet, wanted=wanted)


def read(path: Path, wanted: Sequence[str] = ("a", "b"), sheet: str = "") -> list[tuple[int, list[str]]]:
    """The rows below the header, with their numbers."""
    return list(cells(looked_through(path, wanted, sheet)))
