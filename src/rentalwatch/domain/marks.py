"""What stands beside the targets, whatever a file is about: entries made long after the fact, homes that were
split, merged or struck off, work orders closed, and when somebody last looked.

A mark is a fact that is counted by its kind; it judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import DAY, Micros

LATE: Micros = 2 * DAY
"""An entry later than this after the fact is back-dated (domain §6: 48 h)."""


class Mark(NamedTuple):
    """One thing that counts, by `kind`; a file holds one a kind and key."""

    kind: str
    key: str
    what: str
    """A code: how the home went, why an order was closed, how far somebody got in."""
    record: str
    marked_at: Micros


class LateEntry(NamedTuple):
    """A record that was written down, by its source or else here, more than 48 h after it was."""

    record: str
    what: str
    """The type of the event."""
    happened_at: Micros
    written_at: Micros


def mark(fact: Fact) -> Mark | None:
    """What a standing fact counts as, if it counts as anything."""
    told = _KINDS.get(type(fact.event))
    if told is None:
        return None
    record = str(fact.event.record_id)
    kind, key, what = told(fact.event)
    return Mark(kind, key or record, what, record, fact.at)


def move_mark(fact: Fact) -> Mark | None:
    """What says that facts go to another file, or count here again. It does not stand among the facts of a
    home, and stays when the file is closed."""
    went = _MOVES.get(type(fact.event))
    event = fact.event
    if went is None or (isinstance(event, ev.MergeUndone) and event.back_to):  # counted in the other file
        return None
    record = str(fact.event.record_id)
    return Mark("moved", record, went, record, fact.at)


def late_entry(fact: Fact, begun: ev.Event | None) -> LateEntry | None:
    """Whether a standing fact was written down more than 48 h after it was. `begun`: what opened its stream.

    What is known to the day alone may have been at its end. What came with the registration, by the same
    import and with no word of when the source wrote it down, is the history that the book began with. What
    follows from another record by itself is as late as that one, which is counted.
    """
    event = fact.event
    if fact.seen_at - fact.at <= LATE or event.OPENS or event.precision == "unknown":
        return None
    if getattr(event, "follows", None) is not None:
        return None
    until = fact.at if event.precision != "day" or event.AT_DAY_END else fact.at + DAY
    if fact.seen_at - until <= LATE or is_first_history(event, begun):
        return None
    return LateEntry(str(event.record_id), type(event).__name__, fact.at, fact.seen_at)


def is_first_history(event: ev.Event, begun: ev.Event | None) -> bool:
    """Whether a fact came with the registration of its home, `begun`, by the same import and with no word of
    when the source wrote it down. Of one that was taken over its first file knew it."""
    if event.moved_from is not None and event.moved_from.first_history:
        return True
    if event.source is None or event.source_recorded_at is not None:
        return False
    return begun is not None and begun.source is not None and event.source.batch == begun.source.batch


Telling = Callable[[Any], tuple[str, str, str]]

_KINDS: Mapping[type[ev.Event], Telling] = {
    ev.InspectionRecorded: lambda e: ("inspected", "", e.access),
    ev.PatrolRecorded: lambda e: ("patrolled", "", ""),
    ev.WorkOrderClosed: lambda e: ("order_closed", f"{e.channel}/{e.ticket}", e.reason),
    ev.DwellingDeregistered: lambda e: ("moved", "", "deregistered"),
}
"""Type of event → (kind, key, what it was); a blank key: each counts by itself."""

_MOVES: Mapping[type[ev.Event], str] = {
    ev.DwellingSplit: "split",
    ev.DwellingsMerged: "merged",
    ev.MergeUndone: "unmerged",
}
