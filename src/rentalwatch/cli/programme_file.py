"""`programme show`: goals met or not, rolls, reported figures with today's recount 重述 beside each."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections.files import read_facts
from projections.programmes import GOALS, ROLLS, SUPERVISION, Found, find, rows_of
from projections.scope import Scope
from projections.targets import restated
from projections.targets.restated import Restated
from rentalwatch.cli.asking import AsOfOption, KnownOption, scope_of
from rentalwatch.cli.irregular import odd_rows
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened
from rentalwatch.cli.show import as_csv, as_json, day, due_day, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Irregularity
from rentalwatch.domain.programme import Goal

_SHOWN = 10
"""Rows that differ, of one figure, on the terminal; JSON holds every one."""


def show_programme(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its label, an identity key, or its id.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One programme: goals met or not, its rolls, what was reported and how that stands today.

    Example: rentalwatch programme show "Three zeros" --as-of 2026-03-31
    """
    with opened(data, lang) as session, session.asking() as connection:
        found = find(connection, name)
        scope, _ = scope_of(session, connection, as_of=as_of, known_at=known_at, programme=found)
        # goals and what was handed upward speak of days before they were written down
        ever = Scope(FOREVER, known_at=scope.known_at)
        reported = restated.restated(connection, found, ever)
        goals = [_goal(connection, g, scope) for g in rows_of(connection, GOALS, found.stream_id, ever)]
        if fmt is Format.JSON:
            as_json(_plain(connection, found, scope, goals, reported))
        elif fmt is Format.CSV:
            as_csv(_REPORTED, [[_reported(r, found.zone)[c] for c in _REPORTED] for r in reported])
        else:
            _show(connection, session.words, found, scope, goals, reported)


def _goal(connection: sa.Connection, goal: Goal, scope: Scope) -> dict[str, Any]:
    """A goal, its figure, and whether that is met; nothing to count is neither met nor missed."""
    value = restated.value_of(connection, goal.figure, scope)
    met = None
    if value is not None:
        met = (not goal.at_most or value <= float(goal.at_most)) and (
            not goal.at_least or value >= float(goal.at_least)
        )
    return {**goal._asdict(), "value": value, "met": met}


_REPORTED = ["figure", "value", "now", "area", "period_from", "as_of", "known_at", "definition", "to"]


def _reported(r: Restated, zone: str) -> dict[str, Any]:
    told = r.reported
    return {
        "record": told.record,
        "figure": told.figure,
        "value": int(told.value) if told.value else None,
        "now": r.now,
        "came": r.came,
        "went": r.went,
        "area": told.area,
        **{n: stamp(getattr(told, n), zone) for n in ("period_from", "as_of", "known_at", "reported_at")},
        "definition": told.definition,
        "to": told.to,
    }


def _plain(
    connection: sa.Connection,
    found: Found,
    scope: Scope,
    goals: list[dict[str, Any]],
    reported: list[Restated],
) -> dict[str, Any]:
    zone = found.zone
    orders = rows_of(connection, SUPERVISION, found.stream_id, scope)
    return {
        "label": found.label,
        "area": found.area,
        "baseline": stamp(found.baseline, zone),
        "screening_cycle_months": found.cycle_months,
        "closed_at": None if found.closed_at >= FOREVER else stamp(found.closed_at, zone),
        "as_of": stamp(scope.asked, zone),
        "goals": goals,
        "rolls": [
            {**r._asdict(), "frozen_at": None if r.frozen_at >= FOREVER else stamp(r.frozen_at, zone)}
            for r in rows_of(connection, ROLLS, found.stream_id, scope)
        ],
        "reported": [_reported(r, zone) for r in reported],
        "supervision": [
            {**o._asdict(), "due": None if o.due >= FOREVER else stamp(o.due, zone)} for o in orders
        ],
        "irregular": [
            {"code": i.code, "at": stamp(i.at, zone), "record": i.record}
            for i in _irregular(connection, found)
        ],
    }


def _irregular(connection: sa.Connection, found: Found) -> tuple[Irregularity, ...]:
    facts = read_facts(connection, [found.stream_id]).get(found.stream_id, [])
    return judge(facts, of="programme").irregular


def _show(
    connection: sa.Connection,
    w: Words,
    found: Found,
    scope: Scope,
    goals: list[dict[str, Any]],
    reported: list[Restated],
) -> None:
    zone = found.zone
    spans = w("programme_line", baseline=day(found.baseline, zone), day=due_day(scope.asked, zone))
    say(f"{found.label} · {found.area or w('all_areas')} · {spans}")
    if found.closed_at < FOREVER:
        say(w("programme_closed_line", day=day(found.closed_at, zone)))
    for roll in rows_of(connection, ROLLS, found.stream_id, scope):
        key = "roll_line" if roll.frozen_at < FOREVER else "roll_part_missing"
        say("  " + w(key, roll=w(f"roll_{roll.roll}"), n=f"{roll.homes:,}", day=day(roll.frozen_at, zone),
                     parts_in=roll.parts_in, parts=roll.parts))  # fmt: skip
    if goals:
        say()
        table([w("goal"), w("figure"), ""], [_goal_row(w, g) for g in goals])
    if reported:
        say()
        _show_reported(w, reported, zone)
    odd = _irregular(connection, found)
    if odd:
        say()
        say(w("irregular", n=len(odd)))
        table(["", ""], odd_rows(w, odd, zone), bare=True)


def _goal_row(w: Words, goal: dict[str, Any]) -> list[Any]:
    bounds = [
        f"<= {goal['at_most']}" if goal["at_most"] else "",
        f">= {goal['at_least']}" if goal["at_least"] else "",
    ]
    said = {None: "na", True: "goal_met", False: "goal_not_met"}[goal["met"]]
    return [f"{goal['figure']} {' '.join(b for b in bounds if b)}", _value(w, goal["value"]), w(said)]


def _value(w: Words, value: int | None) -> str:
    return w("na") if value is None else f"{value:,}"


def _show_reported(w: Words, reported: list[Restated], zone: str) -> None:
    header = [
        w(k) for k in ("figure", "reported_value", "restated", "as_of_day", "known_at_day", "handed_to")
    ]
    table(
        header,
        [
            [
                r.reported.figure,
                _value(w, int(r.reported.value) if r.reported.value else None),
                _value(w, r.now),
                due_day(r.reported.as_of, zone),
                due_day(r.reported.known_at, zone),
                r.reported.to,
            ]
            for r in reported
        ],
    )
    for r in reported:
        lines = [f"  + {row['label']}" for row in r.came] + [f"  − {row['label']}" for row in r.went]
        if lines:
            say()
            say(w("restated_line", figure=r.reported.figure, day=due_day(r.reported.as_of, zone)))
            say("\n".join(lines[:_SHOWN]))
            if len(lines) > _SHOWN:
                say("  " + w("and_more", n=len(lines) - _SHOWN))
