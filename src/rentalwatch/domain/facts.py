"""A fact: an event with what the ledger added to it; and which facts of a file stand.

Of several corrections or retractions of one record the last recorded holds; apart from that the order
of arrival never matters (domain §3). A fact that was taken over from another file goes on under the record
that first stated it: that sorts it, and is what corrections name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from rentalwatch.domain.events import (
    DwellingsMerged,
    DwellingSplit,
    Event,
    MergeUndone,
    RecordCorrected,
    RecordRetracted,
    ViolationConfirmed,
)
from rentalwatch.domain.instants import Micros, micros

Axis = Literal["ledger", "source"]
"""Whose knowledge: what this ledger had recorded by then, or what the source had by then."""


class Fact:
    """One event of a file, with its place in the ledger. Immutable by convention (slots, for speed).

    `event` is as it was first stated: of one that was taken over with the record and index of then, which
    this ledger stored as part of the record `stored_as` here.
    """

    __slots__ = (
        "at",
        "event",
        "first_recorded_at",
        "known_to_source",
        "order",
        "position",
        "recorded_at",
        "seen_at",
        "stored_as",
        "version",
    )

    def __init__(self, event: Event, *, version: int, position: int, recorded_at: Micros) -> None:
        self.stored_as = event.record_id
        self.version = version
        self.position = position
        self.recorded_at = recorded_at
        self.first_recorded_at = recorded_at
        moved = event.moved_from
        if moved is not None:
            event = event.model_copy(update={"record_id": moved.record, "index": moved.index})
            if moved.recorded_at is not None:
                self.first_recorded_at = micros(moved.recorded_at)
        self.event = event
        self.at: Micros = micros(event.happened_at)
        seen = event.source_recorded_at
        self.seen_at: Micros = self.first_recorded_at if seen is None else micros(seen)
        self.known_to_source: Micros = self.seen_at
        if self.first_recorded_at != recorded_at:  # no source knew of this home what another's file says
            self.known_to_source = max(self.seen_at, recorded_at)
        self.order = (self.at, event.RANK, not _implied(event), event.record_id.int, event.index)


def _implied(event: Event) -> bool:
    return type(event) is ViolationConfirmed and event.implied


def recorded_by(fact: Fact) -> tuple[Micros, int]:
    """The order in which this ledger came to know."""
    return (fact.first_recorded_at, fact.version)


def known_to_source_by(fact: Fact) -> tuple[Micros, Micros, int]:
    """The order in which the source came to know."""
    return (fact.seen_at, fact.first_recorded_at, fact.version)


def standing(facts: Iterable[Fact], axis: Axis = "ledger") -> list[Fact]:
    """The facts that stand once corrections and retractions are applied, in the order of judgement.

    On the ledger's axis a record that arrived already superseded never stood; on the source's axis it
    stood until its successor was known there. Independent of the order of `facts`.
    """
    known = list(facts)
    moved = any(moves(f.event) for f in known)
    if moved:
        known = counted(known)
    acts = [f for f in known if redirects(f.event)]
    stand = known if not moved else _without_moves(known)
    if acts:
        holders = _holders(known, acts, axis)
        stand = [f for f in stand if _stands(f, holders)]
    if moved:
        stand = _named_by_its_own(stand, known, acts)
    return sorted(stand, key=_order)


def counted(known: Sequence[Fact]) -> list[Fact]:
    """The facts that count in a file: none in one that was merged into another, not those that it gave away
    since it held them. Whether they stand is another question."""
    if closed_by(known) is not None:
        return []
    gone: dict[UUID, int] = {}
    for fact in known:
        for record in given_away(fact.event):
            gone[record] = max(gone.get(record, 0), fact.version)
    return [f for f in known if f.version > gone.get(f.event.record_id, 0)] if gone else list(known)


def closed_by(known: Iterable[Fact]) -> Fact | None:
    """The merge by which a file was closed, if it was and that was not undone."""
    acts = [f for f in known if f.event.MOVES]
    undone = {f.event.merge for f in acts if isinstance(f.event, MergeUndone) and not f.event.back_to}
    merges = [f for f in acts if isinstance(f.event, DwellingsMerged) and f.event.record_id not in undone]
    return max(merges, key=lambda f: f.version, default=None)


def given_away(event: Event) -> tuple[UUID, ...]:
    """The records that belong to another file from this event on."""
    return event.records if isinstance(event, DwellingSplit | MergeUndone) else ()


def moves(event: Event) -> bool:
    """Whether it gives facts to another file, or was taken over from one."""
    return event.MOVES or event.moved_from is not None


def _without_moves(known: Sequence[Fact]) -> list[Fact]:
    """What says where facts of a home count is no fact of that home."""
    merges = {f.event.record_id for f in known if isinstance(f.event, DwellingsMerged)}

    def is_move(event: Event) -> bool:
        if isinstance(event, MergeUndone):
            return bool(event.back_to) or event.merge in merges
        return isinstance(event, DwellingSplit | DwellingsMerged)

    return [f for f in known if not is_move(f.event)]


def _named_by_its_own(stand: list[Fact], known: Sequence[Fact], acts: Sequence[Fact]) -> list[Fact]:
    """A file keeps its own name and place: what was taken over with a registration, and what corrects that,
    does not stand beside a registration of its own."""
    points_at = _pointers(acts)
    own = {f.event.record_id for f in known if f.event.moved_from is None}
    others = {f.event.record_id for f in known if f.event.moved_from is not None}

    def is_own(fact: Fact) -> bool:
        root = _root(fact.event.record_id, points_at)
        return root in own or (root not in others and fact.event.moved_from is None)

    if not any(f.event.OPENS and is_own(f) for f in stand):
        return stand
    return [f for f in stand if not f.event.PARTICULARS or is_own(f)]


def held_by(facts: Iterable[Fact], axis: Axis = "ledger") -> dict[UUID, UUID | None]:
    """Every record that was corrected, retracted or superseded, or stands in place of such a one → the
    record that holds instead (None: retracted)."""
    known = list(facts)
    if any(moves(f.event) for f in known):
        known = counted(known)
    acts = [f for f in known if redirects(f.event)]
    return _holders(known, acts, axis) if acts else {}


def _order(fact: Fact) -> tuple[Micros, int, bool, int, int]:
    return fact.order


def redirects(event: Event) -> bool:
    """Whether it says that another record holds, or none."""
    return type(event) in _REDIRECTING or event.superseded_by is not None


_REDIRECTING = frozenset({RecordCorrected, RecordRetracted})


def _holders(known: Sequence[Fact], acts: Sequence[Fact], axis: Axis) -> dict[UUID, UUID | None]:
    """Every record touched by an act → the one record that holds in its place (None: retracted)."""
    points_at = _pointers(acts)
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


def _pointers(acts: Iterable[Fact]) -> dict[UUID, UUID]:
    """Record that takes the place of another → that one."""
    return {f.event.record_id: _target(f.event) for f in sorted(acts, key=recorded_by)}


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
