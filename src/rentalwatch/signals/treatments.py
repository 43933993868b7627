"""What becomes of readings that are not as they should be: a closed list of stable names.

Nothing stops at bad input: what is refused or put right is counted by (estate, kind, treatment).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

RECORDS: Mapping[str, str] = MappingProxyType(
    {
        "too_long": "a record longer than 4 MiB: refused unread",
        "not_json": "a record that is no JSON object, or nested too deeply",
        "unknown_version": "a record whose `v` is another than 1",
        "unknown_kind": "a record of a kind that is not known",
        "refused_field": "a record with a field that is not in the schema; what stood in it is kept nowhere",
        "identity_number": "a record in which a name or card is a citizen's identity number",
        "missing_field": "a record that lacks a field",
        "bad_field": "a record in which a field is of another shape than the schema says",
        "unequal_columns": "a record whose columns differ in length",
        "too_many_readings": "a record of more than 50,000 readings",
        "too_many_homes": "context that would give an estate more than 32,767 homes",
        "unknown_estate": "readings of an estate of which no context came yet",
        "foreign_context": "context that came with readings: what homes are is told by the product itself",
    }
)
"""What is refused as a whole. Counted are its readings, or 1 where they cannot be told."""

READINGS: Mapping[str, str] = MappingProxyType(
    {
        "not_a_number": "a reading with something in it that is no number: text, null, NaN, infinity, a "
        "fraction where there are only whole numbers",
        "bad_index": "a reading that points beyond the names of its record",
        "unknown_dwelling": "a reading of a home that the estate's context does not name",
        "future": "a reading of more than 600 s after it was sent, or sent more than 600 s after it came in",
        "too_old": "a reading of more than 30 days before it was sent, or of before 2000",
        "negative": "a reading below zero",
        "too_large": "a register or a number of rooms beyond what is possible",
        "unit_suspect": "a reading as from another unit than was said (Wh sent as kWh): not judged",
        "late": "a reading of a day that is closed: counted by home and day, not judged",
    }
)
"""Why one reading is not taken; each is counted once, under the first that holds."""

PUT_RIGHT: Mapping[str, str] = MappingProxyType(
    {
        "taken": "a reading that was taken",
        "duplicate": "one of those that was known already: a pass or a sighting, not a register",
        "converted": "one of those that came in Wh or litres and is counted in kWh or m³",
        "gap": "more than 25 hours between two readings of a meter: what was used is spread evenly over them",
        "jump": "a register that went back, or further than is possible: a new meter, counting begins anew",
    }
)
"""What is taken, and how."""

TREATMENTS: frozenset[str] = frozenset({*RECORDS, *READINGS, *PUT_RIGHT})


class Counted(NamedTuple):
    """What is counted: of which estate (empty if it cannot be told), kind (`unknown` likewise), treatment."""

    estate: str
    kind: str
    treatment: str


Tallies = Counter[Counted]
