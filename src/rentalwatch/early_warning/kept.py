"""What is left of readings: counts of closed days, and what each alert rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from rentalwatch.domain.features import EVALUATOR
from rentalwatch.early_warning.tables import DAY_COUNTS, EVIDENCE
from rentalwatch.signals.rows import Rows


class Grounds(NamedTuple):
    """What an alert rests on: the figures of its home on the day on which its rule fired first."""

    day: int
    figures: dict[str, float]


def closed_days(connection: sa.Connection, first: int, last: int, area: str = "") -> Iterator[Rows]:
    """The closed days of the estates of an area, both ends included, estate by estate in order. `first`,
    `last`: local days since 1970-01-01. Days that another version of the evaluator computed are left out:
    their figures mean something else (`of_other_versions` counts them)."""
    c = DAY_COUNTS.c
    query = (
        sa.select(c.rows)
        .where(c.day >= first, c.day <= last, c.evaluator == EVALUATOR)
        .order_by(c.estate, c.day)
        .execution_options(yield_per=100)
    )
    for (packed,) in connection.execute(query):
        rows = Rows.from_bytes(bytes(packed))
        if rows.path.startswith(area):
            yield rows


def of_other_versions(connection: sa.Connection, first: int, last: int) -> int:
    """How many closed days of estates were computed by another version of the evaluator."""
    c = DAY_COUNTS.c
    query = sa.select(sa.func.count()).where(c.day >= first, c.day <= last, c.evaluator != EVALUATOR)
    return int(connection.execute(query.select_from(DAY_COUNTS)).scalar_one())


def grounds_of(connection: sa.Connection, alert: str) -> Grounds | None:
    """What an alert rests on; None if no signal raised it, or nothing was kept."""
    c = EVIDENCE.c
    found = connection.execute(sa.select(c.day, c.figures).where(c.alert == alert)).one_or_none()
    return None if found is None else Grounds(found.day, json.loads(found.figures))
