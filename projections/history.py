"""Dwelling history: how did a home stand on a day, as known on another?

One row per state and span. The earliest due instant of each kind of clock stands in the row, so that
"how many homes were omitted on that day" is one scan over it.
"""

from __future__ import annotations

import sqlalchemy as sa

from projections.spans import SpanTable
from rentalwatch.domain.judgement import Claim, Round, State

COUNTED = (
    *("recorded_to", "valid_to", "valid_from", "recorded_from", "axis", "area"),
    *("a_due", "a_first_due", "b1_due", "b2_due", "b3_due"),
    *("first_confirmed_at", "ever", "unreached", "open_findings"),
)
"""Everything that a headline figure looks at: counted from the index alone, seven times as fast."""

STATES = SpanTable("dwelling_states", State, (), COUNTED)
ARE_OPEN = STATES.c.open_findings > sa.literal_column("0")
"""Written out, or a database does not see that the index below is meant."""
_LOOKED_AT = ("recorded_to", "valid_to", "valid_from", "recorded_from", "axis", "area", "open_findings")
sa.Index(
    "dwelling_states_open",
    *(STATES.c[name] for name in _LOOKED_AT),
    sqlite_where=ARE_OPEN,
    postgresql_where=ARE_OPEN,
)

ROUNDS = SpanTable("rounds", Round, ("number",), ("opening", "opened_at"))
CLAIMS = SpanTable(
    "claims",
    Claim,
    ("record",),
    ("recorded_to", "status", "valid_to", "valid_from", "recorded_from", "axis", "stream_id", "claimed_at"),
)
