"""The application: one method per command. The only writer of events.

A command names its record id; saying the same again returns the stored outcome, saying something else
under the same id is refused. After a conflict or a lost answer the command is looked up by that id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self, TypeVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent

from rentalwatch.errors import InvalidInputError, NotPermittedError, RentalwatchError, StorageError
from rentalwatch.ledger.appending import Append, refuse_too_large
from rentalwatch.ledger.carried import stored_already
from rentalwatch.ledger.codec import decode, encode
from rentalwatch.ledger.consequences import following, may_follow, with_consequences
from rentalwatch.ledger.deciding import Command, Deciding
from rentalwatch.ledger.decision import Stored
from rentalwatch.ledger.intake import Counts, Intake
from rentalwatch.ledger.reading import Outcome, Reading, as_fact
from rentalwatch.ledger.sqlite_store import LedgerFactory, LedgerRecorder
from rentalwatch.ledger.statements import Statement
from rentalwatch.ledger.store import MAX_EVENTS, Clock, CommitTooLargeError, until_back, wall_clock
from rentalwatch.ledger.together import Together
from rentalwatch.observe import metrics

T = TypeVar("T")


class EventMapper(Mapper[str]):
    """Between the library's stored events and ours, through the codec's allow-list."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        type_name, state = encode(domain_event.event)
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, type_name, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        event = decode(stored_event.topic, stored_event.state)
        return Stored(str(stored_event.originator_id), stored_event.originator_version, event)


class Taken(NamedTuple):
    """What became of a chunk of rows; `refused` names rows by their place in the chunk."""

    counts: Counts
    refused: list[tuple[int, RentalwatchError]]


class _Told:
    name = "failed"


@contextmanager
def counted() -> Iterator[_Told]:
    """Counts a command by what became of it."""
    told = _Told()
    try:
        yield told
    except StorageError:
        raise
    except RentalwatchError:
        told.name = "refused"
        raise
    finally:
        metrics.LEDGER_COMMANDS.labels(told.name).inc()


