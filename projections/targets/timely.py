"""新增群租及时处置率: of the homes first found in the period, how many were put right in time?

Computed only where the rulebook in force says what 及时 and 处置 mean. By the one definition that a rulebook
may give so far a home is disposed of in time if its first round was closed by verification, and no finding
of it later than its notice's current deadline, extensions included and shown. Without a notice the time that
there was for serving one takes the deadline's place, so that a home without papers gains nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from projections.clocks import CLOCKS
from projections.files import FILES
from projections.history import ROUNDS, STATES
from projections.scope import Scope
from projections.targets.homes import Condition, condition, home_rows, visible

_S, _R, _K = STATES.c, ROUNDS.c, CLOCKS.c


def _first_round(s: Scope) -> list[Condition]:
    return [_R.stream_id == _S.stream_id, _R.number == 1, *ROUNDS.visible(s.asked, s.known_at, s.axis)]


def _closed(s: Scope) -> Condition:
    query = sa.select(sa.literal(1)).where(*_first_round(s), _R.closing == "verification")
    return query.correlate(STATES.table).exists()


def _clocks(s: Scope, *conditions: Condition) -> Condition:
    """Whether there is such a clock among those of the first round, as they stood at its end, or now."""
    end = sa.case((_R.closed_at < s.asked, _R.closed_at + 1), else_=s.asked)
    query = (
        sa.select(sa.literal(1))
        .select_from(ROUNDS.table.join(CLOCKS.table, _K.stream_id == _R.stream_id))
        .where(*_first_round(s), *CLOCKS.known(s.known_at, s.axis), _K.valid_from < end, _K.valid_to >= end)
        .where(*conditions)
    )
    return query.correlate(STATES.table).exists()


def _missed(s: Scope) -> Condition:
    """A deadline passed with its finding unverified, or the time for a notice with neither."""
    late = sa.or_(
        sa.and_(_K.kind == "deadline", sa.or_(_K.outcome != "met", _K.ended_at > _K.due)),
        sa.and_(_K.kind == "notice", sa.or_(_K.outcome == "running", _K.outcome == "void")),
    )
    return _clocks(s, late, _K.due < s.asked, _K.due < _K.ended_at)


TIMELY: dict[str, Callable[[Scope], Condition]] = {
    "disposal_due": lambda s: sa.or_(_closed(s), _missed(s)),
    "disposed_in_time": lambda s: sa.and_(_closed(s), sa.not_(_missed(s))),
}
"""Figures that mean nothing until a rulebook defines them. Due is a home that was put right, or whose time
ran out; one whose time still runs is neither."""


def timely(connection: sa.Connection, scope: Scope) -> dict[str, int]:
    """The figures of `TIMELY`; none where the rulebook in force has no definition, or no home was due."""
    if scope.disposal is None:
        return {}
    found = {name: _count(connection, scope, name) for name in TIMELY}
    return found if found["disposal_due"] else {}


def _count(connection: sa.Connection, scope: Scope, figure: str) -> int:
    query = sa.select(sa.func.count()).where(*visible(scope), *_conditions(scope, figure))
    return int(connection.execute(query).scalar_one())


def _conditions(scope: Scope, figure: str) -> list[Condition]:
    return [condition(scope, "confirmed_first"), TIMELY[figure](scope)]


def timely_rows(scope: Scope, figure: str) -> sa.Select[Any]:
    """The homes behind a figure of `TIMELY`, each with the last deadline of its first round, and whether any
    deadline of that round was extended (1) or none (0)."""
    if scope.disposal is None:
        return home_rows(scope).where(sa.false())
    end = sa.case((_R.closed_at < scope.asked, _R.closed_at + 1), else_=scope.asked)
    before = CLOCKS.table.alias()
    extended = (
        sa.select(sa.literal(1))
        .where(before.c.stream_id == _K.stream_id, before.c.kind == "deadline", before.c.key == _K.key)
        .where(before.c.opened_at == _K.opened_at, before.c.due < _K.due, before.c.valid_from < end)
        .correlate(CLOCKS.table, ROUNDS.table)
        .exists()
    )
    deadlines = (
        sa.select(
            _K.stream_id,
            sa.func.max(_K.due).label("deadline"),
            sa.func.max(sa.case((extended, 1), else_=0)).label("extended"),
        )
        .select_from(ROUNDS.table.join(CLOCKS.table, _K.stream_id == _R.stream_id))
        .where(_R.number == 1, *ROUNDS.visible(scope.asked, scope.known_at, scope.axis))
        .where(*CLOCKS.known(scope.known_at, scope.axis), _K.valid_from < end, _K.valid_to >= end)
        .where(_K.kind == "deadline")
        .group_by(_K.stream_id)
        .subquery()
    )
    return (
        sa.select(
            _S.stream_id, FILES.c.label, _S.area, _S.state, _S.first_confirmed_at,
            deadlines.c.deadline, sa.func.coalesce(deadlines.c.extended, 0).label("extended"),
        )
        .join(FILES, FILES.c.stream_id == _S.stream_id)
        .outerjoin(deadlines, deadlines.c.stream_id == _S.stream_id)
        .where(*visible(scope), *_conditions(scope, figure))
        .order_by(FILES.c.label, _S.stream_id)
    )  # fmt: skip


__all__ = ["TIMELY", "timely", "timely_rows"]
