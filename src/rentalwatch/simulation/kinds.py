"""How people live in a home: who is in when, who comes in when, what they use.

Each number is an order of magnitude; docs/simulation.md says where each comes from, or that it is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rentalwatch.simulation.chance import Floats
from rentalwatch.simulation.rhythms import (
    AWAKE,
    AWAKE_BY_TURNS,
    BY_TURNS,
    COMES,
    IN,
    WASHES,
    WASHES_BY_TURNS,
)

Range = tuple[float, float]


@dataclass(frozen=True)
class Kind:
    """A way of living. Ranges hold the least and the most; a home gets its own value for a whole stay.

    `base`: kWh a day with nobody in; `each`: kWh a person and day, without heating and cooling; `litres` a
    person and day; `cooled`: units that cool or heat, a designed room; `own`: the share of persons with a
    card of their own; `comes`: entries a person and day."""

    name: str
    rhythm: str
    base: Range
    each: Range
    litres: Range
    cooled: Range
    own: Range
    comes: Range

    @property
    def group(self) -> bool:
        """Whether it is group rental 群租."""
        return self.name in GROUP


GROUP = ("beds", "hostel", "partition", "dormitory")
"""By the bed to whoever works by turns, by the bed to job seekers and interns, in partitioned rooms, a firm's
staff."""

KINDS = (
    #    name          rhythm      base        each        litres     cooled      own         comes
    Kind("empty",      "nobody",   (0.0, 0.5), (0.0, 0.0), (0, 0),    (0.0, 0.0), (1.0, 1.0), (0.0, 0.0)),
    Kind("vacant",     "nobody",   (0.0, 0.6), (0.0, 0.0), (0, 0),    (0.0, 0.0), (1.0, 1.0), (0.0, 0.0)),
    Kind("single",     "worker",   (1.2, 2.2), (1.0, 2.0), (90, 180), (0.4, 1.0), (1.0, 1.0), (1.2, 2.4)),
    Kind("family",     "family",   (1.4, 2.8), (0.9, 1.7), (100, 180), (0.5, 1.0), (0.6, 1.0), (1.2, 2.6)),
    Kind("extended",   "extended", (1.6, 3.0), (0.8, 1.5), (90, 170), (0.6, 1.1), (0.3, 0.8), (1.2, 2.8)),
    Kind("sharers",    "student",  (1.2, 2.4), (0.8, 1.6), (90, 160), (0.6, 1.1), (0.8, 1.0), (1.0, 2.2)),
    Kind("night",      "night",    (1.2, 2.2), (1.0, 2.0), (90, 170), (0.5, 1.0), (1.0, 1.0), (1.2, 2.6)),
    Kind("shop",       "shop",     (2.0, 6.0), (1.2, 2.4), (90, 260), (0.5, 1.0), (1.0, 1.0), (2.0, 4.0)),
    Kind("second",     "weekend",  (0.5, 1.5), (1.0, 1.8), (90, 160), (0.4, 1.0), (1.0, 1.0), (1.4, 3.0)),
    Kind("renovation", "works",    (0.3, 1.0), (0.4, 1.6), (10, 60),  (0.0, 0.0), (0.3, 1.0), (1.5, 3.5)),
    Kind("beds",       "shifts",   (1.6, 3.5), (0.5, 1.2), (60, 120), (0.8, 1.6), (0.8, 1.0), (1.2, 2.8)),
    Kind("hostel",     "student",  (1.6, 3.5), (0.5, 1.2), (60, 120), (0.8, 1.6), (0.8, 1.0), (1.0, 2.4)),
    Kind("partition",  "mixed",    (1.8, 4.0), (0.8, 1.6), (80, 140), (1.2, 2.2), (0.8, 1.0), (1.1, 2.4)),
    Kind("dormitory",  "staff",    (1.4, 3.0), (0.5, 1.1), (60, 120), (0.6, 1.4), (0.8, 1.0), (1.0, 2.2)),
)  # fmt: skip
"""Every kind; its place in the tuple is its number."""

NUMBER = {kind.name: n for n, kind in enumerate(KINDS)}
"""Name of a kind → its number."""

COMPLAINTS = {
    "empty": 0.005, "vacant": 0.005, "single": 0.01, "family": 0.015, "extended": 0.03, "sharers": 0.08,
    "night": 0.03, "shop": 0.15, "second": 0.005, "renovation": 0.4, "beds": 0.6, "hostel": 0.5,
    "partition": 0.5, "dormitory": 0.4,
}  # fmt: skip
"""Complaints of neighbours in 30 days."""


def _normal(rows: list[list[float]]) -> Floats:
    """Rows that add up to one."""
    table = np.array(rows, dtype=np.float64)
    total = table.sum(axis=1, keepdims=True)
    return table / np.where(total > 0, total, 1.0)


def _used(by_day: list[float], by_turns: list[float]) -> Floats:
    """How a day's use lies over its hours, [free day, kind, hour]: who is in, times who is up."""
    up = np.array([by_turns if kind.rhythm in BY_TURNS else by_day for kind in KINDS])
    return np.array([_normal((PRESENT[free] * up).tolist()) for free in (0, 1)])


PRESENT: Floats = np.array([[IN[kind.rhythm][free] for kind in KINDS] for free in (0, 1)])
"""Share of persons in, [free day, kind, hour]."""
POWER: Floats = _used(AWAKE, AWAKE_BY_TURNS)
"""The share of a person's electricity in each hour, [free day, kind, hour]."""
WATER: Floats = _used(WASHES, WASHES_BY_TURNS)
"""The share of a person's water in each hour, [free day, kind, hour]."""
ENTRY: Floats = np.cumsum(_normal([COMES[kind.rhythm] for kind in KINDS]), axis=1)
"""The share of entries up to the end of each hour, [kind, hour]."""
