"""A sheet read by the child process into a file of rows, and those rows as the importer takes them.

The parent holds one row at a time, whatever the sheet holds.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from rentalwatch.errors import InvalidInputError, NotFoundError, StorageError
from rentalwatch.importers.spreadsheet.cells import Cell
from rentalwatch.importers.spreadsheet.package import check_package, damaged, too_large

PATIENCE = 600
"""Seconds until a child that does not end is killed; its processor time is bounded by itself."""
HEADER_WITHIN = 50
"""Rows at the top among which the header is looked for: titles and notes stand above it."""

_BREAKS = re.compile(r"\s*\n\s*")


class Sheet:
    """One sheet of a checked spreadsheet. Its rows lie in a file of their own until it is let go."""

    def __init__(self, path: Path, name: str = "") -> None:
        """Reads the first sheet that is shown, or the one named. Raises InvalidInputError, NotFoundError."""
        self.path = path
        self.header: tuple[str, ...] = ()
        self.header_row = self.rows = 0
        spool = tempfile.NamedTemporaryFile(prefix="rentalwatch-", suffix=".rows", delete=False)  # noqa: SIM115
        self.spool = Path(spool.name)
        weakref.finalize(self, self.spool.unlink, missing_ok=True)
        with spool, path.open("rb") as file:
            check_package(path, file)
            file.seek(0)
            _read_apart(path, name, file, spool)
        ending = json.loads(_last_line(self.spool))
        if not isinstance(ending, dict):
            raise too_large(path, "its rows take too much room on the disk")
        _refuse(path, ending)
        self.name: str = ending["sheet"]
        self.merges = sorted(ending["merges"])

    def find_header(self, wanted: Sequence[str]) -> None:
        """Takes as header the first row with at least two of the wanted columns (all, if fewer are wanted).

        Raises InvalidInputError if there is none, it names a column twice, or nothing stands below it."""
        enough = min(2, len(wanted))
        for n, (row, cells) in enumerate(self._raw()):
            names = [_BREAKS.sub("", str(cell)).strip() for cell in _spread(cells)]
            if len(set(wanted) & set(names)) >= enough:
                self.header_row, self.header = row, _named(self.path, names)
                self.rows = sum(1 for _ in self.cells())
                break
            if n >= HEADER_WITHIN:
                break
        if not self.header:
            raise InvalidInputError(
                f"{self.path.name} has no header: no row of sheet {self.name!r} names the columns",
                todo=f"Its columns must be: {', '.join(wanted)}. Another sheet: --sheet NAME.",
                code="RW-COLUMN-MISSING",
            )
        if not self.rows:
            raise InvalidInputError(
                f"{self.path.name} has a header and no rows",
                todo="Nothing was stored. Get the file anew and import it again.",
                code="RW-FILE-EMPTY",
            )

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that hold anything, as wide as it, with their numbers; every cell of a
        merged range has the value of its first."""
        width = len(self.header)
        fill = _Merged(self.path, self.merges, self.header_row, width)
        for row, sparse in self._raw():
            if row <= self.header_row:
                continue
            cells = _spread(sparse, width)
            if any(cells):
                fill(row, cells)
                yield row, cells

    def _raw(self) -> Iterator[tuple[int, list[Any]]]:
        """Rows as the child wrote them: a number, then columns and cells in turn."""
        with self.spool.open(encoding="utf-8") as f:
            for line in f:
                if line.startswith("["):
                    row, *cells = json.loads(line)
                    yield row, cells


class _Merged:
    """Gives the cells of merged ranges below the header the value that a person sees in them."""

    def __init__(self, path: Path, merges: Sequence[Sequence[int]], header_row: int, width: int) -> None:
        self.path, self.width = path, width
        self.waiting = [m for m in reversed(merges) if m[0] > header_row and m[1] <= width]
        self.open: list[tuple[Sequence[int], list[str]]] = []

    def __call__(self, row: int, cells: list[str]) -> None:
        while self.waiting and self.waiting[-1][0] <= row:
            merge = self.waiting.pop()
            if merge[2] >= row:
                self.open.append((merge, [cells[merge[1] - 1] if merge[0] == row else ""]))
        if not self.open:
            return
        self.open = [(m, held) for m, held in self.open if m[2] >= row]
        if len(self.open) > self.width:
            raise damaged(self.path, "its merged ranges overlap")
        for (_, left, _, right), (value,) in self.open:
            for i in range(left - 1, min(right, self.width)):
                cells[i] = cells[i] or value


def _read_apart(path: Path, name: str, file: IO[bytes], spool: IO[bytes]) -> None:
    """Runs the child. Raises InvalidInputError if a limit ended it."""
    command = [sys.executable, "-P", "-m", "rentalwatch.importers.spreadsheet.child", name]
    try:
        child = subprocess.run(
            command, stdin=file, stdout=spool, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise too_large(path, f"it takes more than {PATIENCE // 60} minutes") from None
    except OSError as e:
        raise StorageError(
            f"no process can be started to read {path.name}: {e.strerror or e}",
            todo="Free some memory, run the same command again.",
            code="RW-SHEET-PROCESS",
        ) from e
    if child.returncode == -signal.SIGXCPU:
        raise too_large(path, "it takes too much time to read")
    if child.returncode:
        raise too_large(path, f"reading it ended early ({child.returncode}), for want of memory or disk")


def _last_line(spool: Path) -> bytes:
    """The line that says how the child ended. It is short; a row before it may be cut off."""
    with spool.open("rb") as f:
        f.seek(max(0, spool.stat().st_size - (4 << 20)))
        lines = f.read().splitlines()
    return lines[-1] if lines and lines[-1].endswith(b"}") else b"[]"


def _refuse(path: Path, ending: dict[str, Any]) -> None:
    code, what = ending.get("code"), str(ending.get("what", ""))
    if code == "RW-SHEET-SIZE":
        raise too_large(path, what)
    if code == "RW-SHEET-NAME":
        raise NotFoundError(
            f"{path.name}: {what}", todo="Name one of them with --sheet.", code="RW-SHEET-NAME"
        )
    if code:
        raise damaged(path, what)


def _spread(sparse: Sequence[Any], width: int = 0) -> list[str]:
    """Cells side by side, blank ones as ""; with a width, those beyond it are left out."""
    width = width or (sparse[-2] if sparse else 0)
    cells = [""] * width
    for column, value in zip(sparse[::2], sparse[1::2], strict=True):
        if column <= width:
            cells[column - 1] = value if isinstance(value, str) else Cell(*value)
    return cells


def _named(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The header; a column without a name is called by its number, so that nothing can ask for it."""
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise InvalidInputError(
            f"{path.name} names a column twice: {', '.join(doubled)}",
            todo="Rename one of them.",
            code="RW-FILE-HEADER",
        )
    return tuple(name or f"({i})" for i, name in enumerate(names, start=1))
