"""Open clocks: what is overdue on a day, and since when?

Silence is computed: a row holds when a clock was opened and when it is due; overdue is due < asked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.cases import CASES
from projections.files import FILES
from projections.names import meaning
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Clock

CLOCKS = SpanTable("clocks", Clock, ("kind", "key"), ("kind", "due"))


class Overdue(NamedTuple):
    """A clock that ran out."""

    stream_id: str
    label: str
    area: str
    kind: str
    key: str
    opened_at: Micros
    due: Micros


OF_CASES = ("penalty_decision", "penalty_service")
"""Clocks of penalty cases: those lie where their home does."""


def overdue(
    connection: sa.Connection, scope: Scope, kind: str = "", limit: int | None = None
) -> list[Overdue]:
    """Running clocks that are due before the asked instant, the longest overdue first."""
    own = _running(scope, kind, FILES.c.area).where(CLOCKS.c.kind.not_in(OF_CASES))
    both = sa.union_all(own, _of_cases(scope, kind)).subquery()
    query = sa.select(both).order_by(both.c.due, both.c.label, both.c.key).limit(limit)
    return [Overdue(*row) for row in connection.execute(query)]


def _running(scope: Scope, kind: str, area: sa.ColumnElement[str]) -> sa.Select[Any]:
    c = CLOCKS.c
    query = (
        sa.select(c.stream_id, FILES.c.label, area.label("area"), c.kind, c.key, c.opened_at, c.due)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*CLOCKS.visible(scope.asked, scope.known_at, scope.axis), c.outcome == "running")
        .where(c.due < scope.asked, *scope.within(area))
    )
    return query.where(c.kind == kind) if kind else query


def _of_cases(scope: Scope, kind: str) -> sa.Select[Any]:
    """Those of cases, with the area of the home; one whose home is not in the book lies in no area."""
    home = FILES.alias()
    names, named, stream = meaning(CASES.c.dwelling)
    of = CASES.joined(CLOCKS.c.stream_id, scope.asked, scope.known_at, scope.axis)
    return (
        _running(scope, kind, sa.func.coalesce(home.c.area, ""))
        .join(CASES.table, of)
        .outerjoin(names, named)
        .outerjoin(home, home.c.stream_id == stream)
        .where(CLOCKS.c.kind.in_(OF_CASES))
    )
