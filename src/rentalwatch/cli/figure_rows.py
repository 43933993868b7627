"""The rows behind a figure: as a table, JSON, CSV or a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from projections import targets as read
from rentalwatch.cli.output import as_sheet, day_of, due_of
from rentalwatch.cli.session import Format
from rentalwatch.cli.show import as_csv, as_json, day, due_day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.streams import kind_of

_DUES = ("a_due", "b1_due", "b2_due", "b3_due", "due", "deadline")
_INSTANTS = (
    "claimed_at", "happened_at", "written_at", "recorded_at", "marked_at", "amended_at", "reported_at",
    "chased_at", "raised_at", "answered_at", "confirmed_at", "earlier_at",
    "exited_at", "again_at", "first_confirmed_at",
)  # fmt: skip
_BEGIN = ["stream_id", "label", "area"]


def _columns(figure: str, rows: list[dict[str, Any]]) -> list[str]:
    """What a row behind a figure says."""
    if figure in read.WITHIN:
        return _BEGIN + list(read.WITHIN[figure][1][1:])
    if figure in (*read.HOMES, *read.OF_A_PROGRAMME, "net"):
        columns = [*_BEGIN, "state", "round_no", "opening", "open_findings", *_DUES[:4]]
        return [*columns, "change"] if figure == "net" else columns
    return list(rows[0]) if rows else _BEGIN


def list_rows(
    w: Words, figure: str, every: list[dict[str, Any]], zone: str, fmt: Format, limit: int | None
) -> None:
    """Shows them."""
    rows = every[:limit]
    if fmt is Format.JSON:
        as_json([{k: _json(k, v, zone) for k, v in row.items()} for row in rows])
        return
    columns = _columns(figure, rows)
    if fmt is Format.TABLE:
        columns = [c for c in columns[1:] if any(r[c] not in (None, "") for r in rows)]
    cells = [[_cell(w, c, r[c], zone, fmt) for c in columns] for r in rows]
    if fmt is Format.CSV:
        as_csv(columns, cells)
        return
    if not rows:
        say(w("nothing_listed"))
        return
    table([_title(w, c) for c in columns], cells)
    say(" · ".join([how_many(w, len(rows), len(every)), *_next(w, rows[0])]))


def _next(w: Words, row: dict[str, Any]) -> list[str]:
    """What shows one of the rows whole, if a command does."""
    key = {"dwelling": "next_file", "estate": "next_estate"}.get(kind_of(row["stream_id"]))
    return [w(key, label=row["label"])] if key else []


def rows_as_sheet(
    output: tuple[Path, bool], w: Words, figure: str, rows: list[dict[str, Any]], zone: str
) -> None:
    """Writes them as a spreadsheet."""
    columns = [*_columns(figure, rows)[1:], "stream_id"]

    def value(column: str, raw: Any) -> Any:
        if column in _DUES:
            return due_of(raw, zone)
        return day_of(raw, zone) if column in _INSTANTS else _cell(w, column, raw, zone, Format.TABLE)

    cells = [[value(c, row[c]) for c in columns] for row in rows]
    as_sheet(output, w, figure.replace(":", " "), [_title(w, c) for c in columns], cells)


_TITLES = {
    "label": "home", "area": "area", "state": "state", "round_no": "round", "open_findings": "findings",
    "claimed_at": "claimed_on", "opening": "opening", "change": "change", "number": "round", "key": "about",
    "stream_id": "id", "happened_at": "happened", "written_at": "written_on", "recorded_at": "recorded_on",
    "marked_at": "happened", "amended_at": "amended", "reason": "reason", "first": "by_whom",
    "second": "second_person", "roll": "roll", "what": "what", "due": "due", "deadline": "deadline",
    "extended": "extended",
}  # fmt: skip


def _title(w: Words, column: str) -> str:
    if column in _DUES[:4]:
        return f"{column[:-4]} {w('due')}"
    return w(_TITLES[column]) if column in _TITLES else column


def _json(column: str, value: Any, zone: str) -> Any:
    if column in (*_DUES, *_INSTANTS):
        return None if value is None or value >= FOREVER else stamp(value, zone)
    return value


def _cell(w: Words, column: str, value: Any, zone: str, fmt: Format) -> Any:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(value)
    if column in _DUES:
        return due_day(value, zone)
    if column in _INSTANTS:
        return day(value, zone)
    if fmt is Format.CSV:
        return value
    if column == "state":
        return w.state(value)
    if column == "opening":
        return w(value) if value else ""
    if column == "roll":
        return w(f"roll_{value}")
    return value
