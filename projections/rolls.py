"""Rolls 底数: is a home on the roll of the programme that asks, and since when was the roll frozen?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from projections.names import meaning
from projections.programmes import ENTRIES, ROLLS, Found
from projections.scope import Measure, Scope
from rentalwatch.domain.instants import FOREVER, Micros, day_start, local_date, micros


def entries(scope: Scope, roll: str, *, frozen_only: bool = False) -> sa.Select[Any]:
    """The streams of the homes on a roll of the programme that asks; `frozen_only`: as it was frozen."""
    assert scope.measure is not None
    c = ENTRIES.c
    names, is_meant, home = meaning(c.dwelling)
    query = (
        sa.select(home.label("home"))
        .select_from(ENTRIES.table)
        .outerjoin(names, is_meant)
        .where(c.stream_id == scope.measure.programme, c.roll == roll)
        .where(*ENTRIES.visible(scope.asked, scope.known_at, scope.axis))
    )
    return query.where(c.amended == 0) if frozen_only else query


def on_roll(
    scope: Scope, roll: str, stream: sa.ColumnElement[str], *, frozen_only: bool = False
) -> sa.ColumnElement[bool]:
    """Whether a home is on a roll of the programme that asks."""
    return stream.in_(entries(scope, roll, frozen_only=frozen_only))


def measured_by(connection: sa.Connection, found: Found, scope: Scope) -> Scope:
    """The same question by the measure of a programme, with its rolls as they were known then."""
    c = ROLLS.c
    query = sa.select(c.roll, c.frozen_at).where(
        c.stream_id == found.stream_id, *ROLLS.visible(scope.asked, scope.known_at, scope.axis)
    )
    frozen: dict[str, Micros] = {row[0]: row[1] for row in connection.execute(query)}
    measure = Measure(
        programme=found.stream_id,
        baseline=found.baseline,
        stock_frozen_at=frozen.get("stock", FOREVER),
        screening_frozen_at=frozen.get("screening", FOREVER),
        cycle_begin=cycle_begin(scope.asked, found.zone, found.cycle_months),
    )
    return replace(scope, measure=measure)


def cycle_begin(asked: Micros, zone: str, months: int) -> Micros:
    """The first instant of the cycle that an upper bound lies in or closes; cycles are counted from January,
    as the clock `cycle_months` counts them."""
    day = local_date(asked - 1, zone)
    begun = (day.month - 1) // months * months + 1
    return micros(day_start(day.replace(month=begun, day=1), zone))
