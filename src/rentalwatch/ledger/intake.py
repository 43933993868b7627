"""Taking statements in: which are new, which are known, which correct or are superseded (D4).

Pure given what the side tables say; it runs under the write lock, so that two imports at once add each
fact once.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from rentalwatch.domain.events import MovedFrom, RecordCorrected, RecordRetracted, SourceRef
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.carried import used_otherwise
from rentalwatch.ledger.codec import encode
from rentalwatch.ledger.rebuild import FactRow, RecordRow, side_rows
from rentalwatch.ledger.statements import RECORDS, Statement, stream_for
from rentalwatch.ledger.store import SideRows, StandingFact


class Counts(NamedTuple):
    """What became of a chunk of statements."""

    added: int = 0
    known: int = 0
    corrected: int = 0
    superseded: int = 0

    def __add__(self, other: tuple[int, ...]) -> Counts:  # type: ignore[override]
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass
class Intake:
    """The rows that one commit will write, collected in the order of the statements."""

    batch: UUID | None
    streams: dict[str, str]
    versions: dict[str, int]
    standing: dict[tuple[str, str], StandingFact]
    goes_on: dict[str, str] = field(default_factory=dict)
    """Stream of which something was said → the file that goes on with it."""
    carried: dict[bytes, bool] = field(default_factory=dict)
    """Ids that statements keep from another book, under which something is stored here already → whether it
    says the same."""
    events: list[StoredEvent] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    facts: dict[tuple[str, str], FactRow] = field(default_factory=dict)
    keys: list[tuple[str, str]] = field(default_factory=list)
    fresh: set[bytes] = field(default_factory=set)
    tallies: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Counts._fields, 0))

    def take(self, said: Statement, tx: Append) -> None:
        """Decides one statement. Raises NotPermittedError if its home was never registered."""
        slot = (said.fact, said.key)
        held = self.standing.get(slot)
        if (held is None and self._is_registered(said)) or self._is_back(said):
            self._tally("known")
        elif held is None or held.record_id is None:
            lies = self.standing[said.retracts] if said.retracts else None
            self._store(self._aimed(said), held.changes if held else 0, None, "added", lies)
        elif self._moved(said, held):
            self._move(said, held, tx)
        elif _same(said, held):
            self._tally("known")
        elif _older(said, held):
            self._supersede(said, held, tx)
        else:
            self._store(said, held.changes + 1, UUID(bytes=held.record_id), "corrected", held)

    def _is_registered(self, said: Statement) -> bool:
        return said.unless_known and said.subject in self.streams

    def _is_back(self, said: Statement) -> bool:
        """Whether a record came back to the book that it is from."""
        return said.record is not None and self.carried.get(said.record.bytes, False)

    def refuse_unfit(self, row: Sequence[Statement], tx: Append) -> None:
        """Raises NotPermittedError if a row cannot be taken whole."""
        opened = {said.subject for said in row if said.registers}
        for said in row:
            if said.subject not in opened and said.subject not in self.streams:
                raise _unregistered(said)
            self.refuse_unknown_references(said, opened)
            held = self.standing.get((said.fact, said.key))
            if held is None or held.record_id is None:
                self._aimed(said)
                if held is None and said.record is not None:
                    self._refuse_used(said.record)
                continue
            if self._is_back(said) or (_same(said, held) and not self._moved(said, held)):
                continue
            if self._stated_by_this_batch(held.record_id, tx):
                raise NotPermittedError(
                    f"same id ({said.key}) as an earlier row of this file, other content ({said.fact})",
                    todo="keep the row that is right, import the file again",
                    code="RW-SAME-ID",
                )

    def refuse_unknown_references(self, said: Statement, opened: Container[str] = ()) -> None:
        """Raises NotPermittedError if a statement names something that is not in the book."""
        for name in said.refers:
            if name not in self.streams and name not in opened:
                raise NotPermittedError(
                    f"{name!r}, which it names, is not in the book",
                    todo="Record its registration first, or correct the name.",
                    code="RW-UNKNOWN-REFERENCE",
                )

    def _refuse_used(self, record: UUID) -> None:
        """Raises NotPermittedError if something else is stored under the id that a statement keeps."""
        if record.bytes in self.fresh:
            raise NotPermittedError(
                f"record id {record} stands in an earlier row of this file, under another key",
                todo="give each record an id of its own, or none",
                code="RW-SAME-ID",
            )
        if not self.carried.get(record.bytes, True):
            raise used_otherwise(record)

    def _id_of(self, said: Statement, count: int) -> UUID:
        """Of the record that stores a statement: the id that it keeps, if nothing was stored under that."""
        kept = said.record
        used = kept is None or kept.bytes in self.carried or kept.bytes in self.fresh
        return said.record_id(count) if kept is None or used else kept

    def _stated_by_this_batch(self, record_id: bytes, tx: Append) -> bool:
        if record_id in self.fresh:
            return True
        row = tx.one(sql.SELECT_RECORD_BATCH, (record_id,))
        return row is not None and self.batch is not None and row[0] == self.batch.bytes

    def _aimed(self, said: Statement) -> Statement:
        """A source's retraction of a fact of its own names the record that stands for that fact."""
        if said.retracts is None:
            return said
        held = self.standing.get(said.retracts)
        if held is None or held.record_id is None:
            raise NotPermittedError(
                f"nothing stands that {said.key} could retract ({said.retracts[1]})",
                todo="import what it is about before",
                code="RW-NO-RECORD",
            )
        return said.aimed_at(UUID(bytes=held.record_id))

    def _store(
        self,
        said: Statement,
        count: int,
        corrects: UUID | None,
        tally: str,
        beside: StandingFact | None = None,
    ) -> None:
        """Stores a statement in the file where `beside` counts, which it corrects or takes back; otherwise in
        that of what it is about."""
        stream, said_of = self._where(said, beside)
        record = self._id_of(said, count)
        first = self.versions.get(stream, 0) + 1
        index = 0
        if corrects is not None:
            event = RecordCorrected(
                record_id=record,
                happened_at=said.event.happened_at,
                precision=said.event.precision,
                source_recorded_at=said.event.source_recorded_at,
                moved_from=MovedFrom(stream=said_of, record=record) if said_of else None,
                target=corrects,
                reason="revised by the source",
            )
            self._append(stream, *encode(event))
            index = 1
        state = said.state(record, index=index, count=count, batch=self.batch, said_of=said_of)
        self._append(stream, said.type_name, state)
        self._remember(said, stream, record, first, said_of)
        held = StandingFact(
            record.bytes, said.content_hash, said.timeless_hash, count, said.source_recorded_at,
            stream, said_of or stream,
        )  # fmt: skip
        self._stand(said, held)
        self._tally(tally)

    def _where(self, said: Statement, beside: StandingFact | None) -> tuple[str, str | None]:
        """The file to store a statement in, and the home that it is said of if that is part of the file only
        by now (or was, when the record beside it was split off)."""
        stream = self.place(said)
        if beside is None or beside.stream_id is None:
            return stream, None
        return beside.stream_id, beside.said_of if beside.said_of != beside.stream_id else None

    def _moved(self, said: Statement, held: StandingFact) -> bool:
        """Whether a source now says of one home what it said of another."""
        of = held.said_of
        return of is not None and self.streams.get(said.subject) != self.goes_on.get(of, of)

    def _move(self, said: Statement, held: StandingFact, tx: Append) -> None:
        """Retracts what was said of the other home, and says it of this one."""
        assert held.record_id is not None
        assert held.stream_id is not None
        target, count, stream = UUID(bytes=held.record_id), held.changes + 1, held.stream_id
        if stream not in self.versions:
            self.versions.update(tx.versions([stream]))
        event = RecordRetracted(
            record_id=uuid5(RECORDS, f"moved\x1f{target}\x1f{count}"),
            happened_at=said.event.happened_at,
            precision=said.event.precision,
            target=target,
            reason="moved to another home by the source",
            source=SourceRef(
                name=said.source,
                key=said.key,
                fact=said.fact,
                content_hash=held.content_hash,
                timeless_hash=held.timeless_hash,
                count=count,
                batch=self.batch,
            ),
        )
        self._append(stream, *encode(event))
        self.records += side_rows(stream, self.versions[stream], [event]).records
        self._store(said, count, None, "corrected")

    def _supersede(self, said: Statement, held: StandingFact, tx: Append) -> None:
        """An older statement of a source than the one that stands: kept, and superseded at once."""
        if any(self._is_stored(said.record_id(count), tx) for count in range(held.changes + 1)):
            self._tally("known")
            return
        record = said.record_id(held.changes)
        assert held.record_id is not None
        stream, said_of = self._where(said, held)
        first = self.versions.get(stream, 0) + 1
        state = said.state(
            record, count=held.changes, batch=self.batch, superseded_by=UUID(bytes=held.record_id),
            said_of=said_of,
        )  # fmt: skip
        self._append(stream, said.type_name, state)
        self._remember(said, stream, record, first, said_of)
        self._tally("superseded")

    def _is_stored(self, record: UUID, tx: Append) -> bool:
        return record.bytes in self.fresh or tx.one(sql.SELECT_RECORD, (record.bytes,)) is not None

    def place(self, said: Statement) -> str:
        """The stream that a statement is about; what opens one makes its keys known."""
        stream = self.streams.get(said.subject)
        if stream is None:
            if not said.registers:
                raise _unregistered(said)
            stream = stream_for(said.of, said.subject)
            self._key(said.subject, stream)
        if said.registers:
            for key in said.event.keys:  # type: ignore[attr-defined]
                if self.streams.get(key) is None:
                    self._key(key, stream)
        return stream

    def _key(self, key: str, stream: str) -> None:
        self.streams[key] = stream
        self.keys.append((key, stream))

    def _append(self, stream: str, type_name: str, state: bytes) -> None:
        version = self.versions.get(stream, 0) + 1
        self.versions[stream] = version
        self.events.append(StoredEvent(stream, version, type_name, state))

    def _remember(
        self, said: Statement, stream: str, record: UUID, version: int, said_of: str | None
    ) -> None:
        batch = self.batch.bytes if self.batch else None
        self.records.append((record.bytes, stream, version, said.content_hash, batch, said_of))
        self.fresh.add(record.bytes)

    def _stand(self, said: Statement, held: StandingFact) -> None:
        if said.source:
            slot = (said.fact, said.key)
            self.standing[slot] = held
            self.facts[slot] = (said.source, said.fact, said.key, *held[:5])

    def _tally(self, what: str) -> None:
        self.tallies[what] += 1

    @property
    def counts(self) -> Counts:
        """What became of the statements so far."""
        return Counts(**self.tallies)

    def side(self) -> SideRows:
        """The rows of the side tables."""
        return SideRows(self.records, list(self.facts.values()), self.keys)


def _unregistered(said: Statement) -> NotPermittedError:
    home = said.of == "dwelling"
    return NotPermittedError(
        f"the {'home' if home else said.of} {said.subject!r} is not registered",
        todo="Record its registration first, or import a file that holds it.",
        code="RW-UNKNOWN-DWELLING" if home else "RW-UNKNOWN-SUBJECT",
    )


def _same(said: Statement, held: StandingFact) -> bool:
    """An equal statement; or one known only by when it was first seen that adds nothing to what stands."""
    if said.event.precision == "first_seen":
        return said.timeless_hash == held.timeless_hash
    return said.content_hash == held.content_hash


def _older(said: Statement, held: StandingFact) -> bool:
    seen, stood = said.source_recorded_at, held.source_recorded_at
    return seen is not None and stood is not None and seen < stood
