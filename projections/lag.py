"""How far the read models are behind the ledger, in events and in seconds; up to when they know everything.

Honest whatever was folded in which order: nothing is called known while an event before it waits.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from projections import checkpoints
from projections.checkpoints import CHECKPOINTS, FOLDED
from projections.database import is_postgres
from rentalwatch.domain.instants import Micros

LOOKED_THROUGH = 5_000
"""Events looked through for the first that waits; behind so many it is called no earlier than the last."""

_LAST = "SELECT notification_id, recorded_at FROM ledger.stored_events ORDER BY notification_id DESC LIMIT 1"
_BEHIND = sa.text(
    "SELECT e.recorded_at, coalesce(f.last_version, 0) < e.originator_version AS waits"
    " FROM (SELECT * FROM ledger.stored_events WHERE notification_id > :position"
    " ORDER BY notification_id LIMIT :most) e LEFT JOIN files f ON f.stream_id = e.originator_id"
    " ORDER BY waits DESC, CASE WHEN coalesce(f.last_version, 0) < e.originator_version"
    " THEN e.notification_id ELSE -e.notification_id END LIMIT 1"
)
"""Behind a position: when the first event was recorded that waits; if none does, when the last was."""


class Lag(NamedTuple):
    """`events` of the ledger wait to be folded, the first for so many `seconds`."""

    events: int
    seconds: float
    known_up_to: Micros


def known_up_to(connection: sa.Connection) -> Micros:
    """The ledger's time up to which these read models know everything that was recorded."""
    if not is_postgres(connection):
        return checkpoints.load(connection)[1]
    return _known(connection)[1]


def lag(connection: sa.Connection, now: Micros) -> Lag:
    """How far a cluster's read models are behind, at the live generation (`generations.at_live`)."""
    events, known, first = _known(connection)
    return Lag(events, max(0, now - first) / 1_000_000 if events else 0.0, known)


def _known(connection: sa.Connection) -> tuple[int, Micros, Micros]:
    """(events that wait, known up to, when the first of those was recorded)."""
    last = connection.exec_driver_sql(_LAST).first()
    if last is None:
        return 0, 0, 0
    folded = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(FOLDED.c.events), 0))).scalar_one()
    waiting = max(0, last[0] - int(folded))
    if not waiting:
        return 0, last[1], last[1]
    position, known = _bound(connection)
    row = connection.execute(_BEHIND, {"position": position, "most": LOOKED_THROUGH}).first()
    if row is None:  # a ledger that was put back to an earlier day
        return waiting, known, known
    at, waits = row
    # another event of the same commit may wait, or one that was recorded with the last of these
    return waiting, max(known, at - 1), at if waits else at + 1


def _bound(connection: sa.Connection) -> tuple[int, Micros]:
    """(position, instant) up to which everything was folded for certain: through the ledger, or through
    every partition of one topic, since each is in order."""
    c, f = CHECKPOINTS.c, FOLDED.c
    query = (
        sa.select(sa.func.min(f.position), sa.func.min(c.recorded_to))
        .join_from(CHECKPOINTS, FOLDED, sa.and_(c.topic_id == f.topic_id, c.partition == f.partition))
        .group_by(c.topic_id)
    )
    return max(((row[0], row[1]) for row in connection.execute(query)), default=(0, 0))
