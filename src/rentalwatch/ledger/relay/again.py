"""Records that only the ledger had, submitted again behind what the topic holds.

Each keeps its id and its bytes and gets the next versions of its file. What is stored already is skipped;
what the rules refuse by now is reported and stays in the exported file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from rentalwatch.domain.events import DwellingsMerged, Event, MergeUndone, RecordCorrected
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.decision import DwellingFile, Stored, decide, evolve
from rentalwatch.ledger.moves import companions
from rentalwatch.ledger.relay.taking import side_of
from rentalwatch.ledger.store import MAX_BYTES, MAX_EVENTS, Recorded


@dataclass
class Again:
    """What became of them, in records."""

    stored: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)
    """A sentence each: the record, its file, why."""


def submit(tx: Append, behind: Recorded, events: Iterable[Recorded], now: int) -> Again:
    """Stores records behind the ledger's last event, `behind`; `now` is the earliest instant of recording.

    Guarantees: a record is stored whole or not at all. Memory: a commit's events, and the files it touches.
    """
    went = Again()
    writer = _Writer(tx, behind, now)
    barred: set[UUID] = set()
    for record in _records(events):
        if tx.known([_id(record)]) or writer.holds(_id(record)):
            went.known += 1
            continue
        try:
            _refuse_barred(record, barred)
            writer.add(record)
        except NotPermittedError as e:
            went.refused.append(f"{_said(record)}: {e.what} [{e.code}]")
            barred.update(companions(UUID(bytes=_id(record))))
            continue
        went.stored += 1
    writer.flush()
    return went


class _Writer:
    """Commits of at most 1,000 events and 1 MiB, each with an instant of its own."""

    def __init__(self, tx: Append, behind: Recorded, now: int) -> None:
        self.tx, self.position, self.recorded_at = tx, behind.position, max(now, behind.recorded_at + 1)
        self.rows: list[Recorded] = []
        self.files: dict[str, DwellingFile] = {}
        self.ids: set[bytes] = set()
        self.bytes = 0

    def holds(self, record_id: bytes) -> bool:
        """Whether it waits to be written."""
        return record_id in self.ids

    def add(self, record: list[Recorded]) -> None:
        """Takes one record. Raises NotPermittedError."""
        size = sum(len(row.state) for row in record)
        if len(self.rows) + len(record) > MAX_EVENTS or self.bytes + size > MAX_BYTES:
            self.flush()
        stream = record[0].stream_id
        file = self._file(stream)
        events = [decode(row.type_name, row.state) for row in record]
        first = events[0]
        if first.MOVES:
            self._refuse_changed(record[0], file, first)
        decide(file, events[-1], first.target if isinstance(first, RecordCorrected) else None)
        for row, event in zip(record, events, strict=True):
            self.position += 1
            evolve(file, [Stored(stream, file.version + 1, event)])
            self.rows.append(
                Recorded(self.position, stream, file.version, row.type_name, row.state, self.recorded_at)
            )
        self.ids.add(events[-1].record_id.bytes)
        self.bytes += size

    def _refuse_changed(self, row: Recorded, file: DwellingFile, event: Event) -> None:
        """What moves facts was decided from the files as they were then."""
        if isinstance(event, MergeUndone) and event.back_to:
            return  # the other file's part of what was just taken
        to = self._other(row.stream_id, event)
        if row.version != file.version + 1 or self._file(to).closed_by is not None:
            raise NotPermittedError(
                "a file whose facts it moves has changed since",
                todo="Look at both files, and merge or split them again.",
                code="RW-FILE-CHANGED",
            )

    def _other(self, stream: str, event: Event) -> str:
        """The file that takes facts over, or gives them back."""
        if isinstance(event, MergeUndone):
            told = (decode(r.type_name, r.state) for r in self.tx.read_streams([stream]))
            merges = (e for e in told if isinstance(e, DwellingsMerged) and e.record_id == event.merge)
            return next((merge.into for merge in merges), "")
        return str(getattr(event, "into", "") or getattr(event, "part", ""))

    def _file(self, stream: str) -> DwellingFile:
        if stream not in self.files:
            told = (
                Stored(stream, r.version, decode(r.type_name, r.state))
                for r in self.tx.read_streams([stream])
            )
            self.files[stream] = evolve(None, told) or DwellingFile()
        return self.files[stream]

    def flush(self) -> None:
        """Writes what waits."""
        if self.rows:
            self.tx.restore(self.rows, side_of(self.rows))
            self.recorded_at += 1
        self.rows, self.files, self.ids, self.bytes = [], {}, set(), 0


def _refuse_barred(record: list[Recorded], barred: set[UUID]) -> None:
    """What another file took over counts there only if this one gave it away."""
    if UUID(bytes=_id(record)) in barred:
        raise NotPermittedError("it belongs to a merge or split that was refused", code="RW-FILE-CHANGED")


def _records(events: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    for _, rows in groupby(events, key=lambda row: (row.stream_id, row.recorded_at, _id([row]))):
        yield list(rows)


def _id(record: list[Recorded]) -> bytes:
    return decode(record[0].type_name, record[0].state).record_id.bytes


def _said(record: list[Recorded]) -> str:
    event = decode(record[-1].type_name, record[-1].state)
    return f"{type(event).__name__} {event.record_id} of {record[0].stream_id}"


__all__ = ["Again", "submit"]
