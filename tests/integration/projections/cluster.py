"""Words for stories about a cluster: a ledger filled at once, and what workers are handed from Kafka."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Event, Thread

import psycopg
import sqlalchemy as sa

from projections import careful, rebuilding, targets
from projections.checkpoints import CHECKPOINTS
from projections.database import FOLD_VERSION
from projections.generations import Generation, at_live, live
from projections.intake import Intake, Part
from projections.postgres import in_schema
from projections.projector import Projector
from projections.scope import Scope
from rentalwatch.domain.instants import FOREVER
from rentalwatch.ledger.folder import open_ledger
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


def applied(engine: sa.Engine, *portions: Sequence[Recorded]) -> dict[str, object]:
    """Every table after some batches, each in a transaction and by a worker of its own."""
    for portion in portions:
        careful.fold(engine, Projector(), portion, lambda _: None, lambda *_: None)
    return {**all_rows(engine)}


def offsets(engine: sa.Engine) -> dict[int, int]:
    c = CHECKPOINTS.c
    with at_live(engine) as connection:
        rows = connection.execute(sa.select(c.partition, c.next_offset).where(c.topic_id == TOPIC))
        return {row[0]: row[1] for row in rows}


def at_once(*calls: Callable[[], object]) -> list[Exception | None]:
    """What each raised."""
    raised: list[Exception | None] = [None] * len(calls)
    begin = Event()

    def run(nth: int) -> None:
        begin.wait()
        try:
            calls[nth]()
        except Exception as e:
            raised[nth] = e

    threads = [Thread(target=run, args=(nth,)) for nth in range(len(calls))]
    for thread in threads:
        thread.start()
    begin.set()
    for thread in threads:
        thread.join()
    return raised


def generation(engine: sa.Engine) -> Generation:
    with engine.connect() as connection:
        return live(connection)


def rebuilt(engine: sa.Engine, dsn: str, fold_version: int = FOLD_VERSION) -> Generation:
    with open_ledger(dsn) as ledger:
        return rebuilding.rebuild(ledger, engine, fold_version=fold_version)
