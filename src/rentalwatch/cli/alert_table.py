"""How alerts 预警 are shown: as a table, CSV or JSON."""

from __future__ import annotations

from typing import Any

from projections.alerts import AlertRow
from rentalwatch.cli.session import Format
from rentalwatch.cli.show import as_csv, as_json, due_day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY, FOREVER, Micros
from rentalwatch.signals.reasons import Lang, all_words, tells_of_complaints

HEADER = (
    "alert",
    "home",
    "rule",
    "level",
    "alert_status",
    "since",
    "due",
    "overdue_days",
    "times",
    "last_seen",
)
SHOWN_OF_NUMBER = 8
OTHER_HINTS = "other_hints"


def shown(
    w: Words,
    rows: list[AlertRow],
    asked: Micros,
    fmt: Format,
    limit: int | None,
    *,
    outside: bool = False,
) -> None:
    """The alerts, an alert a row however often its rule was suspicious again. `outside`: to a manager."""
    if fmt is Format.JSON:
        as_json([as_value(row, asked, outside=outside) for row in rows[:limit]])
        return
    short = fmt is Format.TABLE
    cells = [_cells(w, row, asked, short=short, outside=outside) for row in rows[:limit]]
    if fmt is Format.CSV:
        as_csv(list(HEADER), cells)
    elif not rows:
        say(w("no_alerts"))
    else:
        table([w(k) for k in HEADER], cells)
        say(how_many(w, len(cells), len(rows)))


def as_value(row: AlertRow, asked: Micros, *, outside: bool = False) -> dict[str, Any]:
    """An alert as JSON has it; instants that never come are null. `outside`: for a manager, in words that do
    not tell that anybody complained; else reasons are codes."""
    alert, zone = row.alert, row.zone
    value = {**alert._asdict(), "times": alert.repeats + 1, "days_over": days_over(row, asked)}
    for name in ("raised_at", "due", "answered_at", "asked_at", "last_seen_at"):
        at = value[name]
        value[name] = None if at >= FOREVER else stamp(at, zone)
    for name in ("missed", "waiting", "withheld", "drawn"):
        value[name] = bool(value[name])
    value["reasons"] = reasons_of(row, "en", outside=True) if outside else _codes(row)
    if rule_of(row, outside=outside) == OTHER_HINTS:
        value |= {"rule": OTHER_HINTS, "rule_version": ""}
    home = {"stream_id": row.stream_id, "home": row.label, "area": row.area}
    return {"alert": value.pop("record"), **home, **value}


def reasons_of(row: AlertRow, lang: Lang, *, outside: bool) -> list[str]:
    """Why its rule was suspicious, in words."""
    return all_words(_codes(row), lang, outside=outside)


def rule_of(row: AlertRow, *, outside: bool) -> str:
    """The rule's name; outside, one that counts complaints has none."""
    return OTHER_HINTS if outside and tells_of_complaints(_codes(row)) else row.alert.rule


def _codes(row: AlertRow) -> list[str]:
    return [code for code in row.alert.reasons.split(";") if code]


def days_over(row: AlertRow, asked: Micros) -> int | None:
    """Whole days since the level that is asked had to answer; None if it has, or still may."""
    alert = row.alert
    return (asked - alert.due) // DAY if alert.waiting and alert.due < asked else None


def status_of(w: Words, row: AlertRow) -> str:
    """What became of it, in words."""
    alert = row.alert
    return w(f"fate_alert_{'missed' if alert.missed else alert.status}", answer=w.code(alert.answer))


def _cells(w: Words, row: AlertRow, asked: Micros, *, short: bool, outside: bool) -> list[Any]:
    alert, zone = row.alert, row.zone
    return [
        alert.record[:SHOWN_OF_NUMBER] if short else alert.record,
        row.label,
        rule_of(row, outside=outside),
        w(f"level_{alert.level}") if short else alert.level,
        status_of(w, row) if short else alert.status,
        due_day(alert.raised_at, zone),
        due_day(alert.due, zone),
        days_over(row, asked),
        alert.repeats + 1,
        due_day(alert.last_seen_at, zone),
    ]
