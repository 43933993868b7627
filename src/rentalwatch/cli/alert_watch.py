"""`alerts watch`: the homes that were put right, when each is to be revisited, and which may be released."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from projections.watched import Watched, watched
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, scope_of
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    limit_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, due_day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY, FOREVER, Micros

_HEADER = ("home", "since", "clean_revisits", "next_revisit", "overdue_days", "release")


def watch(
    area: AreaOption = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those not revisited in time.")] = False,
    releasable: Annotated[
        bool, typer.Option("--releasable", help="Only those whose plan is fulfilled.")
    ] = False,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Homes under watch 回头看 with the next revisit that the rulebook's plan makes due, the first due first.

    Example: rentalwatch alerts watch --area sh/pudong/ --overdue
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(session, connection, area=area, as_of=as_of, known_at=known_at)
        rows = watched(connection, scope, overdue=overdue, releasable=releasable)
        _shown(session.words, rows, scope.asked, fmt, limit_of(limit, fmt))


def _shown(w: Words, rows: list[Watched], asked: Micros, fmt: Format, limit: int | None) -> None:
    if fmt is Format.JSON:
        as_json([_value(row, asked) for row in rows[:limit]])
        return
    cells = [_cells(w, row, asked) for row in rows[:limit]]
    if fmt is Format.CSV:
        as_csv(list(_HEADER), cells)
    elif not rows:
        say(w("nobody_watched"))
    else:
        table([w(k) for k in _HEADER], cells)
        say(how_many(w, len(cells), len(rows)))


def _value(row: Watched, asked: Micros) -> dict[str, Any]:
    at = {name: value for name, value in row.watch._asdict().items() if name != "revisits"}
    told = {name: None if value >= FOREVER else stamp(value, row.zone) for name, value in at.items()}
    home = {"stream_id": row.stream_id, "home": row.label, "area": row.area}
    more = {"revisits": row.watch.revisits, "days_over": _days_over(row, asked)}
    return {**home, **told, **more, "releasable": row.is_releasable(asked)}


def _days_over(row: Watched, asked: Micros) -> int | None:
    return (asked - row.watch.due) // DAY if row.watch.due < asked else None


def _cells(w: Words, row: Watched, asked: Micros) -> list[Any]:
    watch, zone = row.watch, row.zone
    until = due_day(watch.release_until, zone)
    return [
        row.label,
        due_day(watch.since, zone),
        watch.revisits,
        due_day(watch.due, zone),
        _days_over(row, asked),
        w("release_until", day=until) if row.is_releasable(asked) else "",
    ]
