"""What could not be applied, and how it is brought back (D7).

An event that cannot be applied parks its file: it and every later one of that file wait in `parked`, the
others flow. A record of the topic that is no event at all waits in `parked_records` by its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

import sqlalchemy as sa

from projections.careful import apply_carefully
from projections.database import CLUSTER, TEXT, Bytes, is_postgres, writing
from projections.files import FILES, PARKED
from projections.generations import hold_live
from projections.projector import Projector
from rentalwatch.ledger.messages import UnreadableRecordError, recorded_of
from rentalwatch.ledger.store import Recorded

MAX_KEPT = 64 * 1024
"""Bytes of a key or value that are kept; of larger ones the digest alone, so that nobody fills the disk."""

PARKED_RECORDS = sa.Table(
    "parked_records",
    CLUSTER,
    sa.Column("topic_id", TEXT, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("at_offset", sa.BigInteger, primary_key=True),
    sa.Column("key", Bytes),
    sa.Column("value", Bytes),
    sa.Column("digest", TEXT, nullable=False),
    sa.Column("reason", TEXT, nullable=False),
)
"""`digest`: SHA-256 of the value. They are kept for people; nothing reads them back."""


class Unreadable(NamedTuple):
    """A record of the topic that is no event: another wrote it, or its bytes are damaged."""

    offset: int
    key: bytes | None
    value: bytes | None
    reason: str


class Replayed(NamedTuple):
    """What became of a parked file: `still` events are parked again, for `reason`."""

    stream_id: str
    folded: int
    still: int
    reason: str


def read_record(
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] | None,
) -> Recorded | Unreadable:
    """A record of the events topic as the event that it carries, or as one to park. Raises nothing."""
    try:
        row, _ = recorded_of(key, value, headers)
    except UnreadableRecordError as e:
        return Unreadable(offset, key, value, e.what)
    if "\0" in row.stream_id or "\0" in row.type_name:
        return Unreadable(offset, key, value, "its key or type holds a NUL, which no text can")
    return row


def keep(connection: sa.Connection, topic_id: str, partition: int, records: Sequence[Unreadable]) -> None:
    """Parks records that are no events, in the transaction that moves the offset behind them."""
    for record in records:
        values = {"topic_id": topic_id, "partition": partition, "at_offset": record.offset}
        columns = ", ".join(c.name for c in PARKED_RECORDS.columns)
        marks = ", ".join(f":{c.name}" for c in PARKED_RECORDS.columns)
        insert = f"INSERT INTO parked_records ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        values |= {"key": _kept(record.key), "value": _kept(record.value)}
        values |= {"digest": sha256(record.value or b"").hexdigest()}
        connection.execute(sa.text(insert), values | {"reason": record.reason.replace("\0", "\\0")})


def _kept(content: bytes | None) -> bytes | None:
    return content if content is None or len(content) <= MAX_KEPT else None


def parked_streams(connection: sa.Connection) -> list[str]:
    """Files with parked events."""
    c = FILES.c
    query = sa.select(c.stream_id).where(c.parked != 0).order_by(c.stream_id)
    return list(connection.execute(query).scalars())


def replay(engine: sa.Engine, stream: str) -> Replayed:
    """Folds the parked events of a file in order; what still cannot be applied stays parked.

    Safe while workers run: the file's row is locked, in one transaction. Nothing where nothing is parked.
    Raises NewerVersionError; FoldNewerError, FoldOlderError where another version built the read models.
    """
    with writing(engine).begin() as connection:
        if is_postgres(connection):
            hold_live(connection)
        c, p = FILES.c, PARKED.c
        connection.execute(sa.select(c.last_version).where(c.stream_id == stream).with_for_update())
        waiting = [p.position, p.stream_id, p.version, p.type_name, p.state, p.recorded_at]
        query = sa.select(*waiting).where(p.stream_id == stream).order_by(p.version)
        rows = [Recorded(*row) for row in connection.execute(query)]
        if rows:
            connection.execute(PARKED.delete().where(p.stream_id == stream))
            back = FILES.update().where(c.stream_id == stream)
            connection.execute(back.values(parked=0, last_version=rows[0].version - 1))
            apply_carefully(Projector(), rows, connection)
        still = connection.execute(
            sa.select(p.reason).where(p.stream_id == stream).order_by(p.version)
        ).scalars().all()  # fmt: skip
        return Replayed(stream, len(rows) - len(still), len(still), still[0] if still else "")
