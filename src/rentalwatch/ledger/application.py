"""The application: one method per command. The only writer of events.

A command names its record id; saying the same again returns the stored outcome, saying something else
under the same id is refused. After a conflict or a lost answer the command is looked up by that id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent

from rentalwatch.domain.events import Event, RecordCorrected, RecordRetracted, SourceRef
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.errors import InvalidInputError, NotFoundError, NotPermittedError, RentalwatchError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.codec import decode, encode
from rentalwatch.ledger.dwelling import DwellingFile, Stored, decide, evolve, needs_file
from rentalwatch.ledger.intake import Counts, Intake
from rentalwatch.ledger.rebuild import source_row
from rentalwatch.ledger.statements import Statement
from rentalwatch.ledger.store import (
    Append,
    Clock,
    CommitTooLargeError,
    LedgerFactory,
    LedgerRecorder,
    Recorded,
    SideRows,
    wall_clock,
)
from rentalwatch.ledger.together import Together


class EventMapper(Mapper[str]):
    """Between the library's stored events and ours, through the codec's allow-list."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        type_name, state = encode(domain_event.event)
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, type_name, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        event = decode(stored_event.topic, stored_event.state)
        return Stored(str(stored_event.originator_id), stored_event.originator_version, event)


@dataclass(frozen=True)
class Outcome:
    """Where a command's record lies. `again` is true if it had been stored before."""

    record_id: UUID
    stream_id: str
    version: int
    position: int
    recorded_at: Micros
    again: bool = False


class Taken(NamedTuple):
    """What became of a chunk of rows; `refused` names rows by their place in the chunk."""

    counts: Counts
    refused: list[tuple[int, RentalwatchError]]


