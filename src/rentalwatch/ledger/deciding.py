"""Commands that share a commit: decided one after the other under the write lock, written together.

What the decisions need is read at once for all of them, and their events are inserted at once: a commit of
a hundred commands asks the database a handful of questions. Whatever one command meets is its own answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from rentalwatch.domain.events import Event, RecordCorrected, RecordRetracted, SourceRef
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.domain.instants import FOREVER
from rentalwatch.errors import NotPermittedError, RentalwatchError, StorageError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append, refuse_too_much
from rentalwatch.ledger.codec import encode
from rentalwatch.ledger.decision import DwellingFile, decide, evolve, needs_file
from rentalwatch.ledger.intake import Intake
from rentalwatch.ledger.moves import is_move, pieces
from rentalwatch.ledger.reading import Outcome, Reading, as_stored, unknown
from rentalwatch.ledger.rebuild import side_rows, source_row
from rentalwatch.ledger.statements import Statement, stream_for
from rentalwatch.ledger.store import MAX_BYTES, MAX_EVENTS, SideRows

Keys = list[tuple[str, str]]


class Command(NamedTuple):
    """One statement under a record id of the caller's."""

    said: Statement
    record_id: UUID
    correcting: UUID | None = None
    opening: Statement | None = None
    """The registration of a home that is split off."""


class _Placed(NamedTuple):
    """An outcome that lacks its position until its events are inserted."""

    command: int
    record_id: UUID
    stream_id: str
    version: int
    nth: int


@dataclass
class _Pending:
    """What is decided and not yet inserted."""

    events: list[StoredEvent] = field(default_factory=list)
    side: SideRows = field(default_factory=SideRows)
    placed: list[_Placed] = field(default_factory=list)
    streams: set[str] = field(default_factory=set)


class _FullError(Exception):
    """The commit holds as much as it may."""


