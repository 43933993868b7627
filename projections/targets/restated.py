"""A figure that was handed upward, and its recount today 重述: what differs, and which rows?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.programmes import REPORTED, Found, rows_of
from projections.rolls import measured_by
from projections.scope import Scope
from projections.targets.beside import BESIDE, beside
from projections.targets.board import board
from projections.targets.lists import listed
from projections.targets.tags import is_tagged
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.programme import Reported


class Restated(NamedTuple):
    """`now`: today's recount of what was reported; `came` and `went`: rows that count now and did not then,
    and the other way round."""

    reported: Reported
    now: int | None
    came: list[dict[str, Any]]
    went: list[dict[str, Any]]


def value_of(connection: sa.Connection, figure: str, scope: Scope) -> int | None:
    """One figure, whichever it is. Raises InvalidInputError for none."""
    if is_tagged(figure):
        return len(listed(connection, figure, scope))
    if figure in BESIDE:
        return beside(connection, scope)[figure]
    rows = listed(connection, figure, scope)  # says which figures there are, if this is none
    value = board(connection, scope).figure(figure)
    assert value is None or figure == "net" or value == len(rows)
    return value


def restated(connection: sa.Connection, programme: Found, scope: Scope) -> list[Restated]:
    """Every figure that a programme reported, as `scope` sees it, each with its recount known now."""
    told = rows_of(connection, REPORTED, programme.stream_id, scope)
    told.sort(key=lambda r: (r.reported_at, r.record))
    return [_restated(connection, programme, row) for row in told]


def _restated(connection: sa.Connection, programme: Found, told: Reported) -> Restated:
    then = scope_of_report(connection, programme, told)
    now = measured_by(connection, programme, replace(then, known_at=FOREVER))
    before = {_which(row): row for row in listed(connection, told.figure, then)}
    after = {_which(row): row for row in listed(connection, told.figure, now)}
    return Restated(
        told,
        value_of(connection, told.figure, now),
        [row for which, row in after.items() if which not in before],
        [row for which, row in before.items() if which not in after],
    )


def scope_of_report(connection: sa.Connection, programme: Found, told: Reported) -> Scope:
    """What was asked when it was reported."""
    scope = Scope(told.as_of, told.period_from, told.known_at, area=told.area)
    return measured_by(connection, programme, scope)


def _which(row: dict[str, Any]) -> tuple[Any, ...]:
    """What tells a row of a list from the others: not how the home stands, which may have changed."""
    names = ("stream_id", "number", "key", "claimed_at", "record", "change", "what", "lead", "roll")
    return tuple(row.get(name) for name in names)
