"""The rows behind every figure: exactly as many as it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from projections.history import STATES
from projections.scope import Scope
from projections.targets.beside import BESIDE, beside_rows
from projections.targets.homes import (
    HOMES,
    OF_A_PROGRAMME,
    at_begin,
    condition,
    has_stock_roll,
    home_rows,
    visible,
)
from projections.targets.tags import is_tagged, tag_rows
from projections.targets.timely import TIMELY, timely_rows
from projections.targets.within import WITHIN, within_rows
from rentalwatch.errors import InvalidInputError


def listed(
    connection: sa.Connection, figure: str, scope: Scope, limit: int | None = None
) -> list[dict[str, Any]]:
    """The rows behind a figure. Raises InvalidInputError for no figure."""
    if figure == "net":
        return _net_rows(connection, scope)[:limit]
    if figure in BESIDE:
        return beside_rows(connection, figure, scope, limit)
    query = _query(figure, scope)
    return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]


def _query(figure: str, scope: Scope) -> sa.Select[Any]:
    if figure in OF_A_PROGRAMME and not has_stock_roll(scope):
        return home_rows(scope).where(sa.false())
    if figure in HOMES or figure in OF_A_PROGRAMME:
        return home_rows(scope).where(condition(scope, figure))
    if figure in WITHIN:
        return within_rows(scope, figure)
    if figure in TIMELY:
        return timely_rows(scope, figure)
    if is_tagged(figure):
        return tag_rows(scope, figure)
    names = (*HOMES, *OF_A_PROGRAMME, *WITHIN, *TIMELY, "net", *BESIDE)
    raise InvalidInputError(
        f"there is no figure {figure!r}", todo=f"Figures: {', '.join(names)}.", code="RW-FIGURE"
    )


def _net_rows(connection: sa.Connection, scope: Scope) -> list[dict[str, Any]]:
    """Homes that had an open finding in the area at only one end of the period: +1 or −1 each; they sum to
    the net. A home that left the area with a finding open is one of them, with where it lies now."""

    def open_homes(conditions: list[sa.ColumnElement[bool]]) -> set[str]:
        query = sa.select(STATES.c.stream_id).where(*conditions, STATES.c.open_findings > 0)
        return set(connection.execute(query).scalars())

    before, now = open_homes(at_begin(scope)), open_homes(visible(scope))
    rows = connection.execute(home_rows(replace(scope, area=""))).mappings()
    changed = [dict(row) for row in rows if row["stream_id"] in before ^ now]
    return [{**row, "change": 1 if row["stream_id"] in now else -1} for row in changed]
