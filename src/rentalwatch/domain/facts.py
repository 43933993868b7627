"""A fact: an event with what the ledger added to it; and which facts of a file stand.

Of several corrections or retractions of one record the last recorded holds; apart from that the order
of arrival never matters (domain §3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from rentalwatch.domain.events import Event, RecordCorrected, RecordRetracted, ViolationConfirmed
from rentalwatch.domain.instants import Micros, micros

Axis = Literal["ledger", "source"]
"""Whose knowledge: what this ledger had recorded by then, or what the source had by then."""


class Fact:
    """One event of a file, with its place in the ledger. Immutable by convention (slots, for speed)."""

    __slots__ = ("at", "event", "known_to_source", "order", "position", "recorded_at", "version")

    def __init__(self, event: Event, *, version: int, position: int, recorded_at: Micros) -> None:
        self.event = event
        self.version = version
        self.position = position
        self.recorded_at = recorded_at
        self.at: Micros = micros(event.happened_at)
        seen = event.source_recorded_at
        self.known_to_source: Micros = recorded_at if seen is None else micros(seen)
        self.order = (self.at, event.RANK, not _implied(event), event.record_id.int, event.index)


def _implied(event: Event) -> bool:
    return isinstance(event, ViolationConfirmed) and event.implied


def recorded_by(fact: Fact) -> tuple[Micros, int]:
    """The order in which this ledger came to know."""
    return (fact.recorded_at, fact.version)


def known_to_source_by(fact: Fact) -> tuple[Micros, Micros, int]:
    """The order in which the source came to know."""
    return (fact.known_to_source, fact.recorded_at, fact.version)


def standing(facts: Iterable[Fact], axis: Axis = "ledger") -> list[Fact]:
    """The facts that stand once corrections and retractions are applied, in the order of judgement.

    On the ledger's axis a record that arrived already superseded never stood; on the source's axis it
    stood until its successor was known there. Independent of the order of `facts`.
    """
    known = list(facts)
    acts = [f for f in known if redirects(f.event)]
    if not acts:
        return sorted(known, key=_order)
    holders = _holders(known, acts, axis)
    return sorted((f for f in known if _stands(f, holders)), key=_order)


def held_by(facts: Iterable[Fact], axis: Axis = "ledger") -> dict[UUID, UUID | None]:
    """Every record that was corrected, retracted or superseded, or stands in place of such a one → the
    record that holds instead (None: retracted)."""
    known = list(facts)
    acts = [f for f in known if redirects(f.event)]
    return _holders(known, acts, axis) if acts else {}


def _order(fact: Fact) -> tuple[Micros, int, bool, int, int]:
    return fact.order


def redirects(event: Event) -> bool:
    """Whether it says that another record holds, or none."""
    return isinstance(event, RecordCorrected | RecordRetracted) or event.superseded_by is not None


def _holders(known: Sequence[Fact], acts: Sequence[Fact], axis: Axis) -> dict[UUID, UUID | None]:
    """Every record touched by an act → the one record that holds in its place (None: retracted)."""
    points_at = {f.event.record_id: _target(f.event) for f in sorted(acts, key=recorded_by)}
    key = recorded_by if axis == "ledger" else known_to_source_by
    last: dict[UUID, Fact] = {}
    members: dict[UUID, set[UUID]] = {}
    for fact in known:
        record = fact.event.record_id
        root = _root(record, points_at)
        members.setdefault(root, set()).add(record)
        if axis == "ledger" and fact.event.superseded_by is not None:
            continue
        if root not in last or key(last[root]) < key(fact):
            last[root] = fact
    holders: dict[UUID, UUID | None] = {}
    for root, records in members.items():
        holding = last.get(root)
        gone = holding is None or isinstance(holding.event, RecordRetracted)
        for record in records:
            holders[record] = None if gone or holding is None else holding.event.record_id
    return holders


def _target(event: Event) -> UUID:
    if isinstance(event, RecordCorrected | RecordRetracted):
        return event.target
    assert event.superseded_by is not None
    return event.superseded_by


def _root(record: UUID, points_at: dict[UUID, UUID]) -> UUID:
    seen = {record}
    while record in points_at:
        record = points_at[record]
        if record in seen:  # a circle can only be made by hand; any fixed member will do
            return min(seen)
        seen.add(record)
    return record


def _stands(fact: Fact, holders: dict[UUID, UUID | None]) -> bool:
    event = fact.event
    if isinstance(event, RecordCorrected | RecordRetracted):
        return False
    return holders.get(event.record_id) == event.record_id
