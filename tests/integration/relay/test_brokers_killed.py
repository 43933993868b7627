"""Three brokers, of which the one that matters most is killed in the midst of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rentalwatch.dev.broker import Broker, Node, chosen_addresses
from rentalwatch.ledger import topics as wanted
from rentalwatch.ledger.brokers import asking
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay import clients
from rentalwatch.ledger.relay.cluster import Cluster
from tests.integration.relay.stories import (
    homes,
    relaying,
    rows_of,
    same,
    stored,
    until,
)


@pytest.fixture
def three() -> Iterator[Broker]:
    """Three brokers of one test's own."""
    with tempfile.TemporaryDirectory(prefix="rentalwatch-test-relay-") as folder:
        broker = Broker(Path(folder), chosen_addresses(3))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


def coordinator(broker: Broker, prefix: str) -> Node:
    """The node that keeps the relay's transactions."""
    producer = clients.producer(broker.bootstrap, f"{prefix}.relay")
    producer.init_transactions()
    node = producer._transaction_manager._transaction_coordinator
    clients.drop(producer)
    return broker.nodes[int(str(node).rpartition("-")[2]) - 1]


def leader(broker: Broker, prefix: str) -> Node:
    """The node that leads the progress topic."""
    with asking(broker.bootstrap) as admin:
        (found,) = admin.describe_topics([wanted.progress_topic(prefix)])
    return broker.nodes[int(found["partitions"][0]["leader_id"]) - 1]


def test_brokers_killed_under_load_lose_and_double_nothing(three: Broker, database: str) -> None:
    """The one that keeps the relay's transactions, then the one that leads its progress."""
    # given a relay on three brokers, with more to publish all the time
    cluster = Cluster(database, three.bootstrap, "test")
    wanted.apply(three.bootstrap, cluster.prefix)
    with open_ledger(database) as ledger:
        homes(ledger)
        for that_matters in (coordinator, leader):
            killed = that_matters(three, cluster.prefix)
            with relaying(cluster) as running:
                until(lambda: running.at(len(stored(ledger))))
                rows_of(ledger, 1_500, f"before {killed.name}")
                # when a broker is killed in the midst of it
                killed.kill()
                rows_of(ledger, 1_500, f"after {killed.name}")
                until(lambda: running.at(len(stored(ledger))))
                assert running.error is None
            three.restart(killed.config.address.number)
    # then everything is there once, in order
    assert same(cluster)
