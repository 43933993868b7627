"""What is asked of a ledger before anything is decided: where a home lies, what its file says, where a
record was stored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import takewhile
from uuid import UUID

from rentalwatch.domain.events import Event, RulebookAdopted
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.streams import kind_of
from rentalwatch.errors import NotFoundError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.decision import DwellingFile, Stored, evolve
from rentalwatch.ledger.store import Recorded, Recorder


@dataclass(frozen=True)
class Outcome:
    """Where a command's record lies. `again` is true if it had been stored before."""

    record_id: UUID
    stream_id: str
    version: int
    position: int
    recorded_at: Micros
    again: bool = False


class Reading:
    """Questions to a ledger; within `joined` they see what was written but not committed."""

    recorder: Recorder

    def stream_of(self, key: str) -> str:
        """The stream of a home by one of its identity keys, or by the stream id itself; of a file that was
        merged, the one that goes on.

        Raises NotFoundError.
        """
        rows = self.recorder.query(sql.SELECT_STREAM, (key,))
        if rows:
            return str(rows[0][0])
        if self.recorder.query(sql.SELECT_EVENT, (key, 1)):
            return self.goes_on(key)
        raise no_dwelling(key)

    def goes_on(self, stream: str) -> str:
        """The file that goes on with another: itself, unless it was merged."""
        while rows := self.recorder.query(sql.SELECT_SURVIVORS, (json.dumps([stream]),)):
            if rows[0][1] == stream:
                break
            stream = str(rows[0][1])
        return stream

    def said_by(self, record_id: UUID) -> list[Event]:
        """The events of one record where it was stored; none if it never was."""
        found = self.outcome(record_id)
        if found is None:
            return []
        rows = self.recorder.read_stream(found[0].stream_id)[found[0].version - 1 :]
        events = (decode(row.type_name, row.state) for row in rows)
        return list(takewhile(lambda event: event.record_id == record_id, events))

    def facts(self, stream_id: str) -> list[Fact]:
        """Every fact of one file, in the order of recording."""
        return [as_fact(row) for row in self.recorder.read_stream(stream_id)]

    def adopted(self) -> list[RulebookAdopted]:
        """Every adoption of a rulebook that stands, in the order of recording: few, found by their keys."""
        rows = self.recorder.query(sql.SELECT_STREAMS_BETWEEN, ("rulebook:", "rulebook;"))
        facts = [
            fact
            for (stream,) in rows
            if kind_of(stream) == "rulebook"
            for fact in standing(self.facts(stream))
        ]
        facts.sort(key=lambda fact: fact.position)
        return [fact.event for fact in facts if isinstance(fact.event, RulebookAdopted)]

    def file(self, stream_id: str) -> DwellingFile:
        """What a decision about one file needs to know of it."""
        rows = self.recorder.read_stream(stream_id)
        return evolve(None, (as_stored(row) for row in rows)) or DwellingFile()

    def outcome(self, record_id: UUID) -> tuple[Outcome, str] | None:
        """Where a record was stored, and its content hash; None if it never was."""
        rows = self.recorder.query(sql.SELECT_RECORD, (record_id.bytes,))
        if not rows:
            return None
        stream_id, version, content = rows[0]
        position, recorded_at = self.recorder.query(sql.SELECT_EVENT, (stream_id, version))[0]
        return Outcome(record_id, stream_id, version, position, recorded_at, again=True), content


def as_fact(row: Recorded) -> Fact:
    """A stored event as a fact of its file. Raises NewerVersionError, UndecodableError."""
    event = decode(row.type_name, row.state)
    return Fact(event, version=row.version, position=row.position, recorded_at=row.recorded_at)


def as_stored(row: Recorded) -> Stored:
    """A stored event as a decision folds it. Raises NewerVersionError, UndecodableError."""
    return Stored(row.stream_id, row.version, decode(row.type_name, row.state))


def unknown(of: str, key: str) -> NotFoundError:
    """Nothing of that kind is known by that name."""
    if of == "dwelling":
        return no_dwelling(key)
    return NotFoundError(
        f"no {of} is known as {key.removeprefix(f'{of}:')!r}",
        todo=f"Register the {of} first, or correct the name.",
        code="RW-NO-SUBJECT",
    )


def no_dwelling(key: str) -> NotFoundError:
    """No home is known by that name."""
    return NotFoundError(
        f"no home is known as {key!r}", todo="`rentalwatch list` shows them.", code="RW-NO-DWELLING"
    )
