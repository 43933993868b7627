"""What stands beside the targets, never added to them: what was not looked at, and what was done to the book.

Asked for by itself, since the headline figures must come fast. Each has a list of exactly as many rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections import estates
from projections.alerts import ALERTS
from projections.files import FACTS, FILES
from projections.history import STATES
from projections.marks import LATE_ENTRIES, MARKS, RETRACTION
from projections.names import meaning
from projections.programmes import AMENDMENTS
from projections.rolls import on_roll
from projections.scope import Scope
from projections.targets.homes import in_area, visible
from projections.targets.operators import OPERATORS, operator_figures, operator_rows
from rentalwatch.domain.instants import FOREVER

_S, _M, _L, _A, _F, _W = STATES.c, MARKS.c, LATE_ENTRIES.c, AMENDMENTS.c, FACTS.c, ALERTS.c


class Beside(NamedTuple):
    """A figure beside the targets: its rows, and whether there is anything that it could count."""

    rows: Callable[[Scope], sa.Select[Any]]
    means: Callable[[Scope], bool] = lambda scope: True


def _listed(stream: sa.ColumnElement[str], *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """A row for what lies in a stream, with the stream's label and area."""
    return (
        sa.select(stream.label("stream_id"), FILES.c.label, FILES.c.area, *columns)
        .join(FILES, FILES.c.stream_id == stream)
        .order_by(FILES.c.label, stream, *columns)
    )


