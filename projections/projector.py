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

from projections import checkpoints
from projections.clocks import CLOCKS
from projections.files import FACTS, FILES, PARKED, Identity, fact_row, identity, read_facts
from projections.history import CLAIMS, ROUNDS, STATES
from projections.spans import BOTH, LEDGER, SOURCE, Changes, Known, SpanTable
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judge import judge
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.codec import UndecodableError
from rentalwatch.ledger.store import Recorded

TABLES: dict[type, SpanTable] = {t.kind: t for t in (STATES, ROUNDS, CLAIMS, CLOCKS)}

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
    facts: list[Fact] = field(default_factory=list)
    held: dict[type, dict[Known, Micros]] = field(default_factory=lambda: {kind: {} for kind in TABLES})


class Projector:
    """Folds batches of events into the read models. One at a time may write; see `checkpoints`."""

    def __init__(self) -> None:
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
        taken: list[Fact] = []
        for row in rows:
            if not file.parked:
                try:
                    taken.append(as_fact(row))
                    writes.facts.append(fact_row(row))
                    continue
                except UndecodableError as e:
                    file.parked = True
                    reason = e.what
            else:
                reason = "an earlier event of this file is parked"
            writes.parked.append({**fact_row(row), "reason": reason})
        if not taken:
            return
        if file.facts and file.facts[-1].recorded_at == at:
            self._rewind(writes.connection, stream, file, at)
        file.facts.extend(taken)
        self.remembered += len(taken)
        file.named = identity(file.facts)
        if not file.sourced and any(f.event.source_recorded_at is not None for f in taken):
            file.sourced = True
            writes.split.append(stream)
        spans = judge(file.facts).spans
        for kind, table in TABLES.items():
            new = [s for s in spans if type(s.row) is kind]
            writes.changes.restate(table, stream, file.held[kind], new, at)
        if file.sourced:
            writes.sourced[stream] = file.facts

    def _rewind(self, connection: sa.Connection, stream: str, file: FileState, at: Micros) -> None:
        """The rest of a commit is judged with its beginning as if they had come together: once per commit,
        wherever a batch ended (D8)."""
        for kind, table in TABLES.items():
            table.rewind(connection, stream, at)
            file.held[kind] = table.read_open(connection, [stream]).get(stream, {})

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
            file.facts = facts.get(row["stream_id"], [])
            self.remembered += len(file.facts)
        for kind, table in TABLES.items():
            for stream, held in table.read_open(connection, names).items():
                self.files[stream].held[kind] = held

    def _shrink(self) -> None:
        while self.remembered > REMEMBERED_FACTS and self.files:
            _, file = self.files.popitem(last=False)
            self.remembered -= len(file.facts)


class _Writes:
    """Everything one batch writes."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.changes = Changes()
        self.facts: list[dict[str, Any]] = []
        self.parked: list[dict[str, Any]] = []
        self.files: dict[str, FileState] = {}
        self.split: list[str] = []
        self.sourced: dict[str, list[Fact]] = {}

    def write(self) -> None:
        connection = self.connection
        if self.facts:
            connection.execute(FACTS.insert(), self.facts)
        if self.parked:
            connection.execute(PARKED.insert(), self.parked)
        self._write_files(connection)
        for table in TABLES.values():
            if self.split:
                connection.execute(
                    table.table.update().where(table.c.stream_id.in_(self.split)).values(axis=LEDGER)
                )
        self.changes.write(connection, lambda stream: LEDGER if self.files[stream].sourced else BOTH)
        for stream, facts in self.sourced.items():
            _write_sourced(connection, stream, facts)

    def _write_files(self, connection: sa.Connection) -> None:
        new, old = [], []
        for stream, file in self.files.items():
            row = {
                "last_version": file.last_version,
                "parked": int(file.parked),
                "sourced": int(file.sourced),
                **file.named._asdict(),
            }
            if file.exists:
                old.append({"b_stream": stream, **row})
            else:
                new.append({"stream_id": stream, **row})
                file.exists = True
        if new:
            connection.execute(FILES.insert(), new)
        if old:
            update = FILES.update().where(FILES.c.stream_id == sa.bindparam("b_stream"))
            connection.execute(update, old)


def _write_sourced(connection: sa.Connection, stream: str, facts: list[Fact]) -> None:
    """The rows for what the source knew when: made anew, since a fact may arrive after later ones."""
    changes = Changes()
    held: dict[type, dict[Known, Micros]] = {kind: {} for kind in TABLES}
    for table in TABLES.values():
        connection.execute(table.table.delete().where(table.c.stream_id == stream, table.c.axis == SOURCE))
    for at in sorted({f.known_to_source for f in facts}):
        spans = judge([f for f in facts if f.known_to_source <= at], "source").spans
        for kind, table in TABLES.items():
            new = [s for s in spans if type(s.row) is kind]
            changes.restate(table, stream, held[kind], new, at)
    changes.write(connection, lambda _: SOURCE)


__all__ = ["FOREVER", "GapError", "Projector", "checkpoints"]
