"""Imports as batches: what each brought, and how to undo one by compensating events.

The row of a batch is a note for people, kept beside the events; what belongs to a batch is known from the
events themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from rentalwatch.domain.events import Event, RecordCorrected, RecordRetracted, SourceRef
from rentalwatch.domain.instants import Micros, instant
from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.codec import decode, encode
from rentalwatch.ledger.intake import source_row
from rentalwatch.ledger.statements import RECORDS
from rentalwatch.ledger.store import Append, SideRows

STREAMS_A_COMMIT = 100
"""Files compensated in one commit; a file rarely holds more than ten records of one batch."""


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


_COLUMNS = ", ".join(Batch.__dataclass_fields__)


def begin(ledger: Ledger, batch: Batch) -> None:
    """Notes that an import has begun, before its first event."""
    marks = ",".join("?" * len(Batch.__dataclass_fields__))
    values = [getattr(batch, name) for name in Batch.__dataclass_fields__]
    values[0] = batch.batch.bytes
    with ledger.recorder.writing() as tx:
        tx.execute(f"INSERT INTO batches ({_COLUMNS}) VALUES ({marks})", values)


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
    rows = ledger.recorder.query(f"SELECT {_COLUMNS} FROM batches ORDER BY started_at, batch")
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
    """Undoes an import: what it stated first is retracted, what it corrected is stated as it was before.

    Yields the number of events stored by each commit. Repeatable: what was compensated before is skipped,
    so that a retraction that was interrupted is simply run again.
    """
    if batch.state == "retracted":
        raise NotPermittedError(
            f"import {batch.batch} was retracted before",
            todo="Import the file again to bring its facts back.",
            code="RW-BATCH-RETRACTED",
        )
    streams = [
        row[0]
        for row in ledger.recorder.query(
            "SELECT DISTINCT stream_id FROM record_ids WHERE batch = ? ORDER BY 1", (batch.batch.bytes,)
        )
    ]
    for start in range(0, len(streams), STREAMS_A_COMMIT):
        with ledger.recorder.writing() as tx:
            stored: list[StoredEvent] = []
            side = SideRows([], [], [])
            for stream in streams[start : start + STREAMS_A_COMMIT]:
                _compensate(tx, ledger, stream, batch.batch, (reason, at), stored, side)
                if len(stored) > 500:
                    tx.append(stored, side=side)
                    yield len(stored)
                    stored, side = [], SideRows([], [], [])
            tx.append(stored, side=side)
        yield len(stored)
    with ledger.recorder.writing() as tx:
        tx.execute(
            "UPDATE batches SET state='retracted', reason=? WHERE batch=?", (reason, batch.batch.bytes)
        )


def _compensate(
    tx: Append,
    ledger: Ledger,
    stream: str,
    batch: UUID,
    why: tuple[str, Micros],
    stored: list[StoredEvent],
    side: SideRows,
) -> None:
    """Collects the events that undo what a batch stated in one file."""
    rows = ledger.recorder.read_stream(stream)
    events = [decode(row.type_name, row.state) for row in rows]
    version = rows[-1].version
    for record, group in groupby(events, key=lambda e: e.record_id):
        said = list(group)
        ref = said[-1].source
        if ref is None or ref.batch != batch or isinstance(said[0], RecordRetracted):
            continue
        held = tx.one(
            "SELECT record_id FROM source_facts WHERE source=? AND fact=? AND key=?",
            (ref.name, ref.fact, ref.key),
        )
        if held is None or held[0] != record.bytes:
            continue  # something newer stands, or it was undone before
        before = _before(said[0], events)
        new = _undoing(record, ref, before, why)
        for event in new:
            version += 1
            stored.append(StoredEvent(stream, version, *encode(event)))
        last = new[-1]
        assert last.source is not None
        record_id = last.record_id
        side.records.append((record_id.bytes, stream, version - len(new) + 1, last.source.content_hash, None))
        stands = record_id if len(new) == 2 else None
        side.facts.append(source_row(last.source, stands, None))


def _before(first: Event, events: list[Event]) -> Event | None:
    """What stood before a correction; None if the record was the first to state the fact."""
    if not isinstance(first, RecordCorrected):
        return None
    return next((e for e in reversed(events) if e.record_id == first.target and e.source is not None), None)


def _undoing(record: UUID, ref: SourceRef, before: Event | None, why: tuple[str, Micros]) -> list[Event]:
    reason, at = why
    count = ref.count + 1
    record_id = uuid5(RECORDS, f"undo\x1f{record}\x1f{count}")
    when = instant(at)
    if before is None or before.source is None:
        source = ref.model_copy(update={"count": count, "batch": None})
        return [
            RecordRetracted(
                record_id=record_id, happened_at=when, target=record, reason=reason, source=source
            )
        ]
    source = before.source.model_copy(update={"count": count, "batch": None})
    again = before.model_copy(
        update={"record_id": record_id, "index": 1, "source": source, "superseded_by": None}
    )
    correction = RecordCorrected(
        record_id=record_id,
        happened_at=before.happened_at,
        precision=before.precision,
        target=record,
        reason=reason,
    )
    return [correction, again]


__all__ = ["Batch", "all_batches", "begin", "done_before", "find", "finish", "retract"]
