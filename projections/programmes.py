"""Programmes: which homes are on which roll, what was reported, and how does that stand today?"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.scope import Scope
from projections.spans import SpanTable
from projections.subjects import find_subject
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.programme import (
    Amendment,
    Goal,
    Programme,
    Reported,
    Roll,
    RollEntry,
    Supervision,
)

PROGRAMMES = SpanTable("programmes", Programme, ())
GOALS = SpanTable("programme_goals", Goal, ("figure",))
ROLLS = SpanTable("rolls", Roll, ("roll",))
ENTRIES = SpanTable("roll_entries", RollEntry, ("roll", "dwelling"), ("dwelling", "stream_id"))
AMENDMENTS = SpanTable("roll_amendments", Amendment, ("roll", "dwelling", "change", "record"))
REPORTED = SpanTable("reported_figures", Reported, ("record",))
SUPERVISION = SpanTable("supervision_orders", Supervision, ("number",))

PROGRAMME_TABLES = (PROGRAMMES, GOALS, ROLLS, ENTRIES, AMENDMENTS, REPORTED, SUPERVISION)


class Found(NamedTuple):
    """A programme as the list shows it."""

    stream_id: str
    zone: str
    label: str
    area: str
    baseline: Micros
    cycle_months: int
    closed_at: Micros


def programmes(connection: sa.Connection, scope: Scope) -> list[Found]:
    """Every programme that was there then, by name."""
    c = PROGRAMMES.c
    query = (
        sa.select(c.stream_id, FILES.c.zone, c.label, c.area, c.baseline, c.cycle_months, c.closed_at)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*PROGRAMMES.visible(scope.asked, scope.known_at, scope.axis))
        .order_by(c.label, c.stream_id)
    )
    return [Found(*row) for row in connection.execute(query)]


def find(connection: sa.Connection, name: str) -> Found:
    """The one programme called `name` now, by its label, identity key or id. Raises NotFoundError."""
    stream = find_subject(connection, ("programme",), name).stream_id
    return next(p for p in programmes(connection, Scope(asked=FOREVER)) if p.stream_id == stream)


def rows_of(connection: sa.Connection, table: SpanTable, stream: str, scope: Scope) -> list[Any]:
    """The rows of a programme in one of its tables, as that scope sees them, in the order of their slots."""
    query = (
        sa.select(*(table.c[name] for name in table.fields))
        .where(table.c.stream_id == stream, *table.visible(scope.asked, scope.known_at, scope.axis))
        .order_by(*(table.c[name] for name in table.slot))
    )
    return [table.kind(*row) for row in connection.execute(query)]
