"""Dwelling history: how did a home stand on a day, as known on another?

One row per state and span. The earliest due instant of each kind of clock stands in the row, so that
"how many homes were omitted on that day" is one scan over it.
"""

from __future__ import annotations

from projections.spans import SpanTable
from rentalwatch.domain.judgement import Claim, Round, State

STATES = SpanTable("dwelling_states", State, (), ("recorded_to", "area", "valid_to"))
ROUNDS = SpanTable("rounds", Round, ("number",))
CLAIMS = SpanTable("claims", Claim, ("record",))
