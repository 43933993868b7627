"""An import from file to ledger: chunk by chunk, never stopping at a bad row, safe to interrupt and to
run again."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.binding import bind
from rentalwatch.importers.change_log import change_log
from rentalwatch.importers.following import Follower, Item
from rentalwatch.importers.given import completed
from rentalwatch.importers.mapping import load
from rentalwatch.importers.problems import RowError, wrong_width
from rentalwatch.importers.reading import Source, as_it_was, cells, look_through, objects
from rentalwatch.importers.record import CANONICAL, statement
from rentalwatch.importers.snapshots import snapshot, taken_at
from rentalwatch.importers.spreadsheet.cells import fault
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.batches import Batch
from rentalwatch.ledger.intake import Counts
from rentalwatch.ledger.statements import Statement
from rentalwatch.rulebooks.rules import SHIPPED, Rules

CHUNK = 960
"""Statements a commit: most become one event, and a commit holds at most 1,000."""
CHUNK_BYTES = 500_000
"""Bytes of statements a commit, below the ledger's limit of 1 MiB once envelopes are added."""

CELL_BYTES = 40
"""About what a cell of a snapshot weighs that is kept beside a statement."""

COLLECT_EVERY = 50_000
"""Objects between two looks for cycles: about one chunk."""

NEEDED = ("kind", "key")
"""Columns without which no row is a record, beside one of `ABOUT`."""
ABOUT = ("dwelling", "estate", "sublandlord", "action", "case", "programme")
"""Columns that say what a record is about."""


@dataclass(frozen=True)
class Rejected:
    """A row that was refused: its number, its cells as they were, and why."""

    number: int
    cells: list[str]
    error: RowError


@dataclass
class Tally:
    """What an import has done so far."""

    rows: int = 0
    records: int = 0
    rejected: int = 0
    counts: Counts = field(default_factory=Counts)
    stopped: str = ""
    """Why it ended early: "", "interrupted", "too many errors"."""

    @property
    def events_added(self) -> int:
        return self.counts.added + 2 * self.counts.corrected + self.counts.superseded


@dataclass(frozen=True)
class Plan:
    """A file that was looked through and can be imported."""

    source: Source
    name: str
    mapping_hash: str
    rows: Callable[[Ledger], Iterator[Item]]
    """What its lines state. Snapshots are compared with what the ledger holds of their source; raises
    InvalidInputError before anything is stored if that cannot be."""


def plan(
    path: Path,
    mapping_name: str,
    now: datetime,
    *,
    sheet: str = "",
    given: Mapping[str, str] | None = None,
    snapshot_at: str = "",
    confirm_missing: bool = False,
    rules: Rules = SHIPPED,
) -> Plan:
    """Looks a file through and binds its mapping. `sheet`: which one of a spreadsheet; `given`: what the
    mapping asks for beside the file; `snapshot_at`: when a snapshot was taken, a day or an instant;
    `confirm_missing`: many of the rows that it showed before may be gone; `rules`: those that count in the
    ledger it goes to.

    Raises InvalidInputError, NotFoundError.
    """
    if mapping_name == CANONICAL:
        source = look_through(path, sheet=sheet, wanted=NEEDED)
        _refuse_given(given)
        _need_columns(source)
        return Plan(source, CANONICAL, CANONICAL, lambda _: _canonical(source, now, rules))
    mapping, mapping_hash = load(mapping_name, rules.names())
    source = look_through(path, sheet=sheet, wanted=sorted(mapping.used_columns()))
    header, complete = completed(mapping, source.header, given or {})
    if given:
        mapping_hash = hashlib.sha256(repr((mapping_hash, sorted(given.items()))).encode()).hexdigest()
    unreadable = _unreadable(source, mapping.used_columns())

    def prepared(row: list[str]) -> list[str]:
        unreadable(row)
        return complete(row)

    if mapping.follows:
        follower = Follower(mapping, header, now, prepared, rules)
        follow = _followed(source, follower, snapshot_at, confirm_missing)
        return Plan(source, mapping.source, mapping_hash, follow)
    convert = bind(mapping, header, now, rules=rules)

    def rows(_: Ledger) -> Iterator[Item]:
        for number, row in cells(source):
            try:
                yield number, row, convert(prepared(row))
            except RowError as e:
                yield number, row, e

    return Plan(source, mapping.source, mapping_hash, rows)


def _refuse_given(given: Mapping[str, str] | None) -> None:
    if given:
        raise InvalidInputError(
            "--set goes with a mapping that asks for it", todo="Name the mapping with --mapping.",
            code="RW-OPTIONS",
        )  # fmt: skip


def _unreadable(source: Source, used: Collection[str]) -> Callable[[list[str]], None]:
    """Refuses a row in which a cell that is used has no value to be read, such as #REF!."""
    places = [(i, name) for i, name in enumerate(source.header) if name in used]

    def refuse(row: list[str]) -> None:
        for i, name in places:
            if (wrong := fault(name, row[i])) is not None:
                raise wrong

    return refuse if source.sheet is not None else lambda _: None


def _followed(
    source: Source, follower: Follower, snapshot_at: str, confirm_missing: bool
) -> Callable[[Ledger], Iterator[Item]]:
    mapping = follower.mapping
    if mapping.changes is not None:
        return partial(change_log, source=source, follower=follower, words=mapping.changes)
    taken = taken_at(snapshot_at or mapping.snapshot_at, source.path, mapping.zone, report=source.report)
    return partial(snapshot, source=source, follower=follower, taken=taken, confirm_missing=confirm_missing)


