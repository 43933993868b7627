"""The side tables, told again from the events alone.

An append writes events and side rows in one transaction (D4). The rows add nothing: whatever they say can
be read from the events in order of position. `verify` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from rentalwatch.domain.events import (
    TYPE_OF,
    DwellingsMerged,
    DwellingSplit,
    Event,
    MergeUndone,
    RecordRetracted,
    SourceRef,
)
from rentalwatch.domain.instants import Micros, micros
from rentalwatch.ledger.codec import decode, hashes, payload
from rentalwatch.ledger.statements import record_of_fact
from rentalwatch.ledger.store import Recorded, SideRows

RecordRow = tuple[bytes, str, int, str, bytes | None, str | None]
FactRow = tuple[str, str, str, bytes | None, str, str, int, Micros | None]


@dataclass(frozen=True)
class SideTables:
    """The side tables by their primary keys, as whole rows."""

    records: dict[bytes, RecordRow] = field(default_factory=dict)
    facts: dict[tuple[str, str, str], FactRow] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    moved: dict[bytes, tuple[bytes, str]] = field(default_factory=dict)
    merged: dict[str, tuple[str, str]] = field(default_factory=dict)


def side_tables(events: Iterable[Recorded]) -> SideTables:
    """The side tables that belong to `events`, which must be whole and in order of position.

    Guarantees: pure, and equal to the stored tables of every ledger that only `Ledger` and `batches`
    have written to, however its statements were cut into commits. Memory grows with the ledger; `audit`
    compares with bounded memory. Raises NewerVersionError, UndecodableError.
    """
    tables = SideTables()
    for stream, version, said in records_of(events):
        rows = side_rows(stream, version, said)
        tables.records.update((row[0], row) for row in rows.records)
        tables.facts.update((row[:3], row) for row in rows.facts)
        for row in rows.keys:
            tables.keys.setdefault(row[0], row)
        tables.keys.update((row[0], row) for row in rows.led)
        tables.moved.update((row[0], row) for row in rows.moved)
        tables.merged.update((row[0], row) for row in rows.merged)
    return tables


def records_of(events: Iterable[Recorded]) -> Iterator[tuple[str, int, list[Event]]]:
    """(stream, version of its first event, events) of every record, in order."""
    decoded = ((row.stream_id, row.version, decode(row.type_name, row.state)) for row in events)
    for (stream, _), rows in groupby(decoded, key=lambda row: (row[0], row[2].record_id)):
        whole = list(rows)
        yield stream, whole[0][1], [row[2] for row in whole]


def side_rows(stream: str, version: int, said: Sequence[Event]) -> SideRows:
    """What one record adds to the side tables. Of two facts with one key the later holds, of two
    streams with one identity key the earlier, unless files were merged or split."""
    last = said[-1]
    batch = last.source.batch.bytes if last.source and last.source.batch else None
    rows = SideRows(
        [(last.record_id.bytes, stream, version, content_of(last), batch, _said_of(last))],
        [_stands(last)] if last.source and last.superseded_by is None else [],
        [(key, stream) for event in said for key in _keys(event) if key != stream],
    )
    for event in said:
        _move(rows, stream, event)
    return rows


def _said_of(event: Event) -> str | None:
    """The home that a record was said of which was stored in the file that this home is part of by now."""
    moved = event.moved_from
    return moved.stream if moved is not None and moved.record == event.record_id else None


def _move(rows: SideRows, stream: str, event: Event) -> None:
    """Where keys lead, and where facts count, from this event on."""
    if event.moved_from is not None and event.moved_from.record != event.record_id:
        rows.moved.append((event.moved_from.record.bytes, stream))
    if isinstance(event, DwellingsMerged):
        rows.merged.append((stream, event.into))
        rows.led.extend((key, event.into) for key in event.keys)
    elif isinstance(event, DwellingSplit):
        rows.led.extend((key, event.part) for key in event.keys)
    elif isinstance(event, MergeUndone):
        rows.led.extend((key, stream) for key in event.keys)
        if event.back_to:
            rows.merged.append((event.back_to, event.back_to))
            rows.moved.extend((record.bytes, event.back_to) for record in event.records)


def content_of(event: Event) -> str:
    """The content hash of the record that ends with `event`."""
    if event.source is not None and not isinstance(event, RecordRetracted):
        return event.source.content_hash
    if event.content_hash:
        return event.content_hash
    return hashes(TYPE_OF[type(event)], payload(event), event.happened_at, event.precision)[0]


def source_row(ref: SourceRef, record: UUID | None, seen: Micros | None) -> FactRow:
    """The row of `source_facts` that an event's reference stands for."""
    held = record.bytes if record else None
    return (ref.name, ref.fact, ref.key, held, ref.content_hash, ref.timeless_hash, ref.count, seen)


def _stands(event: Event) -> FactRow:
    assert event.source is not None
    if isinstance(event, RecordRetracted) and not stated_by_its_source(event, event.source):
        return source_row(event.source, None, None)
    seen = event.source_recorded_at
    return source_row(event.source, event.record_id, None if seen is None else micros(seen))


def stated_by_its_source(event: RecordRetracted, ref: SourceRef) -> bool:
    """A retraction that was imported names the fact that it is itself; one that undoes something names
    the fact for which nothing stands any more. The record id tells them apart."""
    return event.record_id == record_of_fact(ref.name, ref.key, ref.fact, ref.content_hash, ref.count)


def _keys(event: Event) -> tuple[str, ...]:
    """The keys that an event makes known: not again where a file took it over."""
    moved = event.moved_from
    if not event.OPENS or (moved is not None and moved.record != event.record_id):
        return ()
    keys: tuple[str, ...] = event.keys  # type: ignore[attr-defined]
    return keys
