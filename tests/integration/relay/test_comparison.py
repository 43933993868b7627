"""`verify --kafka`: everything in which the topic differs from the ledger is found."""

from __future__ import annotations

from typing import Any

import pytest

from rentalwatch.errors import StorageError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.messages import message_of
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.compare import compare_with_kafka
from rentalwatch.ledger.relay.publisher import partition_of
from rentalwatch.ledger.store import Recorded
from tests.integration.relay.damage import foreign, loses_its_tail, made_anew
from tests.integration.relay.stories import (
    differences,
    patrolled,
    publish_all,
    relaying,
    rows_of,
    stored,
)


@pytest.fixture
def ledger(in_folder: Cluster) -> Any:
    with open_ledger(in_folder.where) as opened:
        patrolled(opened, "patrol")
        publish_all(in_folder)
        yield opened


def written(
    cluster: Cluster, row: Recorded, epoch: int = 1, partition: int | None = None, **changed: bytes
) -> None:
    """Somebody else writes a record like the relay's, with some headers changed."""
    key, value, headers = message_of(row, epoch)
    as_written = [(name, changed.get(name, text)) for name, text in headers]
    lies_in = partition_of(key) if partition is None else partition
    foreign(cluster, f"{cluster.prefix}.events.v1", key, value, as_written, lies_in)


def codes(cluster: Cluster) -> set[str]:
    return {problem.code for problem in differences(cluster)}


def test_nothing_is_found_where_nothing_is_wrong(in_folder: Cluster, ledger: Ledger) -> None:
    assert differences(in_folder) == []


def test_events_that_are_not_published_yet_are_no_difference(in_folder: Cluster, ledger: Ledger) -> None:
    rows_of(ledger, 50)
    assert differences(in_folder) == []


def test_it_may_run_while_writers_and_relay_go_on(in_folder: Cluster, ledger: Ledger) -> None:
    with relaying(in_folder):
        for n in range(5):
            rows_of(ledger, 100, f"round {n}")
            assert differences(in_folder) == []


def test_a_record_that_stands_twice_is_found(in_folder: Cluster, ledger: Ledger) -> None:
    written(in_folder, stored(ledger)[3])
    assert codes(in_folder) == {"RW-RECORD-FOREIGN"}


def test_a_record_in_another_partition_is_found(in_folder: Cluster, ledger: Ledger) -> None:
    last = stored(ledger)[-1]
    written(in_folder, last, partition=(partition_of(last.stream_id.encode()) + 1) % 12)
    found = codes(in_folder)  # whichever of the two is met first counts as the right one
    assert "RW-VERIFY-KAFKA-EXTRA" in found
    assert found <= {"RW-VERIFY-KAFKA-EXTRA", "RW-VERIFY-KAFKA-ORDER"}


def test_a_record_of_somebody_else_is_found(in_folder: Cluster, ledger: Ledger) -> None:
    foreign(in_folder, f"{in_folder.prefix}.events.v1", b"dwelling-1", b"hello", [])
    assert codes(in_folder) == {"RW-RECORD-FOREIGN"}


def test_an_event_that_differs_is_found(in_folder: Cluster, ledger: Ledger) -> None:
    with ledger.recorder.writing() as tx:
        tx.execute("UPDATE stored_events SET recorded_at = recorded_at + 1 WHERE rowid = 5")
    assert codes(in_folder) == {"RW-VERIFY-KAFKA-DIFFERS"}


def test_events_that_are_gone_from_the_topic_are_found(in_folder: Cluster, ledger: Ledger) -> None:
    from kafka import TopicPartition

    from rentalwatch.ledger.brokers import asking

    gone = partition_of(stored(ledger)[4].stream_id.encode())
    with asking(in_folder.bootstrap) as admin:
        admin.delete_records({TopicPartition(f"{in_folder.prefix}.events.v1", gone): -1})
    found = differences(in_folder)
    assert {problem.code for problem in found} <= {"RW-VERIFY-KAFKA-MISSING", "RW-RELAY-TOPIC"}
    assert found


def test_a_lost_tail_and_another_topic_are_found(in_folder: Cluster, ledger: Ledger) -> None:
    loses_its_tail(ledger, 20)
    assert codes(in_folder) == {"RW-RELAY-TAIL-LOST"}
    made_anew(in_folder, "events")
    assert codes(in_folder) == {"RW-RELAY-TOPIC"}


def test_a_broker_that_is_away_is_said_in_words(in_folder: Cluster, ledger: Ledger) -> None:
    with pytest.raises(StorageError, match="no broker of Kafka answers"):
        list(compare_with_kafka(ledger, "127.0.0.1:1", in_folder.prefix))