class Ledger(Application[str]):
    """The book of one area on one machine. Safe to share between threads and processes."""

    name = "rentalwatch"
    env: ClassVar[dict[str, str]] = {"ORIGINATOR_ID_TYPE": "text", "CREATE_TABLE": "n"}
    recorder: LedgerRecorder

    def __init__(self, path: Path, *, create: bool = False, clock: Clock = wall_clock) -> None:
        self._clock = clock
        mode = "rwc" if create else "rw"
        super().__init__(env={"SQLITE_DBNAME": f"{path.absolute().as_uri()}?mode={mode}"})
        self._together: Together[Outcome] = Together(self.recorder)
        if create:
            self.recorder.create_table()

    def construct_factory(self, env: Any) -> LedgerFactory:  # type: ignore[override]
        return LedgerFactory(env)

    def construct_mapper(self) -> EventMapper:
        return EventMapper(transcoder=self.construct_transcoder())

    def construct_recorder(self) -> LedgerRecorder:
        assert isinstance(self.factory, LedgerFactory)
        return LedgerRecorder(self.factory.datastore, clock=self._clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- reading -----------------------------------------------------------------------------------

    def stream_of(self, key: str) -> str:
        """The stream of a home by one of its identity keys, or by the stream id itself.

        Raises NotFoundError.
        """
        rows = self.recorder.query(sql.SELECT_STREAM, (key,))
        if rows:
            return str(rows[0][0])
        if self.recorder.query(sql.SELECT_EVENT, (key, 1)):
            return key
        raise NotFoundError(
            f"no home is known as {key!r}", todo="`rentalwatch list` shows them.", code="RW-NO-DWELLING"
        )

    def facts(self, stream_id: str) -> list[Fact]:
        """Every fact of one file, in the order of recording."""
        return [as_fact(row) for row in self.recorder.read_stream(stream_id)]

    def file(self, stream_id: str) -> DwellingFile:
        """What a decision about one file needs to know of it."""
        rows = self.recorder.read_stream(stream_id)
        told = (Stored(stream_id, row.version, decode(row.type_name, row.state)) for row in rows)
        return evolve(None, told) or DwellingFile()

    def outcome(self, record_id: UUID) -> tuple[Outcome, str] | None:
        """Where a record was stored, and its content hash; None if it never was."""
        rows = self.recorder.query(sql.SELECT_RECORD, (record_id.bytes,))
        if not rows:
            return None
        stream_id, version, content = rows[0]
        position, recorded_at = self.recorder.query(sql.SELECT_EVENT, (stream_id, version))[0]
        return Outcome(record_id, stream_id, version, position, recorded_at, again=True), content

    # -- commands ----------------------------------------------------------------------------------

    def record(self, said: Statement, record_id: UUID, *, correcting: UUID | None = None) -> Outcome:
        """Stores one statement under a record id of the caller's.

        Guarantees: stored once however often it is called with the same id and content. Raises
        NotPermittedError if the id was used for something else, a notice number was used before, or the
        record to be corrected is not in the file; NotFoundError if the home is unknown; InvalidInputError
        for a source's statement (`take_in` knows those by their source, not by a caller's id).
        """
        if said.source:
            raise InvalidInputError(
                f"a statement of source {said.source!r} is not recorded under an id of one's own",
                todo="Import it, or leave out its source and key.",
            )
        return self._together.run(
            lambda tx: (
                self._known(said, record_id, correcting) or self._store(said, record_id, correcting, tx)
            )
        )

    def _known(self, said: Statement, record_id: UUID, correcting: UUID | None) -> Outcome | None:
        found = self.outcome(record_id)
        if found is None:
            return None
        outcome, content = found
        _refuse_other(record_id, "with other content", f"hash {content}", f"hash {said.content_hash}")
        _refuse_other(record_id, "for another home", outcome.stream_id, self._place(said)[0])
        event = self.facts(outcome.stream_id)[outcome.version - 1].event
        corrected = event.target if isinstance(event, RecordCorrected) else None
        _refuse_other(record_id, "correcting another record", f"{corrected}", f"{correcting}")
        return outcome

    def _store(self, said: Statement, record_id: UUID, correcting: UUID | None, tx: Append) -> Outcome:
        stream_id, keys = self._place(said)
        if needs_file(said.event, correcting):
            file = self.file(stream_id)
        else:
            file = DwellingFile(version=tx.versions([stream_id])[stream_id])
        decide(file, said.event, correcting)
        emptied = self._emptied(said.event, file, stream_id)
        events = _of_one_record(said, record_id, correcting, emptied)
        stored = [
            StoredEvent(stream_id, file.version + n, type_name, state)
            for n, (type_name, state) in enumerate(events, start=1)
        ]
        side = SideRows(
            records=[(record_id.bytes, stream_id, file.version + 1, said.content_hash, None)],
            facts=[source_row(emptied, None, None)] if emptied else [],
            keys=keys,
        )
        positions = tx.append(stored, side=side)
        return Outcome(record_id, stream_id, file.version + 1, positions[0], tx.recorded_at)

    def _emptied(self, event: Event, file: DwellingFile, stream_id: str) -> SourceRef | None:
        """The source's fact for which nothing stands once `event` is stored, so that importing it again
        adds it again; None if it is no retraction, or of nothing that an import stated."""
        ref = file.sources.get(event.target) if isinstance(event, RecordRetracted) else None
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

    def _place(self, said: Statement) -> tuple[str, list[tuple[str, str]]]:
        """The stream a statement belongs to, and the identity keys that it makes known."""
        intake = Intake(None, {}, {}, {})
        named = [said.dwelling, *getattr(said.event, "keys", ())]
        for key in named:
            rows = self.recorder.query(sql.SELECT_STREAM, (key,))
            if rows:
                intake.streams[key] = rows[0][0]
        if said.dwelling not in intake.streams:
            try:
                intake.streams[said.dwelling] = self.stream_of(said.dwelling)
            except NotFoundError:
                if not said.registers:
                    raise
        return intake.place(said), intake.keys

    def take_in(self, statements: Sequence[Statement], *, source: str, batch: UUID) -> Counts:
        """Stores a chunk of a source's statements in one commit; known ones are recognised, revised ones
        correct what stands. At most `MAX_EVENTS // 2` statements, since a correction is two events.

        Raises NotPermittedError if a statement's home is not registered; then nothing is stored.
        """
        with self.recorder.writing() as tx:
            intake = prepare(tx, statements, source=source, batch=batch)
            for said in statements:
                intake.take(said, tx)
            tx.append(intake.events, side=intake.side())
        return intake.counts

    def take_rows(self, rows: Sequence[Sequence[Statement]], *, source: str, batch: UUID) -> Taken:
        """As `take_in`, row by row: a row is taken whole or refused whole, the others go on.

        Refused are rows whose home is not registered, and rows that contradict an earlier row of the same
        batch (`RW-SAME-ID`): one file cannot revise itself. Rows that are too much for one commit are
        stored in several; a single row that is too much is refused.
        """
        try:
            return self._take_rows(rows, source, batch)
        except CommitTooLargeError as e:
            if len(rows) < 2:
                return Taken(Counts(), [(0, e)])
        middle = len(rows) // 2
        first = self.take_rows(rows[:middle], source=source, batch=batch)
        second = self.take_rows(rows[middle:], source=source, batch=batch)
        refused = first.refused + [(middle + i, error) for i, error in second.refused]
        return Taken(first.counts + second.counts, refused)

    def _take_rows(self, rows: Sequence[Sequence[Statement]], source: str, batch: UUID) -> Taken:
        refused: list[tuple[int, RentalwatchError]] = []
        with self.recorder.writing() as tx:
            every = [said for row in rows for said in row]
            intake = prepare(tx, every, source=source, batch=batch)
            for i, row in enumerate(rows):
                try:
                    intake.refuse_unfit(row, tx)
                except NotPermittedError as e:
                    refused.append((i, e))
                    continue
                for said in row:
                    intake.take(said, tx)
            tx.append(intake.events, side=intake.side())
        return Taken(intake.counts, refused)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Whatever is taken in meanwhile is decided as usual and then forgotten (`--dry-run`). Other
        writers wait until it ends."""
        with suppress(_ForgetError), self.recorder.joined():
            yield
            raise _ForgetError


class _ForgetError(Exception):
    """Rolls a trial back."""


def prepare(tx: Append, statements: Sequence[Statement], *, source: str, batch: UUID | None) -> Intake:
    """What the side tables say of the homes and facts that the statements name: three queries."""
    homes = {said.dwelling for said in statements}
    for said in statements:
        homes.update(getattr(said.event, "keys", ()))
    streams = tx.streams(homes)
    standing = tx.facts(source, {(said.fact, said.key) for said in statements})
    return Intake(batch, streams, tx.versions(set(streams.values())), standing)


def as_fact(row: Recorded) -> Fact:
    """A stored event as a fact of its file. Raises NewerVersionError, UndecodableError."""
    event = decode(row.type_name, row.state)
    return Fact(event, version=row.version, position=row.position, recorded_at=row.recorded_at)


def _refuse_other(record_id: UUID, what: str, before: str, now: str) -> None:
    if before != now:
        raise NotPermittedError(
            f"record {record_id} was stored before {what} ({before}, now {now})",
            todo="Use a new record id; to change what was said, record a correction.",
            code="RW-RECORD-ID-USED",
        )


def _of_one_record(
    said: Statement, record_id: UUID, correcting: UUID | None, emptied: SourceRef | None
) -> Iterable[tuple[str, bytes]]:
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


__all__ = ["Ledger", "Outcome", "as_fact"]
