"""Marks: what stands beside the targets, such as entries made long after the fact, and which?

Counted by kind over a period; retractions are counted from the facts themselves, since what was taken back
leaves no row.
"""

from __future__ import annotations

import sqlalchemy as sa

from projections.files import FACTS
from projections.spans import SpanTable
from rentalwatch.domain.events import TYPE_OF, RecordRetracted
from rentalwatch.domain.marks import LateEntry, Mark

MARKS = SpanTable("marks", Mark, ("kind", "key"), ("kind", "marked_at"))
LATE_ENTRIES = SpanTable("late_entries", LateEntry, ("record",), ("written_at",))

RETRACTION = TYPE_OF[RecordRetracted]

_ARE_RETRACTIONS = FACTS.c.type_name == sa.literal_column(f"'{RETRACTION}'")
sa.Index(
    "facts_retractions",
    FACTS.c.recorded_at,
    sqlite_where=_ARE_RETRACTIONS,
    postgresql_where=_ARE_RETRACTIONS,
)