class Deciding(Reading):
    """One commit under way."""

    def __init__(self, tx: Append, commands: Sequence[Command]) -> None:
        self.tx, self.recorder, self.commands = tx, tx.recorder, commands
        self.pending = _Pending()
        self.events = self.bytes = 0
        self.answers: dict[int, Outcome | RentalwatchError] = {}
        self._look()

    def _look(self) -> None:
        """Asks for all commands at once what their decisions need."""
        tx, commands = self.tx, self.commands
        names = {name for command in commands for name in command.said.names}
        self.streams = tx.streams(names)
        new = {stream_for(c.said.of, c.said.subject) for c in commands if c.said.subject not in self.streams}
        self.versions = tx.versions({*self.streams.values(), *new})
        self.known = tx.known([command.record_id.bytes for command in commands])
        self.files = self._read_files()

    def _read_files(self) -> dict[str, DwellingFile]:
        asked = {
            self.streams.get(c.said.subject, "")
            for c in self.commands
            if needs_file(c.said.event, c.correcting)
        }
        rows = self.tx.read_streams(asked - {""}) if asked - {""} else []
        return {
            stream: evolve(None, (as_stored(row) for row in told)) or DwellingFile()
            for stream, told in groupby(rows, key=lambda row: row.stream_id)
        }

    def all(self) -> list[Outcome | RentalwatchError]:
        """The answers to as many commands as one commit may hold, the first ones, at least one.

        Raises StorageError if the disk or the database stands in the way: then nothing is stored.
        """
        for n, command in enumerate(self.commands):
            try:
                self._take(n, command)
            except _FullError:
                break
            except StorageError:
                raise
            except RentalwatchError as e:
                self.answers[n] = e
        self._flush()
        return [self.answers[n] for n in range(len(self.answers))]

    def _take(self, n: int, command: Command) -> None:
        if command.record_id.bytes in self.known:
            self._flush()
            self.answers[n] = self._repeated(command)
            return
        if isinstance(command.said.event, RecordRetracted):
            self._flush()  # its decision looks at what stands
        if is_move(command.said):
            self._flush()
            self._move(n, command)
            return
        self._store(n, command)

    def _move(self, n: int, command: Command) -> None:
        """Facts go from one file to another; what was known of names and files holds no more."""
        said, record_id, _, opening = command
        found = pieces(self, self.tx, said, record_id, opening)
        last = self.tx.versions({piece.stream for piece in found})
        stored: list[StoredEvent] = []
        side = SideRows()
        for piece in found:
            first = last[piece.stream] + 1
            coded = [encode(event) for event in piece.events]
            stored += [StoredEvent(piece.stream, first + i, *said) for i, said in enumerate(coded)]
            last[piece.stream] += len(coded)
            side.extend(side_rows(piece.stream, first, piece.events))
        self._reserve(stored)
        unknown_keys = set(self.tx.streams([key for key, _ in side.keys]))
        side.keys[:] = [row for row in side.keys if row[0] not in unknown_keys]
        self.pending = _Pending(stored, side, [_placed(n, record_id, stored[0])])
        self._flush()
        self._look()

    def _repeated(self, command: Command) -> Outcome:
        """The outcome of before. Raises NotPermittedError if something else was said under this id."""
        said, record_id, correcting, _ = command
        found = self.outcome(record_id)
        assert found is not None
        outcome, content = found
        _refuse_other(record_id, "with other content", f"hash {content}", f"hash {said.content_hash}")
        goes_on = self.tx.survivors([outcome.stream_id])[outcome.stream_id]
        _refuse_other(record_id, "for another home", goes_on, self._place(command)[0])
        event = self.facts(outcome.stream_id)[outcome.version - 1].event
        corrected = event.target if isinstance(event, RecordCorrected) else None
        _refuse_other(record_id, "correcting another record", f"{corrected}", f"{correcting}")
        return outcome

    def _store(self, n: int, command: Command) -> None:
        said, record_id, correcting, _ = command
        stream_id, keys = self._place(command)
        asks = needs_file(said.event, correcting)
        file = self._file(stream_id) if asks else DwellingFile(version=self.versions[stream_id])
        decide(file, said.event, correcting)
        emptied = self._emptied(said.event, file, stream_id)
        stored = [
            StoredEvent(stream_id, file.version + i, type_name, state)
            for i, (type_name, state) in enumerate(_of_one_record(command, emptied), start=1)
        ]
        self._reserve(stored)
        self.pending.placed.append(
            _Placed(n, record_id, stream_id, file.version + 1, len(self.pending.events))
        )
        self._await(stored, command, emptied, keys)

    def _await(
        self, stored: list[StoredEvent], command: Command, emptied: SourceRef | None, keys: Keys
    ) -> None:
        """Adds a decided command to what will be inserted, and to what later ones find."""
        stream, first, record = stored[0].originator_id, stored[0].originator_version, command.record_id
        side = self.pending.side
        side.records.append((record.bytes, str(stream), first, command.said.content_hash, None, None))
        side.keys.extend(keys)
        if emptied is not None:
            side.facts.append(source_row(emptied, None, None))
        self.pending.events.extend(stored)
        self.pending.streams.add(str(stream))
        self.streams.update(keys)
        self.versions[str(stream)] = first + len(stored) - 1
        self.known.add(record.bytes)
        self.files.pop(str(stream), None)

    def _reserve(self, stored: list[StoredEvent]) -> None:
        """Raises CommitTooLargeError for a command that no commit can hold."""
        refuse_too_much(stored)
        events, size = self.events + len(stored), self.bytes + sum(len(s.state) for s in stored)
        if events > MAX_EVENTS or size > MAX_BYTES:
            raise _FullError
        self.events, self.bytes = events, size

    def _flush(self) -> None:
        pending, self.pending = self.pending, _Pending()
        positions = self.tx.append(pending.events, side=pending.side)
        for n, record_id, stream_id, version, nth in pending.placed:
            self.answers[n] = Outcome(record_id, stream_id, version, positions[nth], self.tx.recorded_at)

    def _file(self, stream: str) -> DwellingFile:
        if not self.versions.get(stream):
            return DwellingFile()
        if stream in self.pending.streams:
            self._flush()
        if stream not in self.files:
            self.files[stream] = self.file(stream)
        return self.files[stream]

    def _emptied(self, event: Event, file: DwellingFile, stream_id: str) -> SourceRef | None:
        """The source's fact for which nothing stands once `event` is stored, so that importing it again
        adds it again; None if it is no retraction, or of nothing that an import stated."""
        ref = self._source_of(event.target, file) if isinstance(event, RecordRetracted) else None
        if ref is None:
            return None
        row = self.recorder.query(sql.SELECT_FACT, (ref.name, ref.fact, ref.key))
        held = UUID(bytes=row[0][0]) if row and row[0][0] else None
        if held not in file.records:
            return None
        act = Fact(event, version=file.version + 1, position=0, recorded_at=FOREVER)
        if any(fact.event.record_id == held for fact in standing([*self.facts(stream_id), act])):
            return None
        return ref.model_copy(update={"count": row[0][1] + 1, "batch": None})

    def _source_of(self, record: UUID, file: DwellingFile) -> SourceRef | None:
        """Which fact of a source a record states; of one that was taken over its own file knows it."""
        if record in file.sources or record not in file.records:
            return file.sources.get(record)
        said = self.said_by(record)
        return said[-1].source if said else None

    def _place(self, command: Command) -> tuple[str, Keys]:
        """The stream a statement belongs to, and the identity keys that it makes known. Raises NotFoundError
        if it, or what it names, is not in the book."""
        said = command.said
        intake = Intake(None, {n: self.streams[n] for n in said.names if n in self.streams}, {}, {})
        if said.subject not in intake.streams and not said.registers:
            raise unknown(said.of, said.subject)
        intake.refuse_unknown_references(said)
        return intake.place(said), intake.keys


def _placed(n: int, record_id: UUID, first: StoredEvent) -> _Placed:
    return _Placed(n, record_id, str(first.originator_id), first.originator_version, 0)


def _refuse_other(record_id: UUID, what: str, before: str, now: str) -> None:
    if before != now:
        raise NotPermittedError(
            f"record {record_id} was stored before {what} ({before}, now {now})",
            todo="Use a new record id; to change what was said, record a correction.",
            code="RW-RECORD-ID-USED",
        )


def _of_one_record(command: Command, emptied: SourceRef | None) -> Iterable[tuple[str, bytes]]:
    said, record_id, correcting, _ = command
    if emptied is not None:
        yield encode(said.event.model_copy(update={"record_id": record_id, "source": emptied}))
        return
    if correcting is not None:
        event: Event = RecordCorrected(
            record_id=record_id,
            happened_at=said.event.happened_at,
            precision=said.event.precision,
            target=correcting,
            reason="corrected",
        )
        yield encode(event)
    yield said.type_name, said.state(record_id, index=1 if correcting else 0)
