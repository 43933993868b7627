"""Hours of the day: who is in, who comes in, who is up. All of it is assumed, from how people live."""

from __future__ import annotations


def day(steps: str) -> list[float]:
    """24 hours from steps such as `0:1 7:0.8`: from that hour on that value, the last one up to midnight."""
    known = {int(hour): float(value) for hour, _, value in (step.partition(":") for step in steps.split())}
    value, hours = 0.0, []
    for hour in range(24):
        value = known.get(hour, value)
        hours.append(value)
    return hours


IN: dict[str, tuple[list[float], list[float]]] = {
    "nobody": ([0.0] * 24, [0.0] * 24),
    "worker": (
        day("0:1 7:0.8 8:0.4 9:0.1 17:0.2 18:0.5 19:0.8 21:0.95"),
        day("0:0.95 10:0.7 13:0.5 18:0.7 21:0.9"),
    ),
    "family": (
        day("0:0.98 7:0.8 8:0.5 9:0.35 16:0.5 18:0.8 20:0.95"),
        day("0:0.97 9:0.8 13:0.6 17:0.8 20:0.95"),
    ),
    "extended": (
        day("0:1 7:0.85 8:0.65 9:0.55 16:0.7 18:0.9 20:0.98"),
        day("0:0.98 9:0.85 13:0.7 17:0.9 20:0.97"),
    ),
    "student": (
        day("0:0.95 8:0.7 9:0.35 18:0.55 20:0.8 22:0.95"),
        day("0:0.92 11:0.7 14:0.5 19:0.6 22:0.9"),
    ),
    "night": (
        day("0:0.3 5:0.5 7:0.9 8:1 16:0.9 19:0.7 21:0.4"),
        day("0:0.5 5:0.7 9:0.9 18:0.7 22:0.5"),
    ),
    "shop": (
        day("0:0.6 8:0.8 9:1 21:0.7"),
        day("0:0.6 8:0.8 9:1 21:0.7"),
    ),
    "weekend": (
        day("0:0.2 19:0.7"),
        day("0:0.95 10:0.8 14:0.6 18:0.8"),
    ),
    "works": (
        day("0:0 8:1 12:0.7 13:1 18:0"),
        day("0:0"),
    ),
    "shifts": (
        day("0:0.7 6:0.65 9:0.55 14:0.5 17:0.5 21:0.6"),
        day("0:0.72 9:0.65 14:0.55 21:0.65"),
    ),
    "mixed": (
        day("0:0.9 7:0.75 9:0.4 17:0.5 19:0.65 22:0.85"),
        day("0:0.88 9:0.7 14:0.55 20:0.7 22:0.85"),
    ),
    "staff": (
        day("0:0.85 1:0.95 9:0.5 10:0.2 14:0.5 16:0.2 22:0.6"),
        day("0:0.85 1:0.95 9:0.5 10:0.2 14:0.5 16:0.2 22:0.6"),
    ),
}  # fmt: skip
"""Share of the persons who are in, by hour: on working days, and on the others."""

AWAKE = day("0:0.3 1:0.2 6:0.7 8:0.9 9:0.6 11:1.0 13:0.6 17:1.1 18:1.6 22:1.1 23:0.6")
AWAKE_BY_TURNS = day("0:0.8 2:0.7 6:0.9 18:1.1 23:0.9")
WASHES = day("0:0.15 2:0.05 6:1.2 8:1.0 9:0.6 11:0.9 14:0.4 17:1.0 19:1.6 22:1.1 23:0.5")
WASHES_BY_TURNS = day("0:0.7 2:0.4 6:0.9 14:0.7 18:1.1 23:0.9")
BY_TURNS = frozenset({"shifts", "night", "staff"})
"""Rhythms in which somebody is up at any hour."""

COMES: dict[str, list[float]] = {
    "nobody": [1.0] * 24,
    "worker": day("0:0.35 1:0.12 2:0.04 7:0.3 12:0.5 17:1.5 18:3.0 20:2.0 22:0.8"),
    "family": day("0:0.1 1:0.02 7:0.6 8:1.5 10:1.2 12:1.0 16:2.2 18:2.8 20:1.5 22:0.4"),
    "extended": day("0:0.05 1:0.02 6:0.8 8:1.8 10:1.6 12:0.9 16:2.2 18:2.4 20:1.2 22:0.3"),
    "student": day("0:0.5 1:0.25 2:0.06 8:0.3 12:0.9 17:1.6 20:1.8 22:1.6"),
    "night": day("0:0.6 2:1.0 5:2.0 8:1.2 10:0.4 15:0.8 20:0.3"),
    "shop": day("0:0.02 8:1.0 9:1.5 20:0.4"),
    "weekend": day("0:0.1 8:0.8 11:1.2 16:1.4 19:1.6 22:0.4"),
    "works": day("0:0.0 7:1.5 8:2.0 9:0.8 13:1.6 15:0.8 18:0.0"),
    "shifts": day("0:1.2 1:0.7 3:0.5 6:0.9 10:0.7 14:1.1 17:1.4 22:1.6"),
    "mixed": day("0:0.6 1:0.25 3:0.1 7:0.4 11:0.8 17:1.6 19:2.0 22:1.3"),
    "staff": day("0:1.5 1:0.5 2:0.1 9:0.2 13:0.2 14:1.8 16:0.2 21:1.0 22:2.5"),
}
"""How likely somebody comes in at an hour, against the others."""
