"""The three targets: how many homes were omitted, newly found, relapsed, and which?

Defined so that they can be challenged (domain §6): the unit is the home, counted once a headline; every
figure has a list of exactly that many rows; an empty denominator is None (无应计对象), never 0.
One set of conditions feeds the figure and its list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.clocks import CLOCKS
from projections.files import FILES
from projections.history import CLAIMS, ROUNDS, STATES
from projections.lag import known_up_to
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judgement import EVER
from rentalwatch.errors import InvalidInputError

Condition = sa.ColumnElement[bool]
_S, _R, _C, _K = STATES.c, ROUNDS.c, CLAIMS.c, CLOCKS.c


def _ever(*names: str) -> Condition:
    return _S.ever.bitwise_and(sum(EVER[n] for n in names)) != 0


HOMES: dict[str, Callable[[Scope], Condition]] = {
    "omitted": lambda s: sa.or_(
        _S.a_due < s.asked, _S.b1_due < s.asked, _S.b2_due < s.asked, _S.b3_due < s.asked
    ),
    "a": lambda s: _S.a_due < s.asked,
    "b1": lambda s: _S.b1_due < s.asked,
    "b2": lambda s: _S.b2_due < s.asked,
    "b3": lambda s: _S.b3_due < s.asked,
    "due": lambda s: _S.a_first_due < s.asked,
    "handled": lambda s: sa.and_(_S.a_first_due < s.asked, _S.a_due >= s.asked),
    "confirmed_first": lambda s: sa.and_(
        _S.first_confirmed_at >= s.begin, _S.first_confirmed_at < s.asked
    ),
    "verified": lambda s: _ever("verified"),
    "unreached": lambda s: sa.and_(_S.unreached != 0, _S.a_due < s.asked),
    "open": lambda s: _S.open_findings > 0,
    "known": lambda s: sa.true(),
}  # fmt: skip
"""Figures that count homes by how their file stands at the asked instant."""

WITHIN: dict[str, tuple[SpanTable, tuple[str, ...], Callable[[Scope], Condition]]] = {
    "relapses": (
        ROUNDS,
        ("stream_id",),
        lambda s: sa.and_(_R.opening == "relapse", _R.opened_at >= s.begin, _R.opened_at < s.asked),
    ),
    "relapse_incidents": (
        ROUNDS,
        ("stream_id", "number"),
        lambda s: sa.and_(_R.opening == "relapse", _R.opened_at >= s.begin, _R.opened_at < s.asked),
    ),
    "claims_unverified": (CLAIMS, ("stream_id", "claimed_at"), lambda s: _C.status != "verified"),
    "claims_refuted": (CLAIMS, ("stream_id", "claimed_at"), lambda s: _C.status == "refuted"),
    "revisits_due": (
        CLOCKS,
        ("stream_id", "key"),
        lambda s: sa.and_(
            _K.kind == "revisit", _K.outcome != "void", _K.due >= s.begin, _K.due < s.asked
        ),
    ),
    "revisits_on_time": (
        CLOCKS,
        ("stream_id", "key"),
        lambda s: sa.and_(
            _K.kind == "revisit", _K.outcome == "met", _K.due >= s.begin, _K.due < s.asked,
            _K.ended_at <= _K.due,
        ),
    ),
}  # fmt: skip
"""Figures that count something within homes: table, what counts once, condition."""

FIGURES = [*HOMES, *WITHIN, "net", "c"]
"""Every figure that has a list."""


class Board(NamedTuple):
    """The three targets for one scope; None means that there is nothing it could count (n/a)."""

    counts: dict[str, int]
    ever: dict[str, bool]
    open_before: int
    parked: int
    proxy: bool
    known_up_to: Micros

    def figure(self, name: str) -> int | None:
        """A figure, or None where its denominator is empty."""
        needs = _NEEDS.get(name)
        if name == "c" or (needs and not any(self.ever[n] for n in needs)) or not self.counts["known"]:
            return None
        if name == "net":
            return self.counts["open"] - self.open_before
        return self.counts[name]


_NEEDS: dict[str, tuple[str, ...]] = {
    "a": ("a",), "due": ("a",), "handled": ("a",), "unreached": ("a",),
    "b1": ("b1",), "b2": ("b2",), "b3": ("b3",), "omitted": ("a", "b1", "b2", "b3"),
    "relapses": ("verified",), "relapse_incidents": ("verified",),
    "revisits_due": ("verified",), "revisits_on_time": ("verified",),
    "claims_unverified": ("claimed",), "claims_refuted": ("claimed",),
}  # fmt: skip
"""Which clocks or facts must ever have been there for a figure to mean something."""


def board(connection: sa.Connection, scope: Scope) -> Board:
    """Counts every figure for one scope."""
    sums = [sa.func.count(sa.case((where(scope), 1))).label(name) for name, where in HOMES.items()]
    sums += [sa.func.max(sa.case((_ever(name), 1), else_=0)).label(f"ever_{name}") for name in EVER]
    row = connection.execute(sa.select(*sums).where(*_visible(scope))).mappings().one()
    counts = {name: int(row[name]) for name in HOMES}
    for name, (table, once, where) in WITHIN.items():
        counts[name] = _count_within(connection, scope, table, once, where)
    return Board(
        counts=counts,
        ever={name: bool(row[f"ever_{name}"]) for name in EVER},
        open_before=_open_at_begin(connection, scope),
        parked=_count_files(connection, scope, FILES.c.parked != 0),
        proxy=_count_files(connection, scope, FILES.c.proxy != 0) > 0,
        known_up_to=known_up_to(connection) + 1,
    )


def _visible(scope: Scope) -> list[Condition]:
    return [*STATES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(_S.area)]


def _count_within(
    connection: sa.Connection,
    scope: Scope,
    table: SpanTable,
    once: tuple[str, ...],
    where: Callable[[Scope], Condition],
) -> int:
    rows = _within(scope, table, once, where).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def _within(
    scope: Scope, table: SpanTable, once: tuple[str, ...], where: Callable[[Scope], Condition]
) -> sa.Select[Any]:
    query = sa.select(*(table.c[name] for name in once)).distinct()
    query = query.where(*table.visible(scope.asked, scope.known_at, scope.axis), where(scope))
    if scope.area:
        query = query.where(table.c.stream_id.in_(sa.select(_S.stream_id).where(*_visible(scope))))
    return query


def _open_at_begin(connection: sa.Connection, scope: Scope) -> int:
    query = sa.select(sa.func.count()).where(*_at_begin(scope), _S.open_findings > 0)
    return int(connection.execute(query).scalar_one())


def _at_begin(scope: Scope) -> list[Condition]:
    return [*STATES.visible(scope.begin, scope.known_at, scope.axis), *scope.within(_S.area)]


def _count_files(connection: sa.Connection, scope: Scope, condition: Condition) -> int:
    query = sa.select(sa.func.count()).select_from(FILES).where(condition, *scope.within(FILES.c.area))
    return int(connection.execute(query).scalar_one())


def listed(
    connection: sa.Connection, figure: str, scope: Scope, limit: int | None = None
) -> list[dict[str, Any]]:
    """The rows behind a figure: exactly as many as it says. Raises InvalidInputError for no figure."""
    if figure in HOMES:
        query = _home_rows(scope).where(HOMES[figure](scope))
    elif figure in WITHIN:
        query = _within_rows(scope, figure)
    elif figure == "net":
        return _net_rows(connection, scope)[:limit]
    elif figure == "c":
        return []
    else:
        raise InvalidInputError(
            f"there is no figure {figure!r}", todo=f"Figures: {', '.join(FIGURES)}.", code="RW-FIGURE"
        )
    return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]


def _home_rows(scope: Scope) -> sa.Select[Any]:
    dues = [
        sa.case((c < FOREVER, c), else_=None).label(c.name)
        for c in (_S.a_due, _S.b1_due, _S.b2_due, _S.b3_due)
    ]
    return (
        sa.select(
            _S.stream_id, FILES.c.label, _S.area, _S.state, _S.round_no, _S.opening, _S.open_findings, *dues
        )
        .join(FILES, FILES.c.stream_id == _S.stream_id)
        .where(*_visible(scope))
        .order_by(FILES.c.label, _S.stream_id)
    )


def _within_rows(scope: Scope, figure: str) -> sa.Select[Any]:
    table, once, where = WITHIN[figure]
    rows = _within(scope, table, once, where).subquery()
    return (
        sa.select(rows.c.stream_id, FILES.c.label, FILES.c.area, *(rows.c[n] for n in once[1:]))
        .join(FILES, FILES.c.stream_id == rows.c.stream_id)
        .order_by(FILES.c.label, *(rows.c[n] for n in once))
    )


def _net_rows(connection: sa.Connection, scope: Scope) -> list[dict[str, Any]]:
    """Homes that had an open finding in the area at only one end of the period: +1 or −1 each; they sum to
    the net. A home that left the area with a finding open is one of them, with where it lies now."""

    def open_homes(conditions: list[Condition]) -> set[str]:
        query = sa.select(_S.stream_id).where(*conditions, _S.open_findings > 0)
        return set(connection.execute(query).scalars())

    before, now = open_homes(_at_begin(scope)), open_homes(_visible(scope))
    rows = connection.execute(_home_rows(replace(scope, area=""))).mappings()
    changed = [dict(row) for row in rows if row["stream_id"] in before ^ now]
    return [{**row, "change": 1 if row["stream_id"] in now else -1} for row in changed]


def as_json(board_: Board, scope: Scope, dates: Callable[[Micros], str]) -> dict[str, Any]:
    """The board as `targets --format json` prints it (schema: docs/targets.schema.json)."""
    f = board_.figure
    due, handled = f("due"), f("handled")
    return {
        "area": scope.area,
        "period": {"from": dates(scope.begin), "to": dates(scope.asked - 1)},
        "known_at": min(scope.known_at, board_.known_up_to),
        "zero_omission": {
            "omitted": f("omitted"),
            "by_cause": {cause: f(cause) for cause in ("a", "b1", "b2", "b3", "c")},
            "handled": handled,
            "due": due,
            "coverage": round(handled / due, 4) if due and handled is not None else None,
        },
        "zero_growth": {
            "confirmed_first": f("confirmed_first"),
            "net": f("net"),
            "disposed_in_time": None,
            "due": None,
        },
        "zero_relapse": {
            "relapses": f("relapses"),
            "verified": f("verified"),
            "claims_unverified": f("claims_unverified"),
            "revisits_on_time": f("revisits_on_time"),
            "revisits_due": f("revisits_due"),
        },
        "parked": board_.parked,
        "proxy": board_.proxy,
    }
