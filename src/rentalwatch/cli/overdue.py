"""`overdue`: what ran out and was not done."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from projections import clocks
from projections.clocks import Overdue
from projections.scope import Scope
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, KnownSourceOption, scope_of
from rentalwatch.cli.output import ForceOption, OutputOption, as_sheet, check_output, day_of, due_of
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    limit_of,
    one_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, due_day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY, Micros

CLOCK_KINDS = (
    "on_site", "notice", "deadline", "verification", "revisit", "answer_complainant", "alert_answer",
    "assistance", "transfer", "location", "penalty_decision", "penalty_service", "supervision",
)  # fmt: skip
"""What `overdue --clock` may ask for."""


def overdue(
    area: AreaOption = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    clock: Annotated[str, typer.Option("--clock", help=f"One of {', '.join(CLOCK_KINDS)}.")] = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """What ran out and was not done, the longest overdue first.

    Example: rentalwatch overdue --clock verification --as-of 2026-03-24
    """
    one_of("--clock", clock, CLOCK_KINDS)
    check_output(output, fmt, force=force)
    with opened(data, lang) as session, session.asking() as connection:
        scope, zone = scope_of(
            session, connection, area=area, as_of=as_of, known_at=known_at, known_at_source=known_at_source
        )
        rows = clocks.overdue(connection, scope, clock)
        if output is not None:
            _as_sheet((output, force), session.words, rows[: limit or None], scope, zone)
        else:
            _overdue(session.words, rows, scope, zone, fmt, limit_of(limit, fmt))


_HEADER = ("home", "clock", "about", "since", "due", "overdue_days")


def _as_sheet(output: tuple[Path, bool], w: Words, rows: list[Overdue], scope: Scope, zone: str) -> None:
    cells = [
        [
            r.label,
            w(r.kind),
            r.key.removeprefix("/"),
            day_of(r.opened_at, zone),
            due_of(r.due, zone),
            (scope.asked - r.due) // DAY,
        ]
        for r in rows
    ]
    as_sheet(output, w, w("due"), [w(k) for k in _HEADER], cells)


def _overdue(w: Words, rows: list[Overdue], scope: Scope, zone: str, fmt: Format, limit: int | None) -> None:
    def days(due: Micros) -> int:
        return (scope.asked - due) // DAY

    if fmt is Format.JSON:
        as_json(
            [
                {**r._asdict(), "opened_at": stamp(r.opened_at, zone), "due": stamp(r.due, zone),
                 "days_over": days(r.due)}
                for r in rows[:limit]
            ]
        )  # fmt: skip
        return
    header = [w(k) for k in _HEADER]
    cells = [
        [
            r.label,
            w(r.kind),
            r.key.removeprefix("/"),
            day(r.opened_at, zone),
            due_day(r.due, zone),
            days(r.due),
        ]
        for r in rows[:limit]
    ]
    if fmt is Format.CSV:
        as_csv(header, cells)
    elif not rows:
        say(w("nothing_overdue"))
    else:
        table(header, cells)
        say(how_many(w, len(cells), len(rows)))
