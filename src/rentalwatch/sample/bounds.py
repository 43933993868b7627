"""What the year of the model estate is known for (domain §1), and how near a generated one must come.

The source gives round numbers, no exact baseline, and no spread: the bounds are ours.
"""

from __future__ import annotations

from typing import NamedTuple


class Bound(NamedTuple):
    """A figure of the year: as it is told, and the least and the most that a sample may come to."""

    told: str
    least: float
    most: float


BOUNDS = {
    "patrolled": Bound("> 1,000 homes", 1_001, 1_250),
    "rectified": Bound("> 500 homes", 501, 680),
    "sublandlords_gone": Bound("40", 26, 54),
    "moved_out": Bound("800 tenants", 620, 980),
    "complaints": Bound("−90 %", -96.0, -85.0),
    "police_calls": Bound("−50 %", -62.0, -42.0),
}
"""Figure → bounds; complaints and police calls: change in percent of a month's mean, from the year before the
programme to the last months of its first year."""
