"""Imports as batches: what each brought, and how to undo one by compensating events.

The row of a batch is a note for people, kept beside the events; what belongs to a batch is known from the
events themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from rentalwatch.domain.events import Event, MovedFrom, RecordCorrected, RecordRetracted, SourceRef
from rentalwatch.domain.instants import Micros, instant
from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.codec import decode, encode
from rentalwatch.ledger.reading import Reading
from rentalwatch.ledger.rebuild import side_rows
from rentalwatch.ledger.statements import RECORDS
from rentalwatch.ledger.store import MAX_BYTES, MAX_EVENTS, Recorded, SideRows


@dataclass(frozen=True)
class Batch:
    """One import. `state`: open (running, or its process died), done, stopped, retracted."""

    batch: UUID
    source: str
    file_name: str
    file_hash: str
    mapping_hash: str
    started_at: Micros
    ended_at: Micros | None
    state: str
    rows: int
    records: int
    events_added: int
    already_known: int
    rejected: int
    reason: str


COLUMNS = tuple(Batch.__dataclass_fields__)
_NAMES = ", ".join(COLUMNS)


def begin(ledger: Ledger, batch: Batch) -> None:
    """Notes that an import has begun, before its first event."""
    marks = ",".join("?" * len(COLUMNS))
    values = [getattr(batch, name) for name in COLUMNS]
    values[0] = batch.batch.bytes
    with ledger.recorder.writing() as tx:
        tx.execute(f"INSERT INTO batches ({_NAMES}) VALUES ({marks})", values)


def finish(ledger: Ledger, batch: Batch) -> None:
    """Notes how it ended."""
    with ledger.recorder.writing() as tx:
        tx.execute(
            "UPDATE batches SET ended_at=?, state=?, rows=?, records=?, events_added=?, already_known=?,"
            " rejected=?, reason=? WHERE batch=?",
            (
                batch.ended_at,
                batch.state,
                batch.rows,
                batch.records,
                batch.events_added,
                batch.already_known,
                batch.rejected,
                batch.reason,
                batch.batch.bytes,
            ),
        )


def all_batches(ledger: Ledger) -> list[Batch]:
    """Every import, oldest first."""
    rows = ledger.recorder.query(f"SELECT {_NAMES} FROM batches ORDER BY started_at, batch")
    return [Batch(UUID(bytes=row[0]), *tuple(row)[1:]) for row in rows]


def find(ledger: Ledger, prefix: str) -> Batch:
    """The one import whose id begins with `prefix`. Raises NotFoundError."""
    hits = [b for b in all_batches(ledger) if str(b.batch).startswith(prefix.lower())]
    if len(hits) != 1:
        what = "no import" if not hits else f"{len(hits)} imports"
        raise NotFoundError(
            f"{what} with an id that begins with {prefix!r}",
            todo="`rentalwatch imports` lists them.",
            code="RW-NO-BATCH",
        )
    return hits[0]


def done_before(ledger: Ledger, file_hash: str, mapping_hash: str) -> Batch | None:
    """The last import of this very file with this very mapping, if it went through and still stands."""
    hits = [
        b
        for b in all_batches(ledger)
        if (b.file_hash, b.mapping_hash, b.state) == (file_hash, mapping_hash, "done")
    ]
    return hits[-1] if hits else None


def retract(ledger: Ledger, batch: Batch, *, reason: str, at: Micros) -> Iterator[int]:
    """Undoes an import: what it stated first is retracted, what it corrected is stated as it was before
    (as the last import said that was not itself retracted).

    Yields the number of events stored by each commit, after that commit. Repeatable: what was compensated
    before is skipped, so that a retraction that was interrupted is simply run again.
    """
    if batch.state == "retracted":
        raise NotPermittedError(
            f"import {batch.batch} was retracted before",
            todo="Import the file again to bring its facts back.",
            code="RW-BATCH-RETRACTED",
        )
    undone = {b.batch for b in all_batches(ledger) if b.state == "retracted"} | {batch.batch}
    left = [row[0] for row in ledger.recorder.query(sql.SELECT_BATCH_STREAMS, (batch.batch.bytes,))]
    while left:
        with ledger.recorder.writing() as tx:
            undo = _Undo(ledger, tx, batch.batch, undone, (reason, at))
            while left and undo.whole_stream(ledger.recorder.read_stream(left[-1])):
                left.pop()
            tx.append(undo.stored, side=undo.side)
        yield len(undo.stored)
    with ledger.recorder.writing() as tx:
        tx.execute(
            "UPDATE batches SET state='retracted', reason=? WHERE batch=?", (reason, batch.batch.bytes)
        )


class _Undo:
    """The compensating events of one commit."""

    def __init__(
        self, book: Reading, tx: Append, batch: UUID, undone: set[UUID], why: tuple[str, Micros]
    ) -> None:
        self.book, self.tx, self.batch, self.undone, self.why = book, tx, batch, undone, why
        self.versions: dict[str, int] = {}
        self.stored: list[StoredEvent] = []
        self.side = SideRows()
        self.bytes = 0

    @property
    def full(self) -> bool:
        """Half of what a commit may hold: one more record always fits."""
        return len(self.stored) > MAX_EVENTS // 2 or self.bytes > MAX_BYTES // 2

    def whole_stream(self, rows: Sequence[Recorded]) -> bool:
        """Undoes what the batch stated in one file; False if the commit is full before its end. What another
        file took over is undone there."""
        records = _records(rows)
        for record, said in records.items():
            if self.full:
                return False
            ref = said[-1].source
            if ref is None or ref.batch != self.batch or not self._stands(record, ref):
                continue
            stream = self.tx.counts_in(record) or rows[-1].stream_id
            moved = said[-1].moved_from
            said_of = moved.stream if moved else rows[-1].stream_id
            before = self._before(said[0], records)
            for new in _undoing(record, ref, before, said[0], self.why):
                self._add(stream, new if said_of == stream else _said_of(said_of, new))
        return True

    def _before(self, first: Event, records: dict[UUID, list[Event]]) -> Event | None:
        """What stood before a correction or a source's retraction, apart from what undone imports said;
        None if nothing did."""
        while isinstance(first, RecordCorrected | RecordRetracted):
            said = records.get(first.target) or self.book.said_by(first.target)
            if not said or said[-1].source is None:
                return None
            if said[-1].source.batch not in self.undone:
                return said[-1]
            first = said[0]
        return None

    def _stands(self, record: UUID, ref: SourceRef) -> bool:
        """False if something newer stands, or it was undone before."""
        held = self.tx.one(sql.SELECT_FACT, (ref.name, ref.fact, ref.key))
        return held is not None and held[0] == record.bytes

    def _add(self, stream: str, new: Sequence[Event]) -> None:
        if stream not in self.versions:
            self.versions.update(self.tx.versions([stream]))
        version = self.versions[stream] + 1
        self.versions[stream] += len(new)
        for n, (type_name, state) in enumerate(map(encode, new)):
            self.stored.append(StoredEvent(stream, version + n, type_name, state))
            self.bytes += len(state)
        rows = side_rows(stream, version, new)
        self.side.records.extend(rows.records)
        self.side.facts.extend(rows.facts)


def _said_of(stream: str, new: Sequence[Event]) -> list[Event]:
    """What is said of a home that is part of another file by now, or was when its record was split off."""
    return [
        event.model_copy(
            update={"moved_from": MovedFrom(stream=stream, record=event.record_id, index=event.index)}
        )
        for event in new
    ]


def _records(rows: Sequence[Recorded]) -> dict[UUID, list[Event]]:
    events = [decode(row.type_name, row.state) for row in rows]
    return {record: list(said) for record, said in groupby(events, key=lambda e: e.record_id)}


def _undoing(
    record: UUID, ref: SourceRef, before: Event | None, first: Event, why: tuple[str, Micros]
) -> Iterator[list[Event]]:
    """The records that undo one: it is retracted, or what stood before is stated again; a source's
    retraction is retracted, and what it took back is stated again."""
    reason, at = why
    count = ref.count + 1
    record_id = uuid5(RECORDS, f"undo\x1f{record}\x1f{count}")
    restores = before is not None and before.source is not None
    if not restores or isinstance(first, RecordRetracted):
        source = ref.model_copy(update={"count": count, "batch": None})
        yield [
            RecordRetracted(
                record_id=record_id, happened_at=instant(at), target=record, reason=reason, source=source
            )
        ]
        record_id = uuid5(RECORDS, f"restored\x1f{record}\x1f{count}")
    if before is None or before.source is None:
        return
    count = before.source.count + 1 if isinstance(first, RecordRetracted) else count
    # the import stays named: retracting that one as well must find what was restored in its name
    source = before.source.model_copy(update={"count": count})
    again = before.model_copy(
        update={
            "record_id": record_id,
            "index": 1,
            "source": source,
            "superseded_by": None,
            "moved_from": None,
        }
    )
    correction = RecordCorrected(
        record_id=record_id,
        happened_at=before.happened_at,
        precision=before.precision,
        target=record,
        reason=reason,
    )
    yield [correction, again]


__all__ = ["Batch", "all_batches", "begin", "done_before", "find", "finish", "retract"]