def _there(scope: Scope, stream: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
    """Homes that lay in the area then, and whatever else lies there."""
    if not scope.area:
        return []
    others = sa.and_(FILES.c.kind != "dwelling", *scope.within(FILES.c.area))
    return [sa.or_(*in_area(scope, stream), others)]


def _back_dated(s: Scope) -> sa.Select[Any]:
    """Entries written down since the period began, more than 48 h after what they say."""
    return _listed(_L.stream_id, _L.happened_at, _L.written_at, _L.what, _L.record).where(
        *LATE_ENTRIES.visible(s.asked, s.known_at, s.axis), _L.written_at >= s.begin, *_there(s, _L.stream_id)
    )


def _retractions(s: Scope) -> sa.Select[Any]:
    """Retractions recorded since the period began, and known."""
    known = [_F.recorded_at < s.known_at] if s.known_at < FOREVER else []
    is_one = _F.type_name == sa.literal_column(f"'{RETRACTION}'")
    return _listed(_F.stream_id, _F.recorded_at, _F.version).where(
        is_one, _F.recorded_at >= s.begin, *known, *_there(s, _F.stream_id)
    )


def _marked(s: Scope, kind: str) -> list[sa.ColumnElement[bool]]:
    """Marks of a kind in the period, wherever they lie."""
    return [*MARKS.visible(s.asked, s.known_at, s.axis), _M.kind == kind, _M.marked_at >= s.begin]


def _moved(s: Scope) -> sa.Select[Any]:
    """Homes split, merged or struck off. A merged file stands nowhere any more: it lies where it last did."""
    merged = [sa.and_(_M.what == "merged", *s.within(FILES.c.area))] if s.area else []
    there = sa.or_(*merged, *_there(s, _M.stream_id)) if s.area else sa.true()
    return _listed(_M.stream_id, _M.marked_at, _M.what).where(*_marked(s, "moved"), there)


def _closed_unfixed(s: Scope) -> sa.Select[Any]:
    """Orders closed in the period in homes where a finding is still open, or a lead waits."""
    waiting = sa.or_(_S.open_findings > 0, _S.state.in_(("suspected", "unreached")))
    still = sa.select(_S.stream_id).where(*visible(s), waiting, _S.state != "gone")
    query = _listed(_M.stream_id, _M.marked_at, _M.key, _M.what)
    return query.where(*_marked(s, "order_closed"), *_there(s, _M.stream_id), _M.stream_id.in_(still))


def _missed_alerts(s: Scope) -> sa.Select[Any]:
    """Alerts answered since the period began as unfounded, and confirmed afterwards 漏判."""
    query = _listed(_W.stream_id, _W.raised_at, _W.rule, _W.answered_at, _W.record)
    seen = ALERTS.visible(s.asked, s.known_at, s.axis)
    return query.where(*seen, _W.missed == 1, _W.answered_at >= s.begin, *_there(s, _W.stream_id))


def _screening(s: Scope) -> sa.Select[Any]:
    """The homes of the screening roll that stand in the area."""
    return _listed(_S.stream_id).where(*visible(s), _S.state != "gone", on_roll(s, "screening", _S.stream_id))


def _looked_at(s: Scope, *kinds: str) -> sa.Select[Any]:
    """Homes that somebody looked at in the cycle."""
    assert s.measure is not None
    seen = MARKS.visible(s.asked, s.known_at, s.axis)
    return sa.select(_M.stream_id).where(*seen, _M.kind.in_(kinds), _M.marked_at >= s.measure.cycle_begin)


def _unscreened(s: Scope) -> sa.Select[Any]:
    return _screening(s).where(_S.stream_id.not_in(_looked_at(s, "inspected", "patrolled")))


def _from_outside(s: Scope) -> sa.Select[Any]:
    return _screening(s).where(
        _S.stream_id.in_(_looked_at(s, "patrolled")),
        _S.stream_id.not_in(_looked_at(s, "inspected")),
    )


def _amended(s: Scope) -> sa.Select[Any]:
    """Homes put on a roll or struck off after it was frozen."""
    assert s.measure is not None
    names, is_meant, home = meaning(_A.dwelling)
    columns = (_A.roll, _A.change, _A.amended_at, _A.reason, _A.first, _A.second)
    told = (
        sa.select(home.label("home"), *columns)
        .select_from(AMENDMENTS.table)
        .outerjoin(names, is_meant)
        .where(_A.stream_id == s.measure.programme, *AMENDMENTS.visible(s.asked, s.known_at, s.axis))
    ).subquery()
    return _listed(told.c.home, *(told.c[c.name] for c in columns)).where(*in_area(s, told.c.home))


def _has_screening_roll(s: Scope) -> bool:
    return s.measure is not None and s.measure.screening_frozen_at < s.asked


def _has_rolls(s: Scope) -> bool:
    return s.measure is not None and min(s.measure.screening_frozen_at, s.measure.stock_frozen_at) < s.asked


_QUERIED: dict[str, Beside] = {
    "screening_due": Beside(_screening, _has_screening_roll),
    "unscreened": Beside(_unscreened, _has_screening_roll),
    "screened_from_outside": Beside(_from_outside, _has_screening_roll),
    "roll_amended": Beside(_amended, _has_rolls),
    "alerts_missed": Beside(_missed_alerts),
    "orders_closed_unfixed": Beside(_closed_unfixed),
    "moved": Beside(_moved),
    "back_dated": Beside(_back_dated),
    "retractions": Beside(_retractions),
}

BESIDE = [*estates.BESIDE, *OPERATORS, *_QUERIED]
"""Their names."""


def beside(connection: sa.Connection, scope: Scope) -> dict[str, int | None]:
    """Every figure beside the targets; None where there is nothing that it could count (n/a)."""
    found = estates.beside(connection, scope) | operator_figures(connection, scope)
    return found | {name: _count(connection, scope, told) for name, told in _QUERIED.items()}


def _count(connection: sa.Connection, scope: Scope, told: Beside) -> int | None:
    if not told.means(scope):
        return None
    rows = told.rows(scope).order_by(None).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def beside_rows(
    connection: sa.Connection, figure: str, scope: Scope, limit: int | None = None
) -> list[dict[str, Any]]:
    """The rows behind one of them."""
    if figure in estates.BESIDE:
        return estates.listed_beside(connection, figure, scope)[:limit]
    if figure in OPERATORS:
        return operator_rows(connection, figure, scope)[:limit]
    told = _QUERIED[figure]
    if not told.means(scope):
        return []
    return [dict(row) for row in connection.execute(told.rows(scope).limit(limit)).mappings()]
