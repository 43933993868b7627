"""A broker of its own: what was acknowledged survives kill -9; three nodes serve while one is down."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from rentalwatch.dev.broker import Broker, chosen_addresses

TOPIC = "told"
PATIENCE = 60_000
"""Milliseconds: longer than a node takes to notice that another is gone."""


@contextmanager
def running(nodes: int) -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="rentalwatch-test-broker-") as folder:
        broker = Broker(Path(folder), chosen_addresses(nodes))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


def make_topic(broker: Broker, copies: int) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(name=TOPIC, num_partitions=1, replication_factor=copies)])
    admin.close()


def tell(broker: Broker, *words: bytes) -> None:
    """Returns once every word is acknowledged by all copies in sync."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", max_block_ms=PATIENCE)
    for word in words:
        producer.send(TOPIC, word).get(PATIENCE / 1_000)
    producer.close()


def told(broker: Broker) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    found: list[bytes] = []
    while len(found) < end:
        found += [r.value for records in consumer.poll(500).values() for r in records]
    consumer.close()
    return found


def test_what_was_acknowledged_survives_kill_9_and_a_stop() -> None:
    with running(1) as broker:
        make_topic(broker, 1)
        tell(broker, b"one")
        broker.nodes[0].kill()
        broker.restart(1)
        tell(broker, b"two")
        broker.stop()
        broker.start()
        assert told(broker) == [b"one", b"two"]


def test_three_nodes_serve_while_one_is_killed_and_take_it_back() -> None:
    with running(3) as broker:
        make_topic(broker, 3)
        tell(broker, b"one")
        for number in (1, 2):
            broker.nodes[number - 1].kill()
            tell(broker, b"while %d is down" % number)
            broker.restart(number)
        assert told(broker) == [b"one", b"while 1 is down", b"while 2 is down"]
