"""How results are shown: tables that line up, JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER, Micros, bound_date, instant, local_date
from rentalwatch.importers.report import NUMBER, harmless


def say(text: str = "") -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], *, bare: bool = False) -> None:
    """Columns as wide as their widest cell, counted in cells of a terminal; numbers to the right. `bare`
    leaves the header out."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(cell_len(r[i]) for r in [list(header), *texts]) for i in range(len(header))]
    right = [bool(texts) and all(NUMBER.match(r[i]) or not r[i] for r in texts) for i in range(len(header))]
    for row in texts if bare else [list(header), *texts]:
        cells = [_pad(cell, widths[i], right[i]) for i, cell in enumerate(row)]
        say("  ".join(cells).rstrip())


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def _pad(text: str, width: int, right: bool) -> str:
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap


def how_many(w: Words, shown: int, total: int) -> str:
    """How many rows there are, and how to see those that are not shown."""
    if shown < total:
        return w("shown_of", shown=f"{shown:,}", all=f"{total:,}")
    return w("row_total") if total == 1 else w("rows_total", n=f"{total:,}")


def as_json(value: Any) -> None:
    """One JSON document."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """CSV whose cells no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless("" if c is None else str(c)) for c in row] for row in rows)
    sys.stdout.write(out.getvalue())


def day(at: Micros, zone: str) -> str:
    """A date on the wall calendar of a zone."""
    return "" if at >= FOREVER else local_date(at, zone).isoformat()


def due_day(at: Micros, zone: str) -> str:
    """A due instant as a person writes it: the start of D+1 is "D"; anything else with its time."""
    if at >= FOREVER:
        return ""
    moment = instant(at).astimezone(ZoneInfo(zone))
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return bound_date(at, zone).isoformat()
    return moment.strftime("%Y-%m-%d %H:%M")


def stamp(at: Micros, zone: str) -> str:
    """An instant with its offset, to the microsecond: what --known-at takes back."""
    moment: datetime = instant(at).astimezone(ZoneInfo(zone))
    return moment.isoformat()
