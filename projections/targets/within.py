"""Figures that count something within homes: relapses, claims, revisits. Name → table, what counts once,
condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from projections.clocks import CLOCKS
from projections.files import FILES
from projections.history import CLAIMS, ROUNDS
from projections.scope import Scope
from projections.spans import SpanTable
from projections.targets.homes import Condition, in_area

_R, _C, _K = ROUNDS.c, CLAIMS.c, CLOCKS.c
Within = tuple[SpanTable, tuple[str, ...], Callable[[Scope], Condition]]


def relapsed(s: Scope) -> Condition:
    """A round that opened as a relapse in the period."""
    return sa.and_(_R.opening == "relapse", _R.opened_at >= s.begin, _R.opened_at < s.asked)


def _revisit_due(s: Scope) -> Condition:
    return sa.and_(_K.kind == "revisit", _K.outcome != "void", _K.due >= s.begin, _K.due < s.asked)


UNVERIFIED = ("pending", "refuted", "rejected", "replaced", "idle")
"""What may become of a claim but for its verification: named one by one, since an index finds these."""

WITHIN: dict[str, Within] = {
    "relapses": (ROUNDS, ("stream_id",), relapsed),
    "relapse_incidents": (ROUNDS, ("stream_id", "number"), relapsed),
    "claims_unverified": (CLAIMS, ("stream_id", "claimed_at"), lambda s: _C.status.in_(UNVERIFIED)),
    "claims_refuted": (CLAIMS, ("stream_id", "claimed_at"), lambda s: _C.status == "refuted"),
    "revisits_due": (CLOCKS, ("stream_id", "key"), _revisit_due),
    "revisits_on_time": (
        CLOCKS,
        ("stream_id", "key"),
        lambda s: sa.and_(_revisit_due(s), _K.outcome == "met", _K.ended_at <= _K.due),
    ),
}


def count_within(connection: sa.Connection, scope: Scope, figure: str) -> int:
    """Counts a figure of `WITHIN`."""
    rows = _once(scope, *WITHIN[figure]).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def within_rows(scope: Scope, figure: str, more: Condition | None = None) -> sa.Select[Any]:
    """The rows behind a figure of `WITHIN`, in the order of labels; `more`: a further condition."""
    table, once, where = WITHIN[figure]
    query = _once(scope, table, once, where)
    rows = (query if more is None else query.where(more)).subquery()
    return (
        sa.select(rows.c.stream_id, FILES.c.label, FILES.c.area, *(rows.c[n] for n in once[1:]))
        .join(FILES, FILES.c.stream_id == rows.c.stream_id)
        .order_by(FILES.c.label, *(rows.c[n] for n in once))
    )


def _once(
    scope: Scope, table: SpanTable, once: tuple[str, ...], where: Callable[[Scope], Condition]
) -> sa.Select[Any]:
    query = sa.select(*(table.c[name] for name in once)).distinct()
    query = query.where(*table.visible(scope.asked, scope.known_at, scope.axis), where(scope))
    return query.where(*in_area(scope, table.c.stream_id))
