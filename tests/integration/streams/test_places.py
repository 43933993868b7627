"""Where a worker reads from: the database says so, whatever the group says, and never past a record."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.structs import OffsetAndMetadata, TopicPartition

from projections.database import FOLD_VERSION
from rentalwatch.ledger.messages import Message
from rentalwatch.ledger.store import Recorded
from tests.integration.streams.cluster import Cluster, messages, publish, publish_compressed, rebuilt
from tests.integration.streams.workers import Worker, until


def group_stands_at(cluster: Cluster, offset: int) -> None:
    """The offsets that the group has committed, in every partition."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.kafka)
    try:
        wanted = {TopicPartition(cluster.topic, p): OffsetAndMetadata(offset, "", -1) for p in range(12)}
        admin.alter_group_offsets(f"{cluster.topics}.projector.{FOLD_VERSION}", wanted)
    finally:
        admin.close()


def test_aborted_records_are_never_seen(cluster: Cluster, rows: list[Recorded], folder: Path) -> None:
    # given records of a transaction that was aborted, which would be parked if they were seen
    half = len(rows) // 2
    publish(cluster, messages(rows[:half]))
    publish(cluster, [Message(b"aborted", b"never", []) for _ in range(50)], abort=True)
    publish(cluster, messages(rows[half:]))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows) and worker.ready, worker)
    assert cluster.ask("SELECT COUNT(*) FROM parked_records") == [(0,)]
    assert cluster.rows() == rebuilt(rows, folder)


@pytest.mark.parametrize("offset", [5, 40])
def test_a_group_ahead_of_the_database_does_not_matter(
    cluster: Cluster, rows: list[Recorded], folder: Path, offset: int
) -> None:
    publish(cluster, messages(rows))
    group_stands_at(cluster, offset)
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows), worker)
    assert cluster.rows() == rebuilt(rows, folder)


def test_a_group_behind_the_database_does_not_matter(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    half = len(rows) // 2
    publish(cluster, messages(rows[:half]))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == half, worker)
    group_stands_at(cluster, 0)
    publish(cluster, messages(rows[half:]))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows), worker)
        assert worker.figure("rentalwatch_projection_repeats_total") == 0
    assert cluster.rows() == rebuilt(rows, folder)


def test_a_database_that_was_emptied_is_filled_again_with_the_group_at_the_end(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    publish(cluster, messages(rows))
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows), worker)
        # when the tables are emptied under the hands of the worker, and another event comes
        tables = ", ".join(f"models_1.{name}" for name in [*cluster.rows(), "checkpoints", "folded"])
        cluster.do(f"TRUNCATE {tables}")
        worker.kill()
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows), worker)
    assert cluster.rows() == rebuilt(rows, folder)


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_topics_are_read(cluster: Cluster, rows: list[Recorded], folder: Path, codec: str) -> None:
    publish_compressed(cluster, messages(rows), codec)
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows), worker)
    assert cluster.rows() == rebuilt(rows, folder)
