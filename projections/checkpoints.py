"""How far the read models have come, and who may move them on.

The checkpoint moves by compare-and-swap: whoever does not find the value that it last stored has been
overtaken, discards its batch and loads again (D7).
"""

from __future__ import annotations

import sqlalchemy as sa

from projections.database import METADATA

LEDGER_TOPIC = "ledger"
"""The topic id of the embedded ledger, which has one partition, 0."""

CHECKPOINTS = sa.Table(
    "checkpoints",
    METADATA,
    sa.Column("topic_id", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("recorded_to", sa.BigInteger, nullable=False),
)
"""`recorded_to`: the ledger's time up to which the rows know everything of this partition."""


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
