"""How a generation comes and goes: made, made live, dropped (D9). Readers see none of it."""

from __future__ import annotations

import sqlalchemy as sa

from projections.generations import GENERATIONS, SCHEMA, Generation, statements
from rentalwatch.errors import StorageError

READERS_WAIT = "100ms"
"""How long at most whoever looks the pointer up is held up by a drop."""

WRITERS_WAIT = "5s"
"""How long the switch waits for batches under way; readers go on, other writers wait behind it."""

LOCK_TIMEOUT = "55P03"
"""What PostgreSQL says when that time is over."""

_G = GENERATIONS.c


def begin_next(engine: sa.Engine, fold_version: int, epoch: int = 1) -> Generation:
    """An empty generation, not yet live. Drops what rebuilds that died have left; one rebuilds at a time."""
    with engine.begin() as connection:
        for number in _in_state(connection, "building"):
            _drop(connection, number)
        last = connection.execute(sa.select(sa.func.max(_G.generation))).scalar_one()
        fresh = Generation(last + 1, fold_version)
        for statement in statements(fresh):
            connection.exec_driver_sql(statement)
        row = {"generation": fresh.number, "fold_version": fold_version, "state": "building"}
        connection.execute(GENERATIONS.insert().values(**row, epoch=epoch))
        return fresh


def drop_retired(engine: sa.Engine) -> list[int]:
    """Drops the generations that are no longer live, unless somebody is reading: then the next rebuild does.
    Returns their numbers."""
    try:
        with engine.begin() as connection:
            retired = _in_state(connection, "retired")
            if retired:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{READERS_WAIT}'")
                connection.exec_driver_sql(f"LOCK TABLE {SCHEMA}.generations IN ACCESS EXCLUSIVE MODE")
            for number in retired:
                _drop(connection, number)
            return retired
    except sa.exc.OperationalError as e:
        if not is_lock_timeout(e):
            raise
        return []


def _in_state(connection: sa.Connection, state: str) -> list[int]:
    query = sa.select(_G.generation).where(_G.state == state).order_by(_G.generation)
    return list(connection.execute(query).scalars())


def _drop(connection: sa.Connection, number: int) -> None:
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA}_{number} CASCADE")
    connection.execute(GENERATIONS.delete().where(_G.generation == number))


def stop_writers(connection: sa.Connection) -> None:
    """Waits for batches under way, and lets none begin until the end of the transaction; readers go on.

    Taken on the table, in the order of arrival: a lock on the pointer's row would wait for ever while workers
    share it in turns. Raises OperationalError (`is_lock_timeout`).
    """
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WRITERS_WAIT}'")
    connection.exec_driver_sql(f"LOCK TABLE {SCHEMA}.generations IN EXCLUSIVE MODE")


def flip(connection: sa.Connection, old: Generation, fresh: Generation) -> None:
    """Makes `fresh` the live generation. Raises StorageError if another rebuild took it away."""
    update = GENERATIONS.update()
    connection.execute(update.where(_G.generation == old.number).values(state="retired"))
    building = update.where(_G.generation == fresh.number, _G.state == "building")
    if connection.execute(building.values(state="live")).rowcount != 1:
        raise StorageError(
            f"generation {fresh.number} of the read models was dropped while it was built",
            todo="Run `rentalwatch rebuild` again, once.",
            code="RW-BUSY",
        )


def same_epoch(connection: sa.Connection, one: Generation, other: Generation) -> bool:
    """Whether the ledger was in one epoch when both were begun: whether they read the same topic."""
    query = sa.select(_G.epoch).where(_G.generation.in_((one.number, other.number))).distinct()
    return len(connection.execute(query).all()) == 1


def is_lock_timeout(error: sa.exc.OperationalError) -> bool:
    """Whether a lock was not to be had in time."""
    return getattr(error.orig, "sqlstate", "") == LOCK_TIMEOUT
