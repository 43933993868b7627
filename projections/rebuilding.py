"""The next generation of a cluster's read models: filled from the ledger beside the live one, then switched
to in one transaction (D9). No request fails, no event is skipped, workers go on where they were."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from projections import checkpoints, follow, switching
from projections.careful import apply_carefully
from projections.checkpoints import CHECKPOINTS, FOLDED, LEDGER_TOPIC
from projections.database import FOLD_VERSION, METADATA, without_indexes
from projections.follow import Progress
from projections.generations import Generation, live
from projections.parking import PARKED_RECORDS
from projections.postgres import in_schema, resolve_in
from projections.projector import Projector
from rentalwatch.errors import StorageError
from rentalwatch.ledger.application import Ledger

REBUILD_LOCK = 7_130_003
"""Advisory lock of the one process that rebuilds; a number of our own."""

NEAR = 500
"""Events that may be left to fold while the workers wait for the switch: some 50 ms."""

PATIENCE = 30.0
"""Seconds that the switch waits for batches under way before it gives up; one takes far less than one."""


def rebuild(
    ledger: Ledger, engine: sa.Engine, on_progress: Progress | None = None, fold_version: int = FOLD_VERSION
) -> Generation:
    """Builds the next generation from the ledger and switches to it; returns it.

    Guarantees: readers and workers go on meanwhile; whatever happens, exactly one generation is live and it
    is whole. What a rebuild that died left behind is dropped by the next. Raises StorageError (RW-BUSY:
    another rebuild is running, or a worker keeps its batch open), NewerVersionError, NotFoundError.
    """
    with _alone(engine):
        switching.drop_retired(engine)
        fresh = switching.begin_next(engine, fold_version, ledger.recorder.epoch)
        inside = in_schema(engine, fresh.schema)
        with without_indexes(inside):
            follow.fill(ledger, inside, on_progress)
        with inside.begin() as connection:  # nobody has, and the first questions come at once
            connection.exec_driver_sql(f"ANALYZE {', '.join(METADATA.tables)}")
        switch(ledger, engine, fresh, on_progress)
        switching.drop_retired(engine)
        return fresh


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[None]:
    """For as long as this connection lives; a process that dies lets go of it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = connection.execute(sa.select(sa.func.pg_try_advisory_lock(REBUILD_LOCK))).scalar_one()
        if not got:
            raise _busy("another process is rebuilding the read models", "Wait until it has finished.")
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(REBUILD_LOCK)))


def _busy(what: str, todo: str) -> StorageError:
    return StorageError(what, todo=todo, code="RW-BUSY")


def switch(ledger: Ledger, engine: sa.Engine, fresh: Generation, on_progress: Progress | None = None) -> None:
    """Catches up from the ledger, then makes `fresh` the live generation. Raises StorageError (RW-BUSY)."""
    inside = in_schema(engine, fresh.schema)
    give_up = time.monotonic() + PATIENCE
    while True:
        follow.catch_up(ledger, inside, on_progress)
        try:
            with engine.begin() as connection:
                if _switched(ledger, connection, fresh):
                    return
        except sa.exc.OperationalError as e:
            if not switching.is_lock_timeout(e):
                raise
            if time.monotonic() > give_up:
                raise _busy("a worker keeps its batch open", "Stop the worker that hangs.") from e


def _switched(ledger: Ledger, connection: sa.Connection, fresh: Generation) -> bool:
    """Whether it could be done: not if the live generation came too far ahead meanwhile."""
    switching.stop_writers(connection)
    old = live(connection)
    resolve_in(connection, old.schema)
    connection.execute(
        sa.select(CHECKPOINTS).order_by(CHECKPOINTS.c.topic_id, CHECKPOINTS.c.partition).with_for_update()
    ).all()
    folded = connection.execute(sa.select(sa.func.max(FOLDED.c.position))).scalar_one() or 0
    there = ledger.recorder.max_notification_id() or 0  # less only where the ledger was put back
    resolve_in(connection, fresh.schema)
    if not _reaches(ledger, connection, min(folded, there)):
        return False
    if switching.same_epoch(connection, old, fresh):
        _copy_offsets(connection, old, fresh)
    switching.flip(connection, old, fresh)
    return True


def _reaches(ledger: Ledger, connection: sa.Connection, folded: int) -> bool:
    """Folds the last few events that the live generation is ahead, while its writers wait."""
    position, _ = checkpoints.load(connection)
    if folded - position > NEAR:
        return False
    if folded > position:
        rows = ledger.recorder.read_recorded(position, folded - position)
        new = apply_carefully(Projector(), rows, connection)
        checkpoints.move(connection, position, rows[-1].position, rows[-1].recorded_at - 1)
        checkpoints.count(connection, rows[-1].position, sum(new.values()))
    return checkpoints.load(connection)[0] >= folded


def _copy_offsets(connection: sa.Connection, old: Generation, fresh: Generation) -> None:
    """Workers read on where they were; what they fold twice is dropped as a repeat. The records of the topic
    that are no events go along: the ledger does not know them. In a new epoch (the topic was lost and made
    anew, or the ledger restored) they read from the beginning instead."""
    for table, columns in (
        (CHECKPOINTS.name, "topic_id, partition, next_offset, recorded_to"),
        (FOLDED.name, "topic_id, partition, position, 0"),
        (PARKED_RECORDS.name, "*"),
    ):
        connection.exec_driver_sql(
            f"INSERT INTO {fresh.schema}.{table} SELECT {columns} FROM {old.schema}.{table}"
            " WHERE topic_id <> %(ledger)s",
            {"ledger": LEDGER_TOPIC},
        )