class Ledger(Reading, Application[str]):
    """The book of one area: in a folder on one machine, or in a cluster's database. Safe to share between
    threads and processes."""

    name = "rentalwatch"
    env: ClassVar[dict[str, str]] = {"ORIGINATOR_ID_TYPE": "text", "CREATE_TABLE": "n"}
    recorder: Any

    def __init__(self, where: Path | str, *, create: bool = False, clock: Clock = wall_clock) -> None:
        self._clock = clock
        self._where = where
        mode = "rwc" if create else "rw"
        env = {} if isinstance(where, str) else {"SQLITE_DBNAME": f"{where.absolute().as_uri()}?mode={mode}"}
        super().__init__(env=env)
        self._together: Together[Command, Outcome] = Together(
            self.recorder, lambda tx, commands: Deciding(tx, commands).all()
        )
        if create and not isinstance(where, str):
            self.recorder.create_table()

    def construct_factory(self, env: Any) -> Any:
        if isinstance(self._where, str):
            from rentalwatch.ledger.postgres_store import LedgerFactory as PostgresFactory

            return PostgresFactory(env, self._where)
        return LedgerFactory(env)

    def construct_mapper(self) -> EventMapper:
        return EventMapper(transcoder=self.construct_transcoder())

    def construct_recorder(self) -> Any:
        if isinstance(self._where, str):
            from rentalwatch.ledger.postgres_store import LedgerRecorder as PostgresRecorder

            return PostgresRecorder(self.factory.datastore, clock=self._clock)  # type: ignore[attr-defined]
        return LedgerRecorder(self.factory.datastore, clock=self._clock)  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(
        self,
        said: Statement,
        record_id: UUID,
        *,
        correcting: UUID | None = None,
        opening: Statement | None = None,
    ) -> Outcome:
        """Stores one statement under a record id of the caller's. `opening`: the registration of a home that
        the statement splits off, if that has no file yet.

        Guarantees: stored once however often it is called with the same id and content, also when the
        database goes away in the middle (then it is asked again until it is back, for a while). Raises
        NotPermittedError if the id was used for something else, a notice number was used before, or the
        record to be corrected is not in the file; NotFoundError if the home is unknown; InvalidInputError
        for a source's statement (`take_rows` knows those by their source, not by a caller's id).
        """
        return self._record_all([Command(said, record_id, correcting, opening)])[0]

    def record_together(self, commands: Sequence[Command]) -> list[Outcome]:
        """As `record`, several statements in the order given: all of them in one commit, or none.

        Guarantees: each decision knows the commands before it; handing the same ones in again returns the
        stored outcomes. Raises as `record`, and CommitTooLargeError; then nothing is stored.
        """
        return self._record_all(commands)

    def _record_all(self, commands: Sequence[Command]) -> list[Outcome]:
        for said in (command.said for command in commands):
            if said.source:
                raise InvalidInputError(
                    f"a statement of source {said.source!r} is not recorded under an id of one's own",
                    todo="Import it, or leave out its source and key.",
                )
        with counted() as outcome:
            answers = self._again(lambda: self._decided(commands))
            outcome.name = "again" if all(answer.again for answer in answers) else "stored"
        return answers

    def _decided(self, commands: Sequence[Command]) -> list[Outcome]:
        if len(commands) == 1 and not may_follow(commands[0]):
            return [self._together.run(commands[0])]
        with self.recorder.joined() as tx:
            before = tx.events, tx.bytes
            if any(map(may_follow, commands)):
                answers = [self._with_consequences(command) for command in commands]
            else:
                answers = _all_of(Deciding(tx, commands).all(), len(commands))
            refuse_too_large(tx.events - before[0], tx.bytes - before[1])
        return answers

    def _with_consequences(self, command: Command) -> Outcome:
        answer = self._together.run(command)
        if not answer.again and may_follow(command):
            for further in following(self, command):
                self._together.run(further)
        return answer

    def _again(self, act: Callable[[], T]) -> T:
        """Does something that is safe to repeat, again while the database is away."""
        return act() if self.recorder.is_joined else until_back(act)

    def take_in(self, statements: Sequence[Statement], *, source: str, batch: UUID) -> Counts:
        """Stores a chunk of a source's statements in one commit; known ones are recognised, revised ones
        correct what stands. At most `MAX_EVENTS // 2` statements, since a correction is two events.

        Raises NotPermittedError if a statement's home is not registered; then nothing is stored.
        """

        statements = with_consequences(statements)

        def take() -> Counts:
            with self.recorder.writing() as tx:
                intake = prepare(tx, statements, source=source, batch=batch)
                for said in statements:
                    intake.take(said, tx)
                tx.append(intake.events, side=intake.side())
            return intake.counts

        return self._again(take)

    def take_rows(self, rows: Sequence[Sequence[Statement]], *, source: str, batch: UUID) -> Taken:
        """As `take_in`, row by row: a row is taken whole or refused whole, the others go on.

        Refused are rows whose home is not registered, and rows that contradict an earlier row of the same
        batch (`RW-SAME-ID`): one file cannot revise itself. Rows that are too much for one commit are
        stored in several; a single row that is too much is refused.
        """
        try:
            return self._again(lambda: self._take_rows(rows, source, batch))
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
        rows = [with_consequences(row) for row in rows]
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


def _all_of(answers: Sequence[Outcome | RentalwatchError], asked: int) -> list[Outcome]:
    """Every answer as an outcome. Raises the first that is none; CommitTooLargeError if some are missing."""
    found = []
    for answer in answers:
        if isinstance(answer, RentalwatchError):
            raise answer
        found.append(answer)
    if len(found) < asked:
        refuse_too_large(MAX_EVENTS + 1, 0)
    return found


class _ForgetError(Exception):
    """Rolls a trial back."""


def prepare(tx: Append, statements: Sequence[Statement], *, source: str, batch: UUID | None) -> Intake:
    """What the side tables say of the streams and facts that the statements name: a few queries."""
    streams = tx.streams({name for said in statements for name in said.names})
    slots = {(said.fact, said.key) for said in statements}
    standing = tx.facts(source, slots | {said.retracts for said in statements if said.retracts})
    lies = {held.stream_id for held in standing.values() if held.stream_id}
    said_of = {held.said_of for held in standing.values() if held.said_of}
    versions = tx.versions({*streams.values(), *lies})
    carried = stored_already(tx, statements, streams)
    return Intake(batch, streams, versions, standing, tx.survivors(said_of), carried)


__all__ = ["Command", "Ledger", "Outcome", "as_fact"]
