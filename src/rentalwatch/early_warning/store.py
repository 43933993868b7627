"""Keeping what readings came to, so that whoever goes on counts nothing twice and loses nothing (D7).

An estate is the unit: its state, its tallies and its closed days are written in one transaction, with the
place up to which they hold the records of its partition. Others of the partition may be behind; it is read
again from `replay_from`, and each estate passes over what it holds already. The first statement of a write
moves the checkpoint's turn by compare-and-swap: a worker that was taken for dead finds another, and writes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from projections.checkpoints import OvertakenError
from projections.database import is_postgres
from rentalwatch.domain.instants import Micros
from rentalwatch.early_warning.tables import (
    CHECKPOINTS,
    DAY_COUNTS,
    EVIDENCE,
    LATE,
    SAVED,
    STATES,
    TALLIES,
)


class Place(NamedTuple):
    """Where a reader stands in a partition: judged up to `next_offset`, read again from `replay_from`."""

    topic_id: str
    partition: int
    next_offset: int = 0
    replay_from: int = 0
    turn: int = 0


class SavedState(NamedTuple):
    """An estate's state as it was written last. `version`: of the evaluator that wrote it."""

    estate: str
    version: int
    snapshot: bytes


class Tally(NamedTuple):
    """How many readings of a kind came to what (`reason`), by the day on which they were sent."""

    kind: str
    reason: str
    day: int
    readings: int


class ClosedDay(NamedTuple):
    """The figures of an estate on a closed day, packed."""

    day: int
    evaluator: int
    homes: int
    rows: bytes


class Late(NamedTuple):
    """Readings of a home on a day that was closed when they came."""

    day: int
    kind: str
    dwelling: str
    readings: int


class Kept(NamedTuple):
    """What is written of an estate: its state (None: it has none, only tallies), which holds the records of
    the partition before `upto`, and what was counted since it was written before."""

    estate: str
    upto: int
    state: SavedState | None
    tallies: Sequence[Tally] = ()
    days: Sequence[ClosedDay] = ()
    late: Sequence[Late] = ()


class Evidence(NamedTuple):
    """What an alert rests on; `figures`: JSON."""

    alert: str
    estate: str
    dwelling: str
    rule: str
    version: str
    day: int
    happened_at: Micros
    figures: str


def take_over(connection: sa.Connection, topic_id: str, partition: int) -> Place:
    """The place of a partition, for a reader that begins there: from now on whoever had it writes no more."""
    insert(connection, CHECKPOINTS, [{**Place(topic_id, partition)._asdict()}], on_conflict=None)
    c = CHECKPOINTS.c
    mine = (c.topic_id == topic_id, c.partition == partition)
    connection.execute(CHECKPOINTS.update().where(*mine).values(turn=c.turn + 1))
    row = connection.execute(sa.select(c.next_offset, c.replay_from, c.turn).where(*mine)).one()
    return Place(topic_id, partition, *row)


def states_of(connection: sa.Connection, estates: Iterable[str]) -> Iterator[SavedState]:
    """The states of some estates, one after the other: together they may be large."""
    c = STATES.c
    query = sa.select(c.estate, c.version, c.snapshot).where(c.estate.in_(sorted(set(estates))))
    for row in connection.execute(query, execution_options={"yield_per": 4}):
        yield SavedState(row[0], row[1], bytes(row[2]))


def saved_up_to(connection: sa.Connection, place: Place) -> dict[str, int]:
    """Estate → up to where its state holds the records of this partition."""
    c = SAVED.c
    query = sa.select(c.estate, c.next_offset).where(
        c.topic_id == place.topic_id, c.partition == place.partition
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def move(connection: sa.Connection, place: Place, next_offset: int, replay_from: int) -> Place:
    """The first statement of every write: the checkpoint goes on, from where this reader left it. Raises
    OvertakenError if another has the partition."""
    c = CHECKPOINTS.c
    upto = max(place.next_offset, next_offset)
    moved = connection.execute(
        CHECKPOINTS.update()
        .where(c.topic_id == place.topic_id, c.partition == place.partition, c.turn == place.turn)
        .values(next_offset=upto, replay_from=replay_from, turn=place.turn + 1)
    )
    if not moved.rowcount:
        raise OvertakenError
    return place._replace(next_offset=upto, replay_from=replay_from, turn=place.turn + 1)


def keep(connection: sa.Connection, place: Place, estates: Iterable[Kept]) -> None:
    """Writes estates with what was counted of each; after `move`, in its transaction."""
    kept = list(estates)
    states = [e.state._asdict() | {"partition": place.partition} for e in kept if e.state is not None]
    insert(connection, STATES, states, on_conflict=("partition", "version", "snapshot"))
    key = {"topic_id": place.topic_id, "partition": place.partition}
    saved = [{**key, "estate": e.estate, "next_offset": e.upto} for e in kept]
    insert(connection, SAVED, saved, on_conflict=("next_offset",))
    days = [day._asdict() | {"estate": e.estate} for e in kept for day in e.days]
    insert(connection, DAY_COUNTS, days, on_conflict=("evaluator", "homes", "rows"))
    _add(connection, TALLIES, [t._asdict() | {"estate": e.estate} for e in kept for t in e.tallies])
    _add(connection, LATE, [late._asdict() | {"estate": e.estate} for e in kept for late in e.late])


def _add(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Adds readings to those that are counted already."""
    if rows:
        statement = _dialect(connection).insert(table)
        sums = {"readings": table.c.readings + statement.excluded.readings}
        connection.execute(statement.on_conflict_do_update(index_elements=_key(table), set_=sums), list(rows))


def keep_evidence(connection: sa.Connection, evidence: Iterable[Evidence]) -> None:
    """What alerts rest on; of one alert the first stands."""
    insert(connection, EVIDENCE, [one._asdict() for one in evidence], on_conflict=None)


def done(connection: sa.Connection, place: Place) -> None:
    """All of a source was read, and no estate of it is behind: its checkpoint alone says so from now on."""
    c = SAVED.c
    connection.execute(SAVED.delete().where(c.topic_id == place.topic_id, c.partition == place.partition))


def insert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    *,
    on_conflict: Sequence[str] | None,
) -> None:
    """Inserts rows; of one that is there these columns are replaced, or nothing (None)."""
    if not rows:
        return
    statement = _dialect(connection).insert(table)
    if on_conflict is None:
        statement = statement.on_conflict_do_nothing()
    else:
        replaced = {name: statement.excluded[name] for name in on_conflict}
        statement = statement.on_conflict_do_update(index_elements=_key(table), set_=replaced)
    connection.execute(statement, list(rows))


def _key(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _dialect(connection: sa.Connection) -> Any:
    return postgresql if is_postgres(connection) else sqlite
