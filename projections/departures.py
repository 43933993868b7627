"""Departures 租客搬离: how many tenants moved out of which homes? The only place where they are counted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from projections.files import FILES
from projections.history import STATES
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.judgement import Departure

DEPARTURES = SpanTable("departures", Departure, ("record",), ("action_id", "at"), ("at", "persons"))


def moved_out(connection: sa.Connection, scope: Scope, *, action: str = "") -> int:
    """How many persons moved out within the period, of an area, and by a joint action if one is named."""
    query = sa.select(sa.func.coalesce(sa.func.sum(DEPARTURES.c.persons), 0))
    return int(connection.execute(query.where(*_counted(scope, action))).scalar_one())


def departures(connection: sa.Connection, scope: Scope, *, action: str = "") -> list[dict[str, Any]]:
    """The departures behind that number."""
    c = DEPARTURES.c
    query = (
        sa.select(c.stream_id, FILES.c.label, c.at, c.persons, c.voluntary, c.destination, c.action_id)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*_counted(scope, action))
        .order_by(c.at, FILES.c.label)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _counted(scope: Scope, action: str) -> list[sa.ColumnElement[bool]]:
    c = DEPARTURES.c
    conditions = [
        *DEPARTURES.visible(scope.asked, scope.known_at, scope.axis),
        c.at >= scope.begin,
    ]
    if scope.area:
        there = STATES.visible(scope.asked, scope.known_at, scope.axis)
        lying = sa.select(STATES.c.stream_id).where(*there, *scope.within(STATES.c.area))
        conditions.append(c.stream_id.in_(lying))
    return [*conditions, c.action_id == action] if action else conditions
