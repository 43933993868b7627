"""Source A of the projector: the ledger itself (embedded, and every rebuild)."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from projections import checkpoints
from projections.careful import fold
from projections.checkpoints import OvertakenError
from projections.database import create, file_of, older_files, open_sqlite, without_indexes, writing
from projections.projector import Projector
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.store import Recorded

PAGE = 5_000
"""Events a transaction: large enough that a commit costs little, small enough that readers wait little."""

Progress = Callable[[int, int], None]
"""Called with (events taken, events in the ledger)."""


def open_read_models(folder: Path) -> sa.Engine:
    """The embedded read models of a data folder."""
    engine = open_sqlite(file_of(folder))
    create(engine)
    for leftover in older_files(folder):
        leftover.unlink(missing_ok=True)
    return engine


def catch_up(ledger: Ledger, engine: sa.Engine, on_progress: Progress | None = None) -> int:
    """Takes everything in that the ledger has and the read models have not; returns how many events.

    Safe when several processes do it at once: one writes, the others notice and read on.
    """
    with without_collector():
        return _catch_up(ledger, engine, on_progress)


def _catch_up(ledger: Ledger, engine: sa.Engine, on_progress: Progress | None) -> int:
    projector = Projector()
    total = ledger.recorder.max_notification_id() or 0
    taken = 0
    while True:
        with engine.connect() as connection:
            position, _ = checkpoints.load(connection)
        batch = _whole_commits(ledger.recorder.read_recorded(position, PAGE))
        if not batch:
            return taken
        try:
            fold(engine, projector, batch, partial(_move, position, batch), partial(_count, batch))
        except OvertakenError:
            continue
        taken += len(batch)
        if on_progress is not None:
            on_progress(batch[-1].position, total)


def _move(position: int, batch: list[Recorded], connection: sa.Connection) -> None:
    checkpoints.move(connection, position, batch[-1].position, batch[-1].recorded_at)


def _count(batch: list[Recorded], connection: sa.Connection, new: dict[str, int]) -> None:
    checkpoints.count(connection, batch[-1].position, sum(new.values()))


def _whole_commits(page: list[Recorded]) -> list[Recorded]:
    """A full page without the commit that it may have cut, so that readers never see half of one; a commit
    larger than a page comes in parts."""
    if len(page) < PAGE:
        return page
    return [row for row in page if row.recorded_at != page[-1].recorded_at] or page


@contextmanager
def without_collector() -> Iterator[None]:
    """A batch makes many objects and hardly a cycle: looking for cycles meanwhile costs a third of the time.
    For a loop of batches around the whole of it: switched on in between, the collector would look through all
    that is remembered, again and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def rebuild(ledger: Ledger, path: Path, on_progress: Progress | None = None) -> None:
    """Fills read models at `path` from nothing, beside any that are in use."""
    for leftover in path.parent.glob(path.name + "*"):
        leftover.unlink()
    engine = open_sqlite(path)
    try:
        create(engine)
        with without_indexes(engine):
            fill(ledger, engine, on_progress)
        catch_up(ledger, engine, on_progress)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def fill(ledger: Ledger, engine: sa.Engine, on_progress: Progress | None) -> None:
    """Takes the whole ledger in, file by file: a fold relies on the order within a stream only, so no file
    has to be read back for its next event. The checkpoint comes last: nobody reads these rows before."""
    upto = ledger.recorder.max_notification_id() or 0
    projector = Projector(remember=0)
    recorded_to = taken = 0
    last = ("", 0)
    with without_collector():
        while batch := ledger.recorder.read_file_by_file(last, upto, PAGE):
            fold(engine, projector, batch, _nothing, _nothing)
            last = (batch[-1].stream_id, batch[-1].version)
            recorded_to = max(recorded_to, *(row.recorded_at for row in batch))
            taken += len(batch)
            if on_progress is not None:
                on_progress(taken, upto)
    if taken:
        with writing(engine).begin() as connection:
            checkpoints.move(connection, 0, upto, recorded_to)
            checkpoints.count(connection, upto, taken)


def _nothing(*_: object) -> None:
    """The checkpoint comes last."""


def swap(fresh: Path, used: Path) -> None:
    """Puts freshly built read models in the place of those in use, in one transaction: readers see the
    old rows until it commits, and a crash leaves them."""
    with closing(sqlite3.connect(fresh)) as source, closing(sqlite3.connect(used, timeout=30)) as target:
        source.backup(target)
    for leftover in fresh.parent.glob(fresh.name + "*"):
        leftover.unlink()
