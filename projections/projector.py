"""`apply`: the only way rows change. Takes events in, judges each file again once per commit that
touched it, and writes the difference (D7, D8).

A fold may rely on the order within a stream, never on the order between streams.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter

import sqlalchemy as sa

from projections.database import is_postgres
from projections.files import FILES, Identity, fact_row, identity, may_rename, read_facts
from projections.writes import TABLES, FileState, Writes
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judge import Running
from rentalwatch.domain.streams import kind_of
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.codec import NewerVersionError, UndecodableError
from rentalwatch.ledger.store import Recorded

REMEMBERED = 40_000
"""How many files that were touched lately, and facts of theirs, are kept decoded between batches: a file with
what it reads as costs as much as a fact, some 4 KB each; about 160 MB in all."""

AT_ONCE = 500
"""How many files are read back at once."""


class GapError(Exception):
    """A version is missing in a stream that was healthy: the source skipped an event. Never folded over."""

    def __init__(self, stream_id: str, version: int, due: int) -> None:
        super().__init__(f"{stream_id}: version {version} came where {due} was due")
        self.stream_id = stream_id


class UnfoldableError(Exception):
    """The fold itself failed at some event of a stream. `careful.fold` finds out which, and parks it."""


Refused = Mapping[tuple[str, int], str]
"""(stream, version) of an event that is to be parked → why."""


class Projector:
    """Folds batches of events into the read models. One may write at a time; see `checkpoints`."""

    def __init__(self, remember: int = REMEMBERED) -> None:
        self.remember = remember
        self.files: OrderedDict[str, FileState] = OrderedDict()
        self.remembered = 0

    def forget(self) -> None:
        """Drops what it remembers of files: after it was overtaken, or a batch failed."""
        self.files.clear()
        self.remembered = 0

    def apply(
        self, batch: Iterable[Recorded], connection: sa.Connection, refused: Refused | None = None
    ) -> dict[str, int]:
        """Writes what a batch of events changes; returns stream → how many of its events were new. Repeats
        are dropped; an event that cannot be decoded, or is in `refused`, parks its stream.

        Raises GapError, UnfoldableError; NewerVersionError pauses the reader. Whatever is raised: what was
        written must be rolled back, and what is remembered forgotten.
        """
        streams: dict[str, list[Recorded]] = {}
        for row in batch:
            streams.setdefault(row.stream_id, []).append(row)
        writes = Writes(connection, refused or {})
        for portion in self._portions(connection, streams):
            for stream in portion:
                self._fold(stream, streams[stream], writes)
            self._shrink(portion)
        writes.write()
        return writes.new

    def _portions(self, connection: sa.Connection, streams: Iterable[str]) -> Iterator[list[str]]:
        """The files that a batch touches: those remembered, then some of the others at a time, read back when
        their turn comes. All at once would be the facts of as many files as the batch has events."""
        known: list[str] = []
        missing: list[str] = []
        for stream in streams:
            (known if stream in self.files else missing).append(stream)
        for stream in known:
            self.files.move_to_end(stream)
        yield known
        for start in range(0, len(missing), AT_ONCE):
            portion = missing[start : start + AT_ONCE]
            for stream in portion:
                self.files[stream] = FileState(judged=Running(of=kind_of(stream)))
            self.remembered += len(portion)
            self._read_back(connection, portion)
            yield portion

    def _fold(self, stream: str, rows: Sequence[Recorded], writes: Writes) -> None:
        file = self.files[stream]
        fresh = [row for row in rows if row.version > file.last_version]
        if not fresh:
            return
        for expected, row in enumerate(fresh, start=file.last_version + 1):
            if row.version != expected:
                raise GapError(stream, row.version, expected)
        with _unfoldable(stream):
            for recorded_at, commit in groupby(fresh, key=attrgetter("recorded_at")):
                self._fold_commit(stream, file, list(commit), recorded_at, writes)
            if file.sourced:
                writes.know_sourced(stream, file.facts)
        file.last_version = fresh[-1].version
        writes.new[stream] = len(fresh)
        writes.files[stream] = file

    def _fold_commit(
        self, stream: str, file: FileState, rows: list[Recorded], at: Micros, writes: Writes
    ) -> None:
        taken = _decoded(file, rows, writes)
        if not taken:
            return
        if file.facts and file.facts[-1].recorded_at == at:
            taken = self._rewind(writes.connection, stream, file, at) + taken
        writes.changes.restate(stream, *file.judged.add(taken), at)
        self.remembered += len(taken)
        if any(map(may_rename, (f.event for f in taken))):
            file.named = identity(file.facts)
        if not file.sourced and any(f.event.source_recorded_at is not None for f in taken):
            file.sourced = True
            writes.split.append(stream)

    def _rewind(self, connection: sa.Connection, stream: str, file: FileState, at: Micros) -> list[Fact]:
        """The rest of a commit is judged with its beginning as if they had come together: once per commit,
        wherever a batch ended (D8). Returns the beginning."""
        for table in TABLES.values():
            table.rewind(connection, stream, at)
        begun = [fact for fact in file.facts if fact.recorded_at == at]
        before = file.facts[: -len(begun)]
        file.judged = Running(of=kind_of(stream))
        file.judged.add(before)
        self.remembered -= len(begun)
        return begun

    def _read_back(self, connection: sa.Connection, streams: list[str]) -> None:
        """Files that it does not remember, as they were last written."""
        c = FILES.c
        query = sa.select(FILES)
        known = {
            row["stream_id"]: row
            for row in connection.execute(query.where(c.stream_id.in_(streams))).mappings()
        }
        parked = [stream for stream, row in known.items() if row["parked"]]
        if parked and is_postgres(connection):  # somebody may be replaying it: wait, and read what came of it
            again = connection.execute(query.where(c.stream_id.in_(parked)).with_for_update()).mappings()
            known.update((row["stream_id"], row) for row in again)
        if not known:
            return
        facts = read_facts(connection, known)
        for stream, row in known.items():
            file = self.files[stream]
            file.exists = True
            file.last_version, file.parked = row["last_version"], bool(row["parked"])
            file.sourced = bool(row["sourced"])
            file.named = Identity(*(row[name] for name in Identity._fields))
            file.judged.add(facts.get(stream, ()))
            self.remembered += len(file.facts)

    def _shrink(self, streams: Iterable[str]) -> None:
        """Parked files are never remembered: whoever replays one changes it past this projector."""
        for stream in streams:
            if self.files[stream].parked:
                self._drop(self.files.pop(stream))
        while self.remembered > self.remember and self.files:
            self._drop(self.files.popitem(last=False)[1])

    def _drop(self, file: FileState) -> None:
        self.remembered -= 1 + len(file.facts)
        file.judged = Running()  # the batch still writes how far it came, and needs no facts for that


@contextmanager
def _unfoldable(stream: str) -> Iterator[None]:
    try:
        yield
    except (NewerVersionError, sa.exc.SQLAlchemyError):
        raise
    except Exception as e:
        raise UnfoldableError(f"{stream} cannot be folded: {type(e).__name__}: {e}") from e


def _decoded(file: FileState, rows: Iterable[Recorded], writes: Writes) -> list[Fact]:
    """Events as facts; from the first that cannot be applied on, the file is parked."""
    taken: list[Fact] = []
    for row in rows:
        reason = writes.refused.get((row.stream_id, row.version), "an earlier event of this file is parked")
        if not file.parked and (row.stream_id, row.version) not in writes.refused:
            try:
                taken.append(as_fact(row))
                writes.facts.append(fact_row(row))
                continue
            except UndecodableError as e:
                reason = e.what
        file.parked = True
        writes.parked.append((*fact_row(row), reason.replace("\0", "\\0")))
    return taken
