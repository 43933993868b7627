"""Signals from a file into a data folder 信号导入: the same evaluation as in a cluster, in this process.

A file is known by what it holds, unpacked: taken in again it adds nothing, and one that was broken off goes
on where it was kept last. What comes through a pipe is a source of its own each time; twice, its readings are
known already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import sqlalchemy as sa

from projections.database import writing
from projections.generations import at_live
from rentalwatch.early_warning import publishing
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.early_warning.lines import STANDARD, content_of, lines, opened
from rentalwatch.early_warning.machine import Machine, Result
from rentalwatch.early_warning.partition import Placed
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.application import Ledger

UNKEPT_READINGS = 2_000_000
"""Readings that are judged again after a crash at most: some ten seconds' worth."""

BATCH_BYTES = 8 << 20
BATCH_RECORDS = 256
"""Records that are judged before what came of them is recorded."""

PARTITION = 0
"""A file is one partition."""

Progress = Callable[[int, int], None]
"""Called with (bytes of the file that are done, bytes that it has; 0 where nobody knows)."""


@dataclass
class Ingested(Result):
    """How an ingest went. `records`: those read in this run; `before`: bytes that an earlier run took."""

    records: int = 0
    before: int = 0
    broken_off: bool = False
    estates: set[str] = field(default_factory=set)
    """Whose context was taken over."""


def ingest(
    ledger: Ledger,
    models: sa.Engine,
    signals: sa.Engine,
    name: str,
    rules: InForce,
    *,
    area: str = "",
    foreign: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_progress: Progress | None = None,
) -> Ingested:
    """Judges a file's readings; what rules found is in the ledger when this returns. `models`: the read
    models, caught up; `area`: of which the context is taken over; `foreign`: context comes from the file,
    too.

    `stop`: asked between batches; what was read until then is kept. Raises NotFoundError, InvalidInputError
    (a damaged file: what came before is kept), StorageError, OvertakenError (another process ingests the
    same file).
    """
    machine = Machine(ledger, signals, rules, most_unkept=UNKEPT_READINGS, foreign=foreign)
    source, size = _source(name)
    told = Ingested(before=machine.begin(source, PARTITION))
    _learn(machine, models, signals, area, told)
    report = (lambda _: None) if on_progress is None else (lambda done: on_progress(done, size))
    try:
        told.broken_off = _read(machine, name, told, stop, report)
    except InvalidInputError:  # the file ends in its middle: what came before it is kept
        machine.keep_all()
        raise
    told.add(machine.keep_all())
    if not told.broken_off:
        machine.end()
    return told


def _source(name: str) -> tuple[str, int]:
    """(what a source is known by, its bytes; 0 where nobody knows)."""
    if name == STANDARD:
        return f"pipe:{uuid4()}", 0
    content = content_of(name)
    return f"file:{content.digest}", content.size


def _learn(machine: Machine, models: sa.Engine, signals: sa.Engine, area: str, told: Ingested) -> None:
    """The context of every estate that changed, before any reading is judged."""
    with at_live(models) as known, signals.connect() as before:
        changed = list(publishing.changed(known, before, area))
    for found in changed:
        told.add(machine.learn(found.values))
        told.estates.add(found.estate)
    told.add(machine.keep_all())
    with writing(signals).begin() as connection:
        publishing.note(connection, changed)


def _read(
    machine: Machine,
    name: str,
    told: Ingested,
    stop: Callable[[], bool],
    report: Callable[[int], None],
) -> bool:
    """Whether it was broken off."""
    with opened(name) as file:
        for read, upto in _batches(lines(file)):
            batch = [placed for placed in read if placed.offset >= told.before]
            if batch:
                told.add(machine.take(batch, upto))
                told.records += len(batch)
                report(upto)
            if stop():
                return True
    return False


def _batches(read: Iterator[tuple[Placed, int]]) -> Iterator[tuple[list[Placed], int]]:
    """Some records at a time, and the place behind them."""
    batch: list[Placed] = []
    size = upto = 0
    for placed, upto in read:
        batch.append(placed)
        size += len(placed.record)
        if size >= BATCH_BYTES or len(batch) >= BATCH_RECORDS:
            yield batch, upto
            batch, size = [], 0
    if batch:
        yield batch, upto