def _need_columns(source: Source) -> None:
    if source.form == "ndjson":
        return
    missing = [c for c in NEEDED if c not in source.header]
    if not any(about in source.header for about in ABOUT):
        missing.append(" or ".join(ABOUT))
    if missing:
        raise InvalidInputError(
            f"{source.path.name} holds no canonical records: it has no column {', '.join(missing)}",
            todo="Name its mapping with --mapping; `rentalwatch source list` shows those there are.",
            code="RW-COLUMN-MISSING",
        )


def _canonical(source: Source, now: datetime, rules: Rules) -> Iterator[Item]:
    for number, shown, record in _canonical_rows(source):
        try:
            if isinstance(record, RowError):
                raise record
            if not isinstance(record, dict):
                raise RowError("RW-JSON", value=str(shown[0]), what="is not a JSON object")
            said = statement(record, now=now, source=CANONICAL, rules=rules)
            if not said.key:
                raise RowError(
                    "RW-FIELD", column="key", what="is missing", todo="give each record a key of its own"
                )
            yield number, shown, [said]
        except RowError as e:
            yield number, shown, e


def _canonical_rows(source: Source) -> Iterator[tuple[int, list[str], Any]]:
    if source.form == "ndjson":
        for number, line, found in objects(source):
            yield number, [line], found
    else:
        unreadable = _unreadable(source, source.header)
        exported = "record" in source.header
        for number, found in cells(source):
            row = as_it_was(found) if exported else found
            if len(row) == len(source.header):
                try:
                    unreadable(row)
                except RowError as e:
                    yield number, row, e
                    continue
                yield number, row, dict(zip(source.header, row, strict=True))
            else:
                yield number, row, wrong_width(len(row), len(source.header))


def run(
    ledger: Ledger,
    planned: Plan,
    *,
    on_progress: Callable[[Tally], None],
    on_rejected: Callable[[Rejected], None],
    max_errors: int | None = None,
) -> tuple[Batch, Tally]:
    """Imports a planned file as one batch.

    Guarantees: each chunk is one commit; a row is taken whole or not at all; an interruption keeps what
    was committed, and running it again adds only the rest.
    """
    batch = Batch(
        uuid4(), planned.name, planned.source.path.name, planned.source.sha256, planned.mapping_hash,
        ledger.recorder.clock(), None, "open", 0, 0, 0, 0, 0, "",
    )  # fmt: skip
    rows = planned.rows(ledger)
    batches.begin(ledger, batch)
    tally = Tally()
    try:
        with seldom_collecting():
            _take_all(ledger, rows, planned, batch.batch, tally, on_progress, on_rejected, max_errors)
    except KeyboardInterrupt:
        tally.stopped = "interrupted"
    batch = replace(
        batch,
        ended_at=ledger.recorder.clock(),
        state="stopped" if tally.stopped else "done",
        rows=tally.rows,
        records=tally.records,
        events_added=tally.events_added,
        already_known=tally.counts.known,
        rejected=tally.rejected,
        reason=tally.stopped,
    )
    batches.finish(ledger, batch)
    return batch, tally


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """A chunk makes many objects that live until its commit, and hardly a cycle: looking for cycles every
    700 objects, as Python does, costs a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _take_all(
    ledger: Ledger,
    lines: Iterator[Item],
    planned: Plan,
    batch: UUID,
    tally: Tally,
    on_progress: Callable[[Tally], None],
    on_rejected: Callable[[Rejected], None],
    max_errors: int | None,
) -> None:
    def refuse(number: int, shown: list[str], error: RowError) -> None:
        tally.rejected += 1
        on_rejected(Rejected(number, shown, error))

    for chunk, rows in _chunks(lines, refuse):
        taken = ledger.take_rows([said for _, _, said in chunk], source=planned.name, batch=batch)
        for i, error in taken.refused:
            number, shown, _ = chunk[i]
            refuse(number, shown, RowError(error.code, column="", what=error.what, todo=error.todo))
        tally.counts += taken.counts
        tally.records += sum(len(said) for _, _, said in chunk)
        tally.rows += rows
        on_progress(tally)
        if max_errors is not None and tally.rejected > max_errors:
            tally.stopped = "too many errors"
            return


def _chunks(
    lines: Iterator[Item], refuse: Callable[[int, list[str], RowError], None]
) -> Iterator[tuple[list[tuple[int, list[str], list[Statement]]], int]]:
    """Rows that can be taken, in chunks of one commit each, with the number of rows read for it."""
    chunk: list[tuple[int, list[str], list[Statement]]] = []
    records = size = rows = 0
    for number, shown, said in lines:
        rows += number > 0
        if isinstance(said, RowError):
            refuse(number, shown, said)
            continue
        weight = sum(len(s.stated) + CELL_BYTES * len(s.cells) for s in said)
        if chunk and (records + len(said) > CHUNK or size + weight > CHUNK_BYTES):
            yield chunk, rows - (number > 0)
            chunk, records, size, rows = [], 0, 0, int(number > 0)
        chunk.append((number, shown, said))
        records += len(said)
        size += weight
    if rows or chunk:
        yield chunk, rows
