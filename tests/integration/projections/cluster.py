"""Words for stories about a cluster: a ledger filled at once, and what workers are handed from Kafka."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

import psycopg
import sqlalchemy as sa

from projections import targets
from projections.generations import live
from projections.intake import Intake, Part
from projections.postgres import in_schema
from projections.scope import Scope
from rentalwatch.domain.instants import FOREVER
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import Table, all_rows

TOPIC = "a-topic"
PARTITIONS = 12
EVERYTHING = Scope(asked=FOREVER - 1)

Batch = dict[int, Part]


def into_ledger(dsn: str, rows: Iterable[Recorded]) -> None:
    """Stores events as they are, without the side rows that only writers need."""
    columns = "notification_id, originator_id, originator_version, topic, state, recorded_at"
    with (
        psycopg.connect(dsn) as connection,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ledger.stored_events ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row((row.position, *row[1:]))


def partition_of(stream: str) -> int:
    """In which partition a file's events lie; any function of the file will do."""
    return zlib.crc32(stream.encode()) % PARTITIONS


def parts(rows: Iterable[Recorded], begin: dict[int, int]) -> Batch:
    """Rows as they come next in each partition; `begin` goes on to where they end."""
    by_partition: dict[int, list[Recorded]] = {}
    for row in rows:
        by_partition.setdefault(partition_of(row.stream_id), []).append(row)
    batch = {p: Part(begin[p], begin[p] + len(its), its) for p, its in by_partition.items()}
    begin.update((p, part.end) for p, part in batch.items())
    return batch


def batches(rows: Sequence[Recorded], size: int) -> Iterator[Batch]:
    """All rows from the beginning of the topic, so many at a time."""
    begin = dict.fromkeys(range(PARTITIONS), 0)
    for start in range(0, len(rows), size):
        yield parts(rows[start : start + size], begin)


def worker(engine: sa.Engine, **options: int) -> Intake:
    """One that has been assigned every partition."""
    intake = Intake(engine, TOPIC, **options)
    intake.offsets(range(PARTITIONS))
    return intake


def takes_in(engine: sa.Engine, rows: Sequence[Recorded], size: int = 100) -> Intake:
    """A worker that was handed all rows."""
    intake = worker(engine)
    for batch in batches(rows, size):
        intake.take(batch)
    return intake


def live_rows(engine: sa.Engine) -> dict[str, Table]:
    """Every table of the live generation, whole, but for how it came to be."""
    with engine.connect() as connection:
        schema = live(connection).schema
    found = all_rows(in_schema(engine, schema))
    del found["checkpoints"]
    return found


def known_homes(connection: sa.Connection) -> int:
    """How many homes a board counts."""
    return targets.board(connection, EVERYTHING).counts["known"]
