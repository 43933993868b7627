"""The year of an estate: how many homes were patrolled and put right, who left, how many tenants moved out?

What domain §1 tells of one. Complaints and police calls against the time before are `estate_figures`.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from projections.departures import moved_out
from projections.history import ROUNDS, STATES
from projections.identities import EXITS
from projections.marks import MARKS
from projections.names import meaning
from projections.scope import Scope


class EstateYear(NamedTuple):
    """Counts over a period, below an area."""

    patrolled: int
    """Homes that somebody looked at from outside."""
    rectified: int
    """Homes in which a round was closed by verification."""
    sublandlords_gone: int
    """Sublandlords who said that they left of their own accord. Whether they did is a judgement."""
    moved_out: int
    """Tenants whose departure was noted."""


def year(connection: sa.Connection, scope: Scope) -> EstateYear:
    """What happened below the scope's area within its period, as known at its known_at."""
    return EstateYear(
        patrolled=_homes(connection, scope, _patrolled(scope)),
        rectified=_homes(connection, scope, _rectified(scope)),
        sublandlords_gone=_gone(connection, scope),
        moved_out=moved_out(connection, scope),
    )


def _patrolled(scope: Scope) -> sa.Select[tuple[str]]:
    m = MARKS.c
    return sa.select(m.stream_id).where(
        *MARKS.visible(scope.asked, scope.known_at, scope.axis),
        m.kind == "patrolled",
        m.marked_at >= scope.begin,
    )


def _rectified(scope: Scope) -> sa.Select[tuple[str]]:
    r = ROUNDS.c
    return sa.select(r.stream_id).where(
        *ROUNDS.visible(scope.asked, scope.known_at, scope.axis),
        r.closing == "verification",
        r.closed_at >= scope.begin,
        r.closed_at < scope.asked,
    )


def _homes(connection: sa.Connection, scope: Scope, homes: sa.Select[tuple[str]]) -> int:
    s = STATES.c
    there = (*STATES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(s.area))
    query = sa.select(sa.func.count(s.stream_id.distinct())).where(*there, s.stream_id.in_(homes))
    return int(connection.execute(query).scalar_one())


def _gone(connection: sa.Connection, scope: Scope) -> int:
    """Of an exit from homes, it counts where these lie; of one from everywhere, everywhere."""
    x, s = EXITS.c, STATES.c
    names, is_meant, home = meaning(x.dwelling)
    query = (
        sa.select(sa.func.count(x.stream_id.distinct()))
        .select_from(EXITS.table)
        .outerjoin(names, is_meant)
        .where(
            *EXITS.visible(scope.asked, scope.known_at, scope.axis),
            x.voluntary == "yes",
            x.exited_at >= scope.begin,
            x.exited_at < scope.asked,
        )
    )
    if scope.area:
        there = STATES.visible(scope.asked, scope.known_at, scope.axis)
        lying = sa.select(s.stream_id).where(*there, *scope.within(s.area))
        query = query.where(sa.or_(sa.and_(x.dwelling == "", *scope.within(x.area)), home.in_(lying)))
    return int(connection.execute(query).scalar_one())
