"""Open clocks: what is overdue on a day, and since when?

Silence is computed: a row holds when a clock was opened and when it is due; overdue is due < asked.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Clock

CLOCKS = SpanTable("clocks", Clock, ("kind", "key"), ("kind", "due"))


class Overdue(NamedTuple):
    """A clock that ran out."""

    stream_id: str
    label: str
    area: str
    kind: str
    key: str
    opened_at: Micros
    due: Micros


def overdue(
    connection: sa.Connection, scope: Scope, kind: str = "", limit: int | None = None
) -> list[Overdue]:
    """Running clocks that are due before the asked instant, the longest overdue first."""
    c = CLOCKS.c
    query = (
        sa.select(c.stream_id, FILES.c.label, FILES.c.area, c.kind, c.key, c.opened_at, c.due)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*CLOCKS.visible(scope.asked, scope.known_at, scope.axis), c.outcome == "running")
        .where(c.due < scope.asked, *scope.within(FILES.c.area))
        .order_by(c.due, FILES.c.label, c.key)
        .limit(limit)
    )
    if kind:
        query = query.where(c.kind == kind)
    return [Overdue(*row) for row in connection.execute(query)]
