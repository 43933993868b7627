"""The headline figures and what always stands beside them, for one scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.files import ARE_PARKED, ARE_PROXIES, FILES
from projections.history import ARE_OPEN
from projections.lag import known_up_to
from projections.scope import Scope
from projections.targets.homes import (
    HOMES,
    OF_A_PROGRAMME,
    at_begin,
    count_by_measure,
    ever,
    has_stock_roll,
    visible,
)
from projections.targets.timely import TIMELY, timely
from projections.targets.within import WITHIN, count_within
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import EVER


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
        if needs and not any(self.ever[n] for n in needs):
            return None
        if not self.counts["known"] or (name in (*OF_A_PROGRAMME, *TIMELY) and name not in self.counts):
            return None
        if name == "net":
            return self.counts["open"] - self.open_before
        return self.counts[name]


_NEEDS: dict[str, tuple[str, ...]] = {
    "a": ("a",), "due": ("a",), "handled": ("a",), "unreached": ("a",),
    "b1": ("b1",), "b2": ("b2",), "b3": ("b3",), "omitted": ("a", "b1", "b2", "b3", "roll"),
    "relapses": ("verified",), "relapse_incidents": ("verified",),
    "revisits_due": ("verified",), "revisits_on_time": ("verified",),
    "claims_unverified": ("claimed",), "claims_refuted": ("claimed",),
}  # fmt: skip
"""Which clocks or facts must ever have been there for a figure to mean something; `roll`: a stock roll."""


def board(connection: sa.Connection, scope: Scope) -> Board:
    """Counts every headline figure for one scope."""
    sums = [sa.func.count().filter(where(scope)).label(name) for name, where in HOMES.items()]
    row = connection.execute(sa.select(*sums).where(*visible(scope))).mappings().one()
    counts = {name: int(row[name]) for name in HOMES}
    was = _ever(connection, scope, counts)
    counts |= {name: count_within(connection, scope, name) for name in WITHIN}
    counts |= _by_measure(connection, scope, counts) | timely(connection, scope)
    return Board(
        counts=counts,
        ever=was | {"roll": has_stock_roll(scope)},
        open_before=_open_at_begin(connection, scope),
        parked=_count_files(connection, scope, ARE_PARKED),
        proxy=_count_files(connection, scope, ARE_PROXIES) > 0,
        known_up_to=known_up_to(connection) + 1,
    )


_SHOWN_BY = {"a": "due", "b1": "b1", "b2": "b2", "b3": "b3", "verified": "verified", "confirmed": "open"}
"""A figure that is not 0 only if there was something that it could count."""


def _ever(connection: sa.Connection, scope: Scope, counts: Mapping[str, int]) -> dict[str, bool]:
    """What ever was there: asked for one home alone, and only where no figure shows it."""

    def one(name: str) -> bool:
        query = sa.select(sa.literal(1)).where(*visible(scope), ever(name)).limit(1)
        return connection.execute(query).first() is not None

    return {name: bool(counts.get(_SHOWN_BY.get(name, ""))) or one(name) for name in EVER}


def _by_measure(connection: sa.Connection, scope: Scope, counts: Mapping[str, int]) -> dict[str, int]:
    """What a programme counts otherwise."""
    if scope.measure is None:
        return {}
    found = {"confirmed_first": count_by_measure(connection, scope, "confirmed_first")}
    if has_stock_roll(scope):
        found |= {name: count_by_measure(connection, scope, name) for name in OF_A_PROGRAMME}
        found["omitted"] = counts["omitted"] + count_by_measure(connection, scope, "c_alone")
    return found


def _open_at_begin(connection: sa.Connection, scope: Scope) -> int:
    query = sa.select(sa.func.count()).where(*at_begin(scope), ARE_OPEN)
    return int(connection.execute(query).scalar_one())


def _count_files(connection: sa.Connection, scope: Scope, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(FILES).where(condition, *scope.within(FILES.c.area))
    return int(connection.execute(query).scalar_one())


def as_json(
    board_: Board,
    scope: Scope,
    dates: Callable[[Micros], str],
    *,
    programme: Mapping[str, Any] | None = None,
    tags: Mapping[str, Mapping[str, int]] | None = None,
    beside: Mapping[str, int | None] | None = None,
) -> dict[str, Any]:
    """The board as `targets --format json` prints it (schema: docs/targets.schema.json)."""
    f = board_.figure
    due, handled = f("due"), f("handled")
    return {
        "area": scope.area,
        "programme": programme,
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
            "disposed_in_time": f("disposed_in_time"),
            "due": f("disposal_due"),
        },
        "zero_relapse": {
            "relapses": f("relapses"),
            "relapse_incidents": f("relapse_incidents"),
            "tags": tags or {},
            "verified": f("verified"),
            "claims_unverified": f("claims_unverified"),
            "claims_refuted": f("claims_refuted"),
            "revisits_on_time": f("revisits_on_time"),
            "revisits_due": f("revisits_due"),
        },
        "beside": dict(beside or {}),
        "parked": board_.parked,
        "proxy": board_.proxy,
    }
