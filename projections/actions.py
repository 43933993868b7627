"""Joint actions 集中整治: who went, what was removed, and what became of each home?

One header, any number of homes: they refer to the action by its id, and are counted once each.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.history import STATES
from projections.names import NAMES
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.folds.action import Action, AtAction
from rentalwatch.domain.instants import FOREVER

ACTIONS = SpanTable("actions", Action, (), ("area", "held_at"))
AT_ACTIONS = SpanTable("at_actions", AtAction, ("action",), ("action", "recorded_to"))


class Summary(NamedTuple):
    """An action over all its homes: homes visited (somebody got in), found (something was confirmed),
    verified on the spot (homes); persons who moved out."""

    visited: int
    found: int
    verified: int
    departed: int


def actions(connection: sa.Connection, scope: Scope, stream: str = "") -> list[dict[str, Any]]:
    """The headers of the actions of an area, or the one of a stream, the last first."""
    c = ACTIONS.c
    query = (
        sa.select(c.stream_id, FILES.c.zone, *(c[name] for name in Action._fields))
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*ACTIONS.visible(scope.asked, scope.known_at, scope.axis), *scope.within(c.area))
        .order_by(c.held_at.desc(), c.action_id)
    )
    query = query.where(c.stream_id == stream) if stream else query
    return [dict(row) for row in connection.execute(query).mappings()]


def homes_at(connection: sa.Connection, scope: Scope, stream: str) -> list[dict[str, Any]]:
    """What each home shows of an action, by their labels; `state`: how it stands at the asked instant."""
    c, s, n = AT_ACTIONS.c, STATES.c, NAMES.c
    called = sa.select(n.name).where(n.stream_id == stream, n.recorded_to == FOREVER, n.valid_to == FOREVER)
    stood = STATES.joined(c.stream_id, scope.asked, scope.known_at, scope.axis)
    query = (
        sa.select(
            c.stream_id, FILES.c.label, FILES.c.zone, s.area, s.state,
            *(c[name] for name in AtAction._fields[1:]),
        )
        .select_from(AT_ACTIONS.table)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .join(STATES.table, stood)
        .where(*AT_ACTIONS.visible(scope.asked, scope.known_at, scope.axis))
        .where(sa.or_(c.action == stream, c.action.in_(called)))
        .order_by(FILES.c.label, c.stream_id)
    )  # fmt: skip
    rows = connection.execute(query).mappings()
    return [_one([dict(r) for r in home]) for _, home in groupby(rows, key=itemgetter("stream_id"))]


def _one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A home once, though its facts may name the action by several of its keys."""
    whole = {name: sum(row[name] for row in rows) for name in ("found", "verified", "departed")}
    access = {row["access"] for row in rows}
    best = next((a for a in ("full", "partial") if a in access), "")
    return {**rows[0], **whole, "access": best, "visited_at": min(row["visited_at"] for row in rows)}


def summary(homes: list[dict[str, Any]]) -> Summary:
    """The counts over the rows of `homes_at`."""
    return Summary(
        visited=sum(home["visited_at"] < FOREVER for home in homes),
        found=sum(home["found"] > 0 for home in homes),
        verified=sum(home["verified"] > 0 for home in homes),
        departed=sum(home["departed"] for home in homes),
    )
