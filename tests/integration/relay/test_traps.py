"""What kafka-python was seen to do, and why it does not hurt here: one test for each line of that list."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError

from rentalwatch.errors import StorageError
from rentalwatch.ledger import topics as wanted
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.messages import message_of
from rentalwatch.ledger.relay import clients, publisher, topic
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.publisher import Publisher, transactional_id
from rentalwatch.ledger.store import MAX_BYTES, MAX_EVENTS
from rentalwatch.ledger.topics import check
from tests.faults.proxy import KafkaProxy
from tests.integration.relay.stories import (
    on_topic,
    publish_all,
    rows_of,
    same,
    stored,
    until,
)
from tests.integration.relay.test_publishing import every_progress


class LostError(KafkaError):
    """A batch that expired."""


def test_a_commit_that_would_succeed_with_records_lost_is_not_made(
    in_folder: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library commits even where batches expired: each future is asked before."""
    # given a producer of which one record is lost on the way
    with open_ledger(in_folder.where) as ledger:
        rows = stored(ledger)
    made = Publisher(in_folder.bootstrap, in_folder.prefix)
    right, commits = made._send, []

    def losing(message: Any) -> Any:
        future = right(message)
        if message.key == rows[7].stream_id.encode():
            future.get(10)
            future.is_done, future.exception = True, LostError("expired")
        return future

    monkeypatch.setattr(made, "_send", losing)
    monkeypatch.setattr(made._producer, "commit_transaction", lambda: commits.append(1))
    # then it raises instead of committing, and the next relay publishes everything
    with pytest.raises(LostError):
        made.publish(rows, 1, wanted.check(in_folder.bootstrap, in_folder.prefix))
    assert commits == []
    made.close()
    publish_all(in_folder)
    assert same(in_folder)


def test_a_progress_record_that_is_lost_is_noticed_as_well(
    in_folder: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Publisher(in_folder.bootstrap, in_folder.prefix)
    right = made._put

    def losing(key: bytes, value: bytes) -> Any:
        future = right(key, value)
        future.get(10)
        future.is_done, future.exception = True, LostError("expired")
        return future

    monkeypatch.setattr(made, "_put", losing)
    with open_ledger(in_folder.where) as ledger, pytest.raises(LostError):
        made.publish(stored(ledger), 1, check(in_folder.bootstrap, in_folder.prefix))
    made.close()
    assert on_topic(in_folder) == 0


def test_a_commit_that_is_never_answered_is_given_up(
    in_folder: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library waits for ever."""
    made = Publisher(in_folder.bootstrap, in_folder.prefix)
    released = threading.Event()
    monkeypatch.setattr(made._producer, "commit_transaction", released.wait)
    monkeypatch.setattr(publisher, "COMMIT_SECONDS", 0.2)
    with open_ledger(in_folder.where) as ledger, pytest.raises(KafkaTimeoutError, match="not answered"):
        made.publish(stored(ledger), 1, check(in_folder.bootstrap, in_folder.prefix))
    released.set()
    made.close()
    publish_all(in_folder)
    assert same(in_folder)


def test_no_default_that_stalls_or_loses_is_left(in_folder: Cluster) -> None:
    """The defaults stand still for 120 s when a broker is killed, and read what was never committed."""
    producer = clients.producer(in_folder.bootstrap, transactional_id(in_folder.prefix))
    consumer = clients.consumer(in_folder.bootstrap)
    said = {
        "enable_idempotence": True,
        "acks": -1,
        "delivery_timeout_ms": 4_000,
        "request_timeout_ms": 2_500,
        "metadata_max_age_ms": 5_000,
        "reconnect_backoff_max_ms": 1_000,
        "bootstrap_timeout_ms": 5_000,
        "max_block_ms": 8_000,
        "allow_auto_create_topics": False,
    }
    assert {name: producer.config[name] for name in said} == said
    read = {"isolation_level": "read_committed", "enable_auto_commit": False, "auto_offset_reset": "none"}
    assert {name: consumer.config[name] for name in read} == read
    clients.drop(producer)
    clients.drop(consumer)


def test_aborted_records_are_never_read(in_folder: Cluster) -> None:
    # given a transaction that was aborted, between two that were committed
    with open_ledger(in_folder.where) as ledger:
        publish_all(in_folder)
        aborted = Publisher(in_folder.bootstrap, in_folder.prefix)
        aborted._producer.begin_transaction()
        for row in stored(ledger):
            aborted._send(message_of(row, 1)).get(10)
        aborted._put(b"progress", b"never").get(10)
        aborted._producer.abort_transaction()
        aborted.close()
        rows_of(ledger, 50)
    publish_all(in_folder)
    assert same(in_folder)


def test_what_is_in_flight_is_bounded(in_folder: Cluster) -> None:
    """The producer's own memory is not."""
    with open_ledger(in_folder.where) as ledger:
        rows_of(ledger, 3_500)
        publish_all(in_folder)
        size = {row.position: len(row.state) for row in stored(ledger)}
    ends = [0, *(progress.position for progress in every_progress(in_folder))]  # type: ignore[attr-defined]
    for begin, end in pairwise(ends):
        assert 0 < end - begin <= MAX_EVENTS
        assert sum(size[position] for position in range(begin + 1, end + 1)) <= MAX_BYTES


def test_a_poll_that_finds_nobody_ends_the_reading_in_words(
    in_folder: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "SILENT_SECONDS", 1)
    publish_all(in_folder)
    with (
        KafkaProxy(in_folder.bootstrap) as proxy,
        pytest.raises(StorageError) as said,
        clients.said_in_words(proxy.bootstrap),
        topic.reading(proxy.bootstrap, in_folder.prefix) as read,
    ):
        events = read.merged(dict.fromkeys(read.ends(), 10**6), lambda _: None)
        proxy.close()
        list(events)
    assert said.value.code == "RW-KAFKA-UNREACHABLE"


def test_clients_that_find_no_broker_leave_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a long outage each attempt would leave one behind, still trying."""
    monkeypatch.setattr(clients, "CONNECT_MS", 300)
    before = threading.active_count()
    for _ in range(2):
        for make in (clients.consumer, lambda bootstrap: clients.producer(bootstrap, "nobody")):
            with pytest.raises(KafkaError):
                make("127.0.0.1:1")
    until(lambda: threading.active_count() <= before)


def test_a_producer_that_is_given_up_leaves_no_thread(in_folder: Cluster) -> None:
    """`close` gives up half-way where records still wait for a broker that is gone."""
    before = threading.active_count()
    with KafkaProxy(in_folder.bootstrap) as proxy:
        made = Publisher(proxy.bootstrap, in_folder.prefix)
    made._producer.begin_transaction()
    made._put(b"progress", b"waits for a broker")
    made.close()
    until(lambda: threading.active_count() <= before)
