"""Whether two addresses are possibly one home: they share a place and a reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rentalwatch.domain.addresses import new_york, shanghai
from rentalwatch.domain.addresses.written import Address, Certainty, Comparable, Reading, Reason

_HABITS: dict[str, Callable[[Address], Comparable]] = {
    "Asia/Shanghai": shanghai.comparable,
    "America/New_York": new_york.comparable,
}
"""How addresses are written, by the zone of the home. Elsewhere nothing is compared."""


class Likeness(NamedTuple):
    """Why two homes are possibly the same, and how certain that is."""

    certainty: Certainty
    reasons: frozenset[Reason]


def readings(address: Address) -> Comparable:
    """What an address is compared by. Total; no reading where no habits of writing are known, or where
    the unit is not known. Without an area nothing is more than possible: it may be another estate."""
    habit = _HABITS.get(address.zone)
    if habit is None or address.unit_unknown:
        return Comparable((address.zone, address.area), ())
    found = habit(address)
    if address.area:
        return found
    return Comparable(
        found.place,
        tuple(Reading(r.key, "possible", r.reasons | {"place_unknown"}) for r in found.readings),
    )


def likeness(one: Address, other: Address) -> Likeness | None:
    """Why the two are possibly the same dwelling: by the most certain reading that they share, and of
    those the one that needs the fewest reasons. None: nothing says so. Symmetric."""
    a, b = readings(one), readings(other)
    if a.place != b.place:
        return None
    theirs = {r.key: r for r in b.readings}
    shared = [_joined(r, theirs[r.key]) for r in a.readings if r.key in theirs]
    return min(shared, key=_weight, default=None)


def _joined(a: Reading, b: Reading) -> Likeness:
    both: Certainty = "likely" if a.certainty == b.certainty == "likely" else "possible"
    return Likeness(both, a.reasons | b.reasons)


def _weight(found: Likeness) -> tuple[bool, int, list[str]]:
    return (found.certainty != "likely", len(found.reasons), sorted(found.reasons))
