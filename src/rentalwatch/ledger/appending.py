"""What may be done under the write lock: events and side tables in one commit (D4)."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from rentalwatch.domain.instants import Micros
from rentalwatch.domain.streams import is_stream
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.store import (
    MAX_BYTES,
    MAX_EVENTS,
    CommitTooLargeError,
    Recorded,
    Recorder,
    SideRows,
    StandingFact,
)


class Append(ABC):
    """What may be done under the write lock."""

    def __init__(self, cursor: Any, recorder: Recorder) -> None:
        self.cursor = cursor
        self.recorder = recorder
        self.recorded_at: Micros = 0
        """Of all events of this commit; 0 before the first."""
        self.events = 0
        """Appended in this commit."""
        self.bytes = 0
        """Of their payloads."""

    def append(
        self, stored_events: Sequence[StoredEvent], *, side: SideRows = SideRows(), **_: Any
    ) -> list[int]:
        """Stores events and side rows; returns the positions. All events of a commit share one
        `recorded_at`: now, or a microsecond after the last one if the clock stood still or went back."""
        if not stored_events:
            return []
        refuse_too_much(stored_events)
        last_position, recorded_at = self._next_instant()
        self.events += len(stored_events)
        self.bytes += sum(len(s.state) for s in stored_events)
        positions = list(range(last_position + 1, last_position + 1 + len(stored_events)))
        self.many(
            sql.INSERT_EVENT,
            [
                (position, _text(s.originator_id), s.originator_version, s.topic, s.state, recorded_at)
                for position, s in zip(positions, stored_events, strict=True)
            ],
        )
        self._beside(side, sql.INSERT_RECORD, sql.INSERT_KEY)
        return positions

    def restore(self, rows: Sequence[Recorded], side: SideRows) -> None:
        """Stores events at the positions and instants that they had before, with their side rows."""
        self.many(
            sql.INSERT_EVENT,
            [(r.position, r.stream_id, r.version, r.type_name, r.state, r.recorded_at) for r in rows],
        )
        self._beside(side, sql.INSERT_RECORD, sql.INSERT_NEW_KEY)

    def _beside(self, side: SideRows, insert_record: str, insert_key: str) -> None:
        self.many(insert_record, side.records)
        self.many(sql.PUT_FACT, list({row[:3]: row for row in side.facts}.values()))
        self.many(insert_key, list(dict.fromkeys(side.keys)))
        for statement, rows in (
            (sql.PUT_KEY, side.led),
            (sql.PUT_MOVED, side.moved),
            (sql.PUT_MERGED, side.merged),
        ):
            self.many(statement, list({row[0]: row for row in rows}.values()))

    def _next_instant(self) -> tuple[int, Micros]:
        last_position, last = self.one(sql.LAST_EVENT) or (0, None)
        if not self.recorded_at:
            now = self.recorder.clock()
            self.recorder.skew = 0 if last is None else max(0, last - now)
            self.recorded_at = now if last is None else max(now, last + 1)
        return last_position, self.recorded_at

    @abstractmethod
    def many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """One of the statements of `tables` that take many rows; nothing for no rows."""

    @abstractmethod
    def execute(self, statement: str, params: Sequence[Any] = ()) -> None:
        """A statement without rows."""

    def one(self, statement: str, params: Sequence[Any] = ()) -> Any:
        """The first row, or None."""
        self.execute(statement, params)
        return self.cursor.fetchone()

    def all(self, statement: str, params: Sequence[Any] = ()) -> list[Any]:
        """All rows."""
        self.execute(statement, params)
        return list(self.cursor.fetchall())

    @abstractmethod
    def known(self, record_ids: Sequence[bytes]) -> set[bytes]:
        """Those of the record ids that were stored before."""

    def streams(self, keys: Iterable[str]) -> dict[str, str]:
        """Identity key, or id of a stream, → stream, for those that are known. Of a file that was merged, the
        one that goes on."""
        named = list(keys)
        found = {row[0]: row[1] for row in self.all(sql.SELECT_STREAMS, (json.dumps(named),))}
        by_id = [name for name in named if is_stream(name)]
        if by_id:
            known = [s for s, version in self.versions(by_id).items() if version]
            found |= self.survivors(known)
        return found

    def survivors(self, streams: Iterable[str]) -> dict[str, str]:
        """File → the one that goes on with it: itself, unless it was merged."""
        found = {stream: stream for stream in streams}
        left = set(found)
        while left:
            rows = self.all(sql.SELECT_SURVIVORS, (json.dumps(sorted(left)),))
            on = {row[0]: row[1] for row in rows if row[0] != row[1]}
            found = {stream: on.get(end, end) for stream, end in found.items()}
            left = set(on.values())
        return found

    def counts_in(self, record: UUID) -> str | None:
        """The file that took a record over, if one did."""
        row = self.one(sql.SELECT_MOVED, (record.bytes,))
        return row[0] if row else None

    def keys_of(self, stream: str) -> tuple[str, ...]:
        """The identity keys that lead to a file."""
        return tuple(row[0] for row in self.all(sql.SELECT_KEYS, (stream,)))

    def versions(self, streams: Iterable[str]) -> dict[str, int]:
        """Stream → its last version (0: no events yet)."""
        rows = self.all(sql.SELECT_VERSIONS, (json.dumps(list(streams)),))
        return {row[0]: row[1] or 0 for row in rows}

    def read_streams(self, streams: Iterable[str]) -> list[Recorded]:
        """All events of several streams, stream by stream in order."""
        rows = self.all(sql.SELECT_RECORDED_STREAMS, (json.dumps(list(streams)),))
        return [Recorded(*row) for row in rows]

    def facts(self, source: str, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StandingFact]:
        """(fact, key) → what stands for it, for those ever stored."""
        rows = self.all(sql.SELECT_FACTS, (json.dumps(list(wanted)), source))
        return {(row[0], row[1]): StandingFact(*tuple(row)[2:]) for row in rows}

    def set_epoch(self, epoch: int) -> None:
        """Begins another life of the ledger."""
        self.execute(sql.PUT_META, ("epoch", str(epoch)))


def _text(originator_id: Any) -> str:
    return originator_id if isinstance(originator_id, str) else originator_id.hex


def refuse_too_much(stored_events: Sequence[StoredEvent]) -> None:
    """Raises CommitTooLargeError."""
    refuse_too_large(len(stored_events), sum(len(s.state) for s in stored_events))


def refuse_too_large(events: int, size: int) -> None:
    """Raises CommitTooLargeError for more than a commit may hold. `size`: bytes of payloads."""
    if events > MAX_EVENTS or size > MAX_BYTES:
        raise CommitTooLargeError(
            f"a commit of {events:,} events and {size:,} bytes is too large",
            todo=f"Split it: at most {MAX_EVENTS:,} events and {MAX_BYTES:,} bytes a commit.",
        )
