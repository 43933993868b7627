"""Words for stories about workers: a database and a topic that is filled, and tables that come out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from kafka import KafkaProducer

from projections.postgres import open_postgres
from rentalwatch.ledger.messages import Message, message_of
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import events_topic
from tests.integration.importing import Table, all_rows, closing_engine
from tests.integration.projections.cluster import live_rows


class Cluster(NamedTuple):
    """A database, and topics on a broker."""

    dsn: str
    kafka: str
    topics: str

    @property
    def topic(self) -> str:
        return events_topic(self.topics)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the read models say."""
        with psycopg.connect(self.dsn, options="-c search_path=models_1") as connection:
            return connection.execute(query.encode()).fetchall()

    def do(self, statement: str) -> None:
        """Does something to the database."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute(statement.encode())

    def rows(self) -> dict[str, Table]:
        """Every table of the read models, whole, but for how they came to be."""
        with closing_engine(open_postgres(self.dsn)) as engine:
            return live_rows(engine)

    def folded(self) -> int:
        """How many events are in the read models."""
        return int(self.ask("SELECT COUNT(*) FROM facts")[0][0])


def messages(rows: Iterable[Recorded]) -> Iterator[Message]:
    """As the relay publishes them."""
    return (message_of(row, 1) for row in rows)


def publish(cluster: Cluster, sent: Iterable[Message], *, abort: bool = False) -> None:
    """Messages in one transaction."""
    producer = KafkaProducer(
        bootstrap_servers=cluster.kafka,
        transactional_id=f"{cluster.topics}.test",
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
    )
    try:
        producer.init_transactions()
        producer.begin_transaction()
        futures = [producer.send(cluster.topic, key=m.key, value=m.value, headers=[*m.headers]) for m in sent]
        producer.flush()
        assert all(future.succeeded() for future in futures)
        if abort:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    finally:
        producer.close()


def publish_compressed(cluster: Cluster, sent: Iterable[Message], codec: str) -> None:
    """With a client that has every codec."""
    from confluent_kafka import Producer

    settings = {"bootstrap.servers": cluster.kafka, "compression.type": codec, "linger.ms": 50}
    producer = Producer({**settings, "enable.idempotence": True})  # else a repeated send changes the order
    for message in sent:
        producer.produce(cluster.topic, message.value, message.key, headers=message.headers)
    assert producer.flush(30) == 0


@contextmanager
def standing_still(cluster: Cluster, table: str = "facts") -> Iterator[None]:
    """Whoever folds stops in the midst of a transaction, its checkpoints moved, while this lasts."""
    with psycopg.connect(cluster.dsn) as connection:
        connection.execute(f"LOCK TABLE models_1.{table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def midst_of_a_batch(cluster: Cluster) -> bool:
    """Whether somebody waits for that lock."""
    query = (
        "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return bool(cluster.ask(query)[0][0])


def rebuilt(rows: Sequence[Recorded], folder: Path) -> dict[str, Table]:
    """What the read models must hold: another projector's, of another database, from the same events."""
    from projections.database import create, open_sqlite, writing
    from projections.projector import Projector

    with closing_engine(open_sqlite(folder / f"rebuilt-{time.monotonic_ns()}.db")) as engine:
        create(engine)
        with writing(engine).begin() as connection:
            Projector().apply(rows, connection)
        found = all_rows(engine)
    del found["checkpoints"]
    return found
