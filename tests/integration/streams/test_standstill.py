"""What a worker does when it cannot go on: it stands still, says why, and goes on by itself when it can."""

from __future__ import annotations

from pathlib import Path

import psycopg
from kafka import KafkaAdminClient
from psycopg import sql

from projections.database import FOLD_VERSION
from rentalwatch.dev.broker import Broker
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import apply
from tests.integration.streams.cluster import Cluster, messages, publish, rebuilt
from tests.integration.streams.workers import Worker, until


def of_another_file(rows: list[Recorded], stream: str) -> list[Recorded]:
    return [row for row in rows if row.stream_id != stream]


def test_a_missing_event_stops_its_partition_and_no_other(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    # given a file whose third event never came to the topic
    file = [row for row in rows if row.stream_id == rows[0].stream_id]
    publish(cluster, messages([row for row in rows if row != file[2]]))
    with Worker(cluster, "a", folder) as worker:
        # then its partition stands still, and the process says which, and what came
        until(lambda: "standstill" in (worker.problems() or {}), worker)
        said = (worker.problems() or {})["standstill"]
        assert said.startswith("partition ")
        assert "version 4 came where 3 was due" in said
        assert file[0].stream_id not in said
        # and the other partitions go on to their ends
        stopped = int(said.split()[1].rstrip(":"))
        until(lambda: [p for p, events in worker.lag().items() if events] == [stopped], worker)
        assert cluster.ask("SELECT COUNT(*) FROM checkpoints WHERE next_offset > 0")[0][0] >= 11
        # while nothing of the file came in behind the event that is missing
        later = f"SELECT COUNT(*) FROM facts WHERE stream_id = '{file[0].stream_id}' AND version > 2"
        assert cluster.ask(later) == [(0,)]


def test_an_event_of_a_newer_version_is_waited_for_never_skipped(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    # given the last event of a file, of a version that only a later release knows
    last = rows[-1]
    newer = last._replace(type_name=last.type_name.replace(".v1", ".v9"))
    publish(cluster, messages([*rows[:-1], newer]))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: "Upgrade" in (worker.problems() or {}).get("standstill", ""), worker)
        assert cluster.ask("SELECT COUNT(*) FROM parked") == [(0,)]


def test_a_database_that_is_away_is_waited_for(cluster: Cluster, rows: list[Recorded], folder: Path) -> None:
    half = len(rows) // 2
    publish(cluster, messages(rows[:half]))
    name = cluster.dsn.split("?")[0].rsplit("/", 1)[1]
    server = cluster.dsn.replace(f"/{name}", "/postgres")
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == half, worker)
        # when the database takes no connections, and throws out those it had
        with psycopg.connect(server, autocommit=True) as admin:
            allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            admin.execute(allowed.format(sql.Identifier(name), sql.SQL("false")))
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            publish(cluster, messages(rows[half:]))
            # then the worker is not ready, and keeps what it has in hand
            until(lambda: "database" in (worker.problems() or {}), worker)
            admin.execute(allowed.format(sql.Identifier(name), sql.SQL("true")))
        # and goes on when the database is back
        until(lambda: cluster.folded() == len(rows) and worker.ready, worker)
    assert cluster.rows() == rebuilt(rows, folder)


def test_a_broker_that_is_away_is_waited_for(
    database: str, rows: list[Recorded], folder: Path, own_broker: Broker
) -> None:
    half = len(rows) // 2
    cluster = Cluster(database, own_broker.bootstrap, "test")
    apply(cluster.kafka, cluster.topics, 1)
    publish(cluster, messages(rows[:half]))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == half and worker.ready, worker)
        # when the broker is killed
        own_broker.kill()
        # then the worker is not ready, lives, and goes on when it is back
        until(lambda: "kafka" in (worker.problems() or {}), worker)
        own_broker.start()
        publish(cluster, messages(rows[half:]))
        until(lambda: cluster.folded() == len(rows) and worker.ready, worker)
    assert cluster.rows() == rebuilt(rows, folder)


def test_a_topic_that_was_made_again_stops_the_worker(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    publish(cluster, messages(rows))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows), worker)
        before = cluster.rows()
        # when the topic is deleted and made again under the same name, with other records in it
        admin = KafkaAdminClient(bootstrap_servers=cluster.kafka)
        try:
            admin.delete_topics([cluster.topic])
            until(lambda: cluster.topic not in admin.list_topics())
        finally:
            admin.close()
        apply(cluster.kafka, cluster.topics, 1)
        publish(cluster, messages(of_another_file(rows, rows[0].stream_id)))
        # then it says what to do, and does nothing
        until(lambda: "relay recover" in str(worker.problems()), worker)
        assert cluster.rows() == before


def test_a_missing_topic_is_said_and_waited_for(cluster: Cluster, rows: list[Recorded], folder: Path) -> None:
    later = cluster._replace(topics=f"{cluster.topics}-later")
    with Worker(later, "a", folder) as worker:
        until(lambda: "there is no topic" in (worker.problems() or {}).get("waiting", ""), worker)
        apply(later.kafka, later.topics, 1)
        publish(later, messages(rows))
        until(lambda: cluster.folded() == len(rows), worker)


def test_read_models_of_a_newer_version_are_left_alone(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    cluster.do("UPDATE models.generations SET fold_version = 99")
    publish(cluster, messages(rows))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: "fold version 99" in (worker.problems() or {}).get("models", ""), worker)
        assert cluster.folded() == 0
        # when they are this version's again
        cluster.do(f"UPDATE models.generations SET fold_version = {FOLD_VERSION}")
        until(lambda: cluster.folded() == len(rows) and worker.ready, worker)


def test_a_folder_needs_no_worker(cluster: Cluster, folder: Path) -> None:
    with Worker(cluster._replace(dsn=str(folder)), "a", folder) as worker:
        assert worker.process.wait(timeout=60) == 2
        assert "RW-OPTIONS" in worker.said
        assert "postgresql://" in worker.said
