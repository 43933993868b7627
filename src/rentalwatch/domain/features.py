"""What a warning rule may ask of a home and a day: the names of the figures 特征 that signals become.

Only the names stand here, so that a rule can be checked where nothing is computed. A figure that is not
known is no number, and no comparison with it holds: what nobody measured never raises an alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

Signal = Literal["gate_pass", "electricity", "water", "gas", "listing", "context"]
"""Kinds of signal 信号: passes of a gate, registers of meters, advertisements, and what the record itself
knows of a home (rooms as designed, registered persons, complaints, watch, exemptions)."""

Meter = Literal["electricity", "water", "gas"]
METERS: tuple[Meter, ...] = get_args(Meter)

EVALUATOR = 1
"""The version of what the figures mean, with the lateness that is allowed. Part of every rule's version:
the same thresholds over figures that are computed otherwise are another rule."""


class Feature(NamedTuple):
    """One figure of a home and a day."""

    signal: Signal
    unit: str
    grows: bool = False
    """It only grows while the day runs, so a rule that asks whether it is above something may fire on the
    reading that tips it. All others are known when the day is closed."""


def _metered(meter: Meter) -> dict[str, Feature]:
    amount = "kWh" if meter == "electricity" else "m³"
    return {
        f"{meter}_total": Feature(meter, amount),
        f"{meter}_peak_to_valley": Feature(meter, "times"),
        f"{meter}_weekend_share": Feature(meter, "share"),
        f"{meter}_to_peers": Feature(meter, "times"),
        f"{meter}_peer_mads": Feature(meter, "MAD"),
        f"{meter}_to_before": Feature(meter, "times"),
        f"{meter}_silent_days": Feature(meter, "days"),
    }


FEATURES: Mapping[str, Feature] = {
    "passes": Feature("gate_pass", "passes", grows=True),
    "distinct_cards": Feature("gate_pass", "cards", grows=True),
    "distinct_cards_7d": Feature("gate_pass", "cards", grows=True),
    "most_passes": Feature("gate_pass", "passes", grows=True),
    "often_run": Feature("gate_pass", "days", grows=True),
    "night_entries": Feature("gate_pass", "passes", grows=True),
    "passes_to_before": Feature("gate_pass", "times"),
    **_metered("electricity"),
    **_metered("water"),
    **_metered("gas"),
    "beds_listed_30d": Feature("listing", "ads", grows=True),
    "rooms_listed_30d": Feature("listing", "rooms", grows=True),
    "rooms": Feature("context", "rooms"),
    "persons_a_room": Feature("context", "persons"),
    "area_a_person": Feature("context", "m²"),
    "complaints_30d": Feature("context", "complaints", grows=True),
    "under_watch": Feature("context", "yes"),
    "released": Feature("context", "yes"),
    "exempt_family": Feature("context", "yes"),
    "exempt_shop": Feature("context", "yes"),
    "exempt_other": Feature("context", "yes"),
}
"""Every figure by its name; docs/rules.md says how each is made. Those whose unit is `yes` are 1 or 0."""

CONTEXT: frozenset[str] = frozenset(name for name, f in FEATURES.items() if f.signal == "context")
"""What the record knows: it changes by the record alone, never by a reading."""
