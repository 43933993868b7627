"""What became of signals, as it is asked: how many readings were taken, put right or refused, and why."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from rentalwatch.early_warning.tables import TALLIES
from rentalwatch.signals.treatments import PUT_RIGHT, READINGS, RECORDS


class Tallied(NamedTuple):
    """Readings of a kind that came to the same; `estate`: "" where it is none that is known."""

    estate: str
    kind: str
    treatment: str
    readings: int


def tallies(
    connection: sa.Connection, *, estate: str | None = None, since: int | None = None, refused: bool = False
) -> list[Tallied]:
    """What became of readings, estate by estate. `since`: only of records sent on that day or later (days
    since 1970-01-01, UTC), and of those of which nobody knows when; `refused`: only what was not taken."""
    c = TALLIES.c
    query = (
        sa.select(c.estate, c.kind, c.reason, sa.func.sum(c.readings))
        .group_by(c.estate, c.kind, c.reason)
        .order_by(c.estate, c.kind, c.reason)
    )
    if estate is not None:
        query = query.where(c.estate == estate)
    if since is not None:
        query = query.where(sa.or_(c.day >= since, c.day < 0))
    if refused:
        query = query.where(c.reason.in_([*RECORDS, *READINGS]))
    return [Tallied(row[0], row[1], row[2], int(row[3])) for row in connection.execute(query)]


def is_refused(treatment: str) -> bool:
    """Whether it says that a reading was not taken."""
    return treatment not in PUT_RIGHT
