"""Words for stories about workers: a topic that is filled, processes that fold it, tables that come out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg
from kafka import KafkaProducer

from projections.postgres import open_postgres
from rentalwatch.ledger.messages import Message, message_of
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import events_topic
from tests.integration.importing import Table, all_rows, closing_engine
from tests.integration.projections.cluster import live_rows

LONGEST_SECONDS = 90
"""After which a story is taken to have failed: a session that ends and a transaction that is given up, on a
machine that does much else."""

LOOK_SECONDS = 0.1
RUN = "from rentalwatch.cli.main import run; run()"

Headers = list[tuple[str, bytes]]


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


class Worker:
    """A process that was started; killed at the end of its block if it still runs."""

    def __init__(self, cluster: Cluster, name: str, folder: Path, command: Sequence[str] = ()) -> None:
        self.name = name
        self.log = folder / f"{name}-{time.monotonic_ns()}.log"
        environment = {
            **os.environ,
            "RENTALWATCH_DATA": cluster.dsn,
            "RENTALWATCH_KAFKA": cluster.kafka,
            "RENTALWATCH_TOPICS": cluster.topics,
            "RENTALWATCH_LISTEN": "127.0.0.1:0",
            "RENTALWATCH_WORKER": name,
            "RENTALWATCH_LOG": "json",
        }
        whole = command or [sys.executable, "-c", RUN, "worker", "projector"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                whole, env=environment, stderr=log, stdout=subprocess.DEVNULL, cwd=folder
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def port(self) -> int | None:
        """Where it answers, once it does."""
        for line in self.said.splitlines():
            if '"port"' in line:
                return int(json.loads(line)["port"])
        return None

    def problems(self) -> dict[str, str] | None:
        """Why it is not ready; None while it does not answer."""
        said = self._get("/readyz")
        return dict(json.loads(said)["problems"]) if said else None

    @property
    def ready(self) -> bool:
        return self.problems() == {}

    def partitions(self) -> set[int]:
        """Those whose lag it shows: its own."""
        start = "rentalwatch_projection_lag_events{partition="
        lines = (line for line in self._get("/metrics").splitlines() if line.startswith(start))
        return {int(line.split('"')[1]) for line in lines}

    def figure(self, name: str) -> float:
        """A metric without labels."""
        lines = (line for line in self._get("/metrics").splitlines() if line.startswith(f"{name} "))
        return next((float(line.split()[1]) for line in lines), 0.0)

    def _get(self, path: str) -> str:
        if self.port is None:
            return ""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except HTTPError as e:
            return e.read().decode()
        except (URLError, OSError):
            return ""


def until(happens: Callable[[], object], *workers: Worker, within: float = LONGEST_SECONDS) -> None:
    """Waits; if it does not happen, shows what the workers said."""
    give_up = time.monotonic() + within
    while not happens():
        if time.monotonic() > give_up:
            logs = "\n".join(f"--- {w.name}: {w.problems()}\n{w.said[-3000:]}" for w in workers)
            raise AssertionError(f"it did not happen within {within:.0f} s\n{logs}")
        time.sleep(LOOK_SECONDS)


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

    producer = Producer({"bootstrap.servers": cluster.kafka, "compression.type": codec, "linger.ms": 50})
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
