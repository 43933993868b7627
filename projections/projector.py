"""`apply`: the only way rows change. Takes events in, judges each file again once per commit that
touched it, and writes the difference (D7, D8).

A fold may rely on the order within a stream, never on the order between streams.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from projections.clocks import CLOCKS
from projections.database import Many, insert_many
from projections.files import FACTS, FILES, PARKED, Identity, fact_row, identity, may_rename, read_facts
from projections.history import CLAIMS, ROUNDS, STATES
from projections.spans import BOTH, LEDGER, SOURCE, Changes, SpanTable
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judge import Running
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.codec import UndecodableError
from rentalwatch.ledger.store import Recorded

TABLES: dict[type, SpanTable] = {t.kind: t for t in (STATES, ROUNDS, CLAIMS, CLOCKS)}

_INSERT_FACTS, _INSERT_PARKED, _INSERT_FILES = map(insert_many, (FACTS, PARKED, FILES))
_STATED = [c.name for c in FILES.columns if not c.primary_key]
_UPDATE_FILES = Many(
    FILES.update()
    .where(FILES.c.stream_id == sa.bindparam("b_stream"))
    .values({name: sa.bindparam(name) for name in _STATED}),
    [*_STATED, "b_stream"],
)

REMEMBERED_FACTS = 40_000
"""How many facts of recently touched files are kept decoded between batches: about 60 MB."""


class GapError(Exception):
    """A version is missing in a stream that was healthy: the source skipped an event. Never folded over."""


@dataclass
class FileState:
    """A file as the projector last wrote it."""

    last_version: int = 0
    exists: bool = False
    parked: bool = False
    sourced: bool = False
    named: Identity = field(default_factory=Identity)
    judged: Running = field(default_factory=Running)

    @property
    def facts(self) -> list[Fact]:
        return self.judged.facts


class Projector:
    """Folds batches of events into the read models. One may write at a time; see `checkpoints`."""

    def __init__(self, remember: int = REMEMBERED_FACTS) -> None:
        self.remember = remember
        self.files: OrderedDict[str, FileState] = OrderedDict()
        self.remembered = 0

    def forget(self) -> None:
        """Drops what it remembers of files: after it was overtaken, or a batch failed."""
        self.files.clear()
        self.remembered = 0

    def apply(self, batch: Sequence[Recorded], connection: sa.Connection) -> None:
        """Writes what a batch of events changes. Repeats are dropped; an event that cannot be decoded
        parks its stream. Raises GapError; NewerVersionError pauses the reader."""
        streams: dict[str, list[Recorded]] = {}
        for row in batch:
            streams.setdefault(row.stream_id, []).append(row)
        self._load(connection, streams)
        writes = _Writes(connection)
        for stream, rows in streams.items():
            self._fold(stream, rows, writes)
        writes.write()
        self._shrink()

    def _fold(self, stream: str, rows: Sequence[Recorded], writes: _Writes) -> None:
        file = self.files[stream]
        fresh = [row for row in rows if row.version > file.last_version]
        if not fresh:
            return
        for expected, row in enumerate(fresh, start=file.last_version + 1):
            if row.version != expected:
                raise GapError(f"{stream}: version {row.version} came where {expected} was due")
        for recorded_at, commit in groupby(fresh, key=lambda row: row.recorded_at):
            self._fold_commit(stream, file, list(commit), recorded_at, writes)
        file.last_version = fresh[-1].version
        writes.files[stream] = file

    def _fold_commit(
        self, stream: str, file: FileState, rows: list[Recorded], at: Micros, writes: _Writes
    ) -> None:
        taken = _decoded(file, rows, writes)
        if not taken:
            return
        if file.facts and file.facts[-1].recorded_at == at:
            taken = self._rewind(writes.connection, stream, file, at) + taken
        writes.changes.restate(stream, *file.judged.add(taken), at)
        self.remembered += len(taken)
        if any(may_rename(f.event) for f in taken):
            file.named = identity(file.facts)
        if not file.sourced and any(f.event.source_recorded_at is not None for f in taken):
            file.sourced = True
            writes.split.append(stream)
        if file.sourced:
            writes.sourced[stream] = file.facts

    def _rewind(self, connection: sa.Connection, stream: str, file: FileState, at: Micros) -> list[Fact]:
        """The rest of a commit is judged with its beginning as if they had come together: once per commit,
        wherever a batch ended (D8). Returns the beginning."""
        for table in TABLES.values():
            table.rewind(connection, stream, at)
        begun = [fact for fact in file.facts if fact.recorded_at == at]
        before = file.facts[: -len(begun)]
        file.judged = Running()
        file.judged.add(before)
        self.remembered -= len(begun)
        return begun

    def _load(self, connection: sa.Connection, streams: Iterable[str]) -> None:
        """Reads back files that it does not remember."""
        missing = []
        for stream in streams:
            if stream in self.files:
                self.files.move_to_end(stream)
            else:
                self.files[stream] = FileState()
                missing.append(stream)
        for start in range(0, len(missing), 500):
            self._load_some(connection, missing[start : start + 500])

    def _load_some(self, connection: sa.Connection, streams: list[str]) -> None:
        c = FILES.c
        known = connection.execute(sa.select(FILES).where(c.stream_id.in_(streams))).mappings().all()
        if not known:
            return
        names = [row["stream_id"] for row in known]
        facts = read_facts(connection, names)
        for row in known:
            file = self.files[row["stream_id"]]
            file.exists = True
            file.last_version, file.parked = row["last_version"], bool(row["parked"])
            file.sourced = bool(row["sourced"])
            file.named = Identity(*(row[name] for name in Identity._fields))
            file.judged.add(facts.get(row["stream_id"], ()))
            self.remembered += len(file.facts)

    def _shrink(self) -> None:
        while self.remembered > self.remember and self.files:
            _, file = self.files.popitem(last=False)
            self.remembered -= len(file.facts)


def _decoded(file: FileState, rows: Iterable[Recorded], writes: _Writes) -> list[Fact]:
    """Events as facts; from the first that cannot be decoded on, the file is parked."""
    taken: list[Fact] = []
    for row in rows:
        reason = "an earlier event of this file is parked"
        if not file.parked:
            try:
                taken.append(as_fact(row))
                writes.facts.append(fact_row(row))
                continue
            except UndecodableError as e:
                file.parked = True
                reason = e.what
        writes.parked.append((*fact_row(row), reason))
    return taken


class _Writes:
    """Everything one batch writes."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.changes = Changes()
        self.facts: list[tuple[Any, ...]] = []
        self.parked: list[tuple[Any, ...]] = []
        self.files: dict[str, FileState] = {}
        self.split: list[str] = []
        self.sourced: dict[str, list[Fact]] = {}

    def write(self) -> None:
        connection = self.connection
        _INSERT_FACTS.execute(connection, self.facts)
        _INSERT_PARKED.execute(connection, self.parked)
        self._write_files(connection)
        for table in TABLES.values():
            if self.split:
                connection.execute(
                    table.table.update().where(table.c.stream_id.in_(self.split)).values(axis=LEDGER)
                )
        self.changes.write(connection, TABLES, lambda s: LEDGER if self.files[s].sourced else BOTH)
        for stream, facts in self.sourced.items():
            _write_sourced(connection, stream, facts)

    def _write_files(self, connection: sa.Connection) -> None:
        new, old = [], []
        for stream, file in self.files.items():
            row = (file.last_version, int(file.parked), int(file.sourced), *file.named)
            if file.exists:
                old.append((*row, stream))
            else:
                new.append((stream, *row))
                file.exists = True
        _INSERT_FILES.execute(connection, new)
        _UPDATE_FILES.execute(connection, old)


def _write_sourced(connection: sa.Connection, stream: str, facts: list[Fact]) -> None:
    """The rows for what the source knew when: made anew, since a fact may arrive after later ones."""
    for table in TABLES.values():
        connection.execute(table.table.delete().where(table.c.stream_id == stream, table.c.axis == SOURCE))
    changes, judged = Changes(), Running("source")
    for at, known in groupby(sorted(facts, key=lambda f: f.known_to_source), key=lambda f: f.known_to_source):
        changes.restate(stream, *judged.add(known), at)
    changes.write(connection, TABLES, lambda _: SOURCE)
