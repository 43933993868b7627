"""The parts of a workbook around its sheets: which sheets there are, shared texts, formats of dates.

Runs in the child process, on the standard library alone: it starts in a blink and needs little memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from rentalwatch.importers.spreadsheet.numbers import BUILT_IN_DAYS, says_day

BLOCK = 1 << 16
MAX_TEXT = 32_767
"""Characters in a cell (Excel's own limit)."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class UnreadableError(Exception):
    """The file cannot be read; `code` names why."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


def local(name: str) -> str:
    """An element's name without its namespace: there are two families of them (transitional, strict)."""
    return name.rpartition("}")[2]


def parse(
    z: zipfile.ZipFile,
    name: str,
    *,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Streams one part through the handlers. Document types are refused: no spreadsheet has one, and
    entities are made of them."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def no_doctype(*_: Any) -> None:
        raise UnreadableError("RW-SHEET-DAMAGED", "it declares a document type, which no spreadsheet does")

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler = lambda n, a: start(local(n), {local(k): v for k, v in a.items()})
    parser.EndElementHandler = lambda n: end(local(n))
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with z.open(name) as part:
            while block := part.read(BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)
    except KeyError:
        raise UnreadableError("RW-SHEET-DAMAGED", f"it lacks {name}") from None


@dataclass(frozen=True)
class Sheet:
    """A sheet with cells: its name, whether it is shown, the part that holds it."""

    name: str
    shown: bool
    part: str


class Workbook:
    """What a workbook says about itself."""

    def __init__(self, z: zipfile.ZipFile) -> None:
        self.z = z
        self.part = next((t for k, t in self._related("").values() if k == "officeDocument"), "")
        if not self.part:
            raise UnreadableError("RW-SHEET-DAMAGED", "it holds no workbook")
        self.related = self._related(self.part)
        self.since_1904 = False
        self.sheets: list[Sheet] = []
        parse(z, self.part, start=self._begin)

    def _begin(self, name: str, said: dict[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = said.get("date1904", "0") in ("1", "true", "on")
        elif name == "sheet":
            kind, part = self.related.get(said.get("id", ""), ("", ""))
            if kind == "worksheet":
                shown = said.get("state", "visible") == "visible"
                self.sheets.append(Sheet(said.get("name", ""), shown, part))

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → kind and part, of what belongs to a part; nothing outside the file."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def begin(element: str, said: dict[str, str]) -> None:
            if element == "Relationship" and said.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, said.get("Target", "")))
                kind = said.get("Type", "").rpartition("/")[2]
                found[said.get("Id", "")] = (kind, target.lstrip("/"))

        parse(self.z, posixpath.join(folder, "_rels", f"{name}.rels"), start=begin)
        return found

    def chosen(self, name: str) -> Sheet:
        """The sheet with that name; the first that is shown if none was named."""
        fits = [s for s in self.sheets if (s.name == name if name else s.shown)]
        if fits:
            return fits[0]
        there = ", ".join(s.name for s in self.sheets) or "none"
        raise UnreadableError("RW-SHEET-NAME", f"it has no sheet {name!r}; its sheets: {there}")

    def texts(self) -> list[str]:
        """The shared texts, by number."""
        found: list[str] = []
        reader = TextReader(found.append)
        for kind, part in self.related.values():
            if kind == "sharedStrings":
                parse(self.z, part, start=reader.begin, end=reader.end, text=reader.add)
        return found

    def day_styles(self) -> list[bool]:
        """Cell format → whether it shows dates."""
        forms: dict[int, str] = {}
        found: list[bool] = []
        within = ""

        def begin(name: str, said: dict[str, str]) -> None:
            nonlocal within
            if name == "cellXfs":
                within = name
            elif name == "numFmt":
                forms[whole(said.get("numFmtId"))] = said.get("formatCode", "")
            elif name == "xf" and within:
                n = whole(said.get("numFmtId"))
                found.append(says_day(forms[n]) if n in forms else n in BUILT_IN_DAYS)

        def end(name: str) -> None:
            nonlocal within
            if name == "cellXfs":
                within = ""

        for kind, part in self.related.values():
            if kind == "styles":
                parse(self.z, part, start=begin, end=end)
        return found


class TextReader:
    """Puts the runs of a rich text together; what is said about pronunciation is left out."""

    def __init__(self, give: Callable[[str], None]) -> None:
        self.give = give
        self.parts: list[str] = []
        self.size = 0
        self.open = self.spoken = False

    def begin(self, name: str, said: dict[str, str]) -> None:
        if name == "si":
            self.parts, self.size = [], 0
        elif name == "rPh":
            self.spoken = True
        self.open = name == "t" and not self.spoken

    def add(self, text: str) -> None:
        if self.open:
            self.size += len(text)
            if self.size > MAX_TEXT + 64:
                raise UnreadableError("RW-SHEET-SIZE", f"a cell holds more than {MAX_TEXT:,} characters")
            self.parts.append(text)

    def end(self, name: str) -> None:
        self.open = False
        if name == "rPh":
            self.spoken = False
        elif name == "si":
            self.give(unescaped("".join(self.parts)))


def unescaped(text: str) -> str:
    """Control characters as `_x000D_` stands for them."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF or code == 0 else chr(code)


def whole(text: str | None) -> int:
    """A whole number in an attribute, -1 where there is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1
