"""How far the read models have come, and who may move them on.

The checkpoint moves by compare-and-swap: whoever does not find the value that it last stored has been
overtaken, discards its batch and loads again (D7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from projections.database import CLUSTER, METADATA, TEXT, is_postgres
from projections.many import Many
from rentalwatch.domain.instants import Micros

LEDGER_TOPIC = "ledger"
"""The topic id of the embedded ledger, which has one partition, 0."""

CHECKPOINTS = sa.Table(
    "checkpoints",
    METADATA,
    sa.Column("topic_id", TEXT, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("recorded_to", sa.BigInteger, nullable=False),
)
"""`recorded_to`: the ledger's time up to which the rows know everything of this partition."""


FOLDED = sa.Table(
    "folded",
    CLUSTER,
    sa.Column("topic_id", TEXT, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("events", sa.BigInteger, nullable=False),
)
"""What was folded behind each checkpoint: the greatest position in the ledger, and how many events that were
new. Positions have no gaps, so all of the ledger was folded when the events add up to its last one."""


class OvertakenError(Exception):
    """Another worker moved the checkpoint; nothing of the batch was written."""


def load(connection: sa.Connection, topic_id: str = LEDGER_TOPIC, partition: int = 0) -> tuple[int, int]:
    """(next offset, known up to), made at the beginning where there is none."""
    c = CHECKPOINTS.c
    row = connection.execute(
        sa.select(c.next_offset, c.recorded_to).where(c.topic_id == topic_id, c.partition == partition)
    ).first()
    return (row[0], row[1]) if row else (0, 0)


def move(
    connection: sa.Connection,
    begin: int,
    end: int,
    recorded_to: int,
    topic_id: str = LEDGER_TOPIC,
    partition: int = 0,
) -> None:
    """The first statement of every batch. Raises OvertakenError."""
    c = CHECKPOINTS.c
    moved = connection.execute(
        CHECKPOINTS.update()
        .where(c.topic_id == topic_id, c.partition == partition, c.next_offset == begin)
        .values(next_offset=end, recorded_to=recorded_to)
    ).rowcount
    if moved:
        return
    if begin or load(connection, topic_id, partition) != (0, 0):
        raise OvertakenError
    connection.execute(
        CHECKPOINTS.insert().values(
            topic_id=topic_id, partition=partition, next_offset=end, recorded_to=recorded_to
        )
    )


class Step(NamedTuple):
    """How far one partition goes on in a batch. `recorded_to` and `position`: 0 where it holds no event."""

    partition: int
    begin: int
    end: int
    recorded_to: Micros
    position: int


_MOVE = Many(
    CHECKPOINTS.update()
    .where(
        CHECKPOINTS.c.topic_id == sa.bindparam("t"),
        CHECKPOINTS.c.partition == sa.bindparam("p"),
        CHECKPOINTS.c.next_offset == sa.bindparam("begin"),
    )
    .values(
        next_offset=sa.bindparam("end"),
        recorded_to=sa.func.greatest(CHECKPOINTS.c.recorded_to, sa.bindparam("known", type_=sa.BigInteger)),
    ),
    ["end", "known", "t", "p", "begin"],
)
_COUNT = Many(
    FOLDED.update()
    .where(FOLDED.c.topic_id == sa.bindparam("t"), FOLDED.c.partition == sa.bindparam("p"))
    .values(
        position=sa.func.greatest(FOLDED.c.position, sa.bindparam("at", type_=sa.BigInteger)),
        events=FOLDED.c.events + sa.bindparam("new", type_=sa.BigInteger),
    ),
    ["at", "new", "t", "p"],
)


def prepare(connection: sa.Connection, topic_id: str, partitions: Iterable[int]) -> dict[int, int]:
    """Partition → the offset to read from; each has a checkpoint from then on (PostgreSQL)."""
    for partition in sorted(partitions):
        key = {"t": topic_id, "p": partition}
        for table in ("checkpoints", "folded"):
            insert = f"INSERT INTO {table} VALUES (:t, :p, 0, 0) ON CONFLICT DO NOTHING"
            connection.execute(sa.text(insert), key)
    c = CHECKPOINTS.c
    rows = connection.execute(sa.select(c.partition, c.next_offset).where(c.topic_id == topic_id))
    return {row[0]: row[1] for row in rows}


def topics_read(connection: sa.Connection) -> set[str]:
    """Ids of the topics that anything was read from into these read models."""
    c = CHECKPOINTS.c
    begun = sa.select(c.topic_id).where(c.topic_id != LEDGER_TOPIC, c.next_offset > 0).distinct()
    return set(connection.execute(begun).scalars())


def move_all(connection: sa.Connection, topic_id: str, steps: Sequence[Step]) -> None:
    """The first statements of a batch from Kafka: every partition's checkpoint, in their order, from where
    this worker left it. Raises OvertakenError if another moved one: it was taken for dead, and is."""
    ordered = sorted(steps)
    rows = [(step.end, step.recorded_to, topic_id, step.partition, step.begin) for step in ordered]
    if _MOVE.execute(connection, rows) != len(rows):
        raise OvertakenError


def count_all(
    connection: sa.Connection, topic_id: str, steps: Sequence[Step], new: Mapping[int, int]
) -> None:
    """The last statement of a batch from Kafka. `new`: partition → events that had not been folded."""
    rows = [(step.position, new.get(step.partition, 0), topic_id, step.partition) for step in sorted(steps)]
    _COUNT.execute(connection, rows)


def count(connection: sa.Connection, position: int, new: int) -> None:
    """The last statement of a batch from the ledger; nothing where there is no other source."""
    if not is_postgres(connection):
        return
    upsert = (
        "INSERT INTO folded AS f VALUES (:t, 0, :at, :new) ON CONFLICT (topic_id, partition)"
        " DO UPDATE SET position = excluded.position, events = f.events + excluded.events"
    )
    connection.execute(sa.text(upsert), {"t": LEDGER_TOPIC, "at": position, "new": new})
