"""What a decision about one file needs to know, and the decision itself. Everything shown comes from
`judge`; this is only identity, record ids and notice numbers (D2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from rentalwatch.domain.events import (
    ConfirmationAnnulled,
    DwellingsMerged,
    Event,
    MergeUndone,
    NoticeServed,
    RecordRetracted,
    RulebookAdopted,
    SourceRef,
)
from rentalwatch.domain.facts import given_away
from rentalwatch.errors import NotPermittedError

TAKEN_OVER = "taken over"
MOVING = ("DwellingsMerged", "DwellingSplit", "MergeUndone", TAKEN_OVER)
"""Kinds of record that no correction or retraction may name: both files would have to agree."""


@dataclass(frozen=True)
class Stored:
    """An event in its stream, in the library's words."""

    originator_id: str
    originator_version: int
    event: Event


@dataclass
class DwellingFile:
    """One file as a decision sees it."""

    version: int = 0
    opened: bool = False
    records: dict[UUID, str] = field(default_factory=dict)
    """Record id → the kind of what it states."""
    notices: dict[UUID, str] = field(default_factory=dict)
    """Record → the number of the notice that it states."""
    closed_by: UUID | None = None
    """The merge by which it was closed, until that is undone."""
    sources: dict[UUID | None, SourceRef] = field(default_factory=dict)


def evolve(file: DwellingFile | None, events: Iterable[Stored]) -> DwellingFile | None:
    """Folds events into what a decision needs; the projector function of the library's repository."""
    for stored in events:
        file = file or DwellingFile()
        event, moved = stored.event, stored.event.moved_from
        record = moved.record if moved else event.record_id
        file.version = stored.originator_version
        file.records[record] = type(event).__name__
        if record != event.record_id:
            file.records[event.record_id] = TAKEN_OVER
        if event.OPENS:
            file.opened = True
        if isinstance(event, NoticeServed) and event.number:
            file.notices[record] = event.number
        if event.source is not None:
            file.sources[event.record_id] = event.source
        if event.MOVES:
            _move(file, event)
    return file


def _move(file: DwellingFile, event: Event) -> None:
    if isinstance(event, DwellingsMerged):
        file.closed_by = event.record_id
    elif isinstance(event, MergeUndone) and event.merge == file.closed_by:
        file.closed_by = None
    for record in given_away(event):
        file.records.pop(record, None)
        file.notices.pop(record, None)


def needs_file(event: Event, correcting: UUID | None) -> bool:
    """Whether `decide` asks the file anything about this statement."""
    asks = NoticeServed | RecordRetracted | ConfirmationAnnulled
    return correcting is not None or event.OPENS or isinstance(event, asks)


def decide(file: DwellingFile, event: Event, correcting: UUID | None) -> None:
    """Whether the ledger takes this statement. It refuses what is not permitted, never what is
    inconvenient (domain §3). Raises NotPermittedError."""
    if file.closed_by is not None and not isinstance(event, MergeUndone):
        raise NotPermittedError(
            "this file was merged into another and is closed",
            todo="Record it of the home that goes on, or undo the merge.",
            code="RW-FILE-CLOSED",
        )
    if event.moved_from is not None:
        return
    if file.opened and correcting is None and event.OPENS and not isinstance(event, RulebookAdopted):
        what = "home" if "dwelling" in event.STREAMS else event.STREAMS[0]
        raise NotPermittedError(
            f"this {what} is registered already",
            todo="To change its particulars, correct the registration.",
            code="RW-REGISTERED-ALREADY",
        )
    if isinstance(event, NoticeServed) and correcting is None and event.number in file.notices.values():
        raise NotPermittedError(
            f"notice number {event.number} was given in this file before",
            todo="Use the number on the paper; to change that notice, correct its record.",
            code="RW-NOTICE-NUMBER-USED",
        )
    if correcting is not None:
        _refuse_unknown(file, correcting)
    if isinstance(event, RecordRetracted):
        _refuse_unknown(file, event.target)
    if isinstance(event, ConfirmationAnnulled) and (
        file.records.get(event.confirmation) != "ViolationConfirmed"
    ):
        raise NotPermittedError(
            f"{event.confirmation} is no confirmation of this file",
            todo="`rentalwatch file` shows the record ids with --format json.",
            code="RW-NO-RECORD",
        )


def _refuse_unknown(file: DwellingFile, target: UUID) -> None:
    kind = file.records.get(target)
    if kind is None:
        raise NotPermittedError(
            f"there is no record {target} in this file",
            todo="`rentalwatch file` shows the record ids with --format json.",
            code="RW-NO-RECORD",
        )
    if kind in MOVING:
        raise NotPermittedError(
            f"{target} says that facts moved from one file to another",
            todo="`rentalwatch merge --undo` takes a merge back; a part is merged back.",
            code="RW-MOVE-RECORD",
        )
    if kind == "RecordRetracted":
        raise NotPermittedError(
            f"{target} is a retraction itself",
            todo="State the facts again instead, or correct the record that was retracted.",
            code="RW-NO-RECORD",
        )
