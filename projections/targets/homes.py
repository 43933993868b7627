"""Figures that count homes by how their file stands at the asked instant: name → condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from projections.files import FILES
from projections.history import STATES
from projections.rolls import on_roll
from projections.scope import Scope
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judgement import EVER

Condition = sa.ColumnElement[bool]
_S = STATES.c


def ever(*names: str) -> Condition:
    """Whether any of these was ever there in a home."""
    return _S.ever.bitwise_and(sum(EVER[n] for n in names)) != 0


def _omitted(s: Scope) -> Condition:
    return sa.or_(_S.a_due < s.asked, _S.b1_due < s.asked, _S.b2_due < s.asked, _S.b3_due < s.asked)


def _confirmed_first(s: Scope) -> Condition:
    return sa.and_(_S.first_confirmed_at >= s.begin, _S.first_confirmed_at < s.asked)


HOMES: dict[str, Callable[[Scope], Condition]] = {
    "omitted": _omitted,
    "a": lambda s: _S.a_due < s.asked,
    "b1": lambda s: _S.b1_due < s.asked,
    "b2": lambda s: _S.b2_due < s.asked,
    "b3": lambda s: _S.b3_due < s.asked,
    "due": lambda s: _S.a_first_due < s.asked,
    "handled": lambda s: sa.and_(_S.a_first_due < s.asked, _S.a_due >= s.asked),
    "confirmed_first": _confirmed_first,
    "verified": lambda s: ever("verified"),
    "unreached": lambda s: sa.and_(_S.unreached != 0, _S.a_due < s.asked),
    "open": lambda s: _S.open_findings > 0,
    "known": lambda s: sa.true(),
}
"""Counted together in one scan of an index; a programme changes some of them, see `condition`."""


def _off_the_roll(s: Scope) -> Condition:
    """Stock, open in its first round, and not on the stock roll as it was frozen: 存量漏登 whenever found."""
    return sa.and_(
        _S.open_findings > 0, _S.round_no == 1, _S.state != "gone", _S.first_confirmed_at < FOREVER,
        _stock(s), sa.not_(on_roll(s, "stock", _S.stream_id, frozen_only=True)),
    )  # fmt: skip


def _missed(s: Scope) -> Condition:
    assert s.measure is not None
    return sa.and_(_S.first_confirmed_at >= s.measure.stock_frozen_at, _off_the_roll(s))


def _stock(s: Scope) -> Condition:
    """Stock 存量 by the measure of a programme: on its stock roll, or there before its baseline for certain:
    by a proven onset, or because it was confirmed before."""
    assert s.measure is not None
    before = s.measure.baseline
    return sa.or_(
        _S.first_onset_at < before, _S.first_confirmed_at < before, on_roll(s, "stock", _S.stream_id)
    )


OF_A_PROGRAMME: dict[str, Callable[[Scope], Condition]] = {"c": _missed, "stock_off_roll": _off_the_roll}
"""Figures that mean nothing without a frozen stock roll."""

_BY_MEASURE: dict[str, Callable[[Scope], Condition]] = {
    **OF_A_PROGRAMME,
    "omitted": lambda s: sa.or_(_omitted(s), _missed(s)) if has_stock_roll(s) else _omitted(s),
    "confirmed_first": lambda s: sa.and_(_confirmed_first(s), sa.not_(_stock(s))),
    "c_alone": lambda s: sa.and_(sa.not_(_omitted(s)), _missed(s)),
}


def has_stock_roll(scope: Scope) -> bool:
    """Whether a programme is asked whose stock roll was frozen by then."""
    return scope.measure is not None and scope.measure.stock_frozen_at < scope.asked


def condition(scope: Scope, figure: str) -> Condition:
    """What a home must be to count in a figure, by the measure of the programme that asks, if one does."""
    if scope.measure is not None and figure in _BY_MEASURE:
        return _BY_MEASURE[figure](scope)
    if figure in OF_A_PROGRAMME:
        return sa.false()
    return HOMES[figure](scope)


def visible(scope: Scope) -> list[Condition]:
    """The states of the area's homes at the asked instant."""
    return [*STATES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(_S.area)]


def in_area(scope: Scope, stream: sa.ColumnElement[str]) -> list[Condition]:
    """Whether a stream is a home that lay in the area then; no condition where all areas are asked."""
    return [stream.in_(sa.select(_S.stream_id).where(*visible(scope)))] if scope.area else []


def at_begin(scope: Scope) -> list[Condition]:
    """The states at the begin of the period."""
    return [*STATES.visible(scope.begin, scope.known_at, scope.axis), *scope.within(_S.area)]


def count_by_measure(connection: sa.Connection, scope: Scope, figure: str) -> int:
    """Counts one figure by itself, the roll being looked up for the few homes that are left."""
    query = sa.select(sa.func.count()).where(*visible(scope), condition(scope, figure))
    return int(connection.execute(query).scalar_one())


def home_rows(scope: Scope) -> sa.Select[Any]:
    """A row a home, as lists show it."""
    dues = [
        sa.case((c < FOREVER, c), else_=None).label(c.name)
        for c in (_S.a_due, _S.b1_due, _S.b2_due, _S.b3_due)
    ]
    return (
        sa.select(
            _S.stream_id, FILES.c.label, _S.area, _S.state, _S.round_no, _S.opening, _S.open_findings, *dues
        )
        .join(FILES, FILES.c.stream_id == _S.stream_id)
        .where(*visible(scope))
        .order_by(FILES.c.label, _S.stream_id)
    )
