"""Answers that never come, connections that end, processes that are killed: nothing is lost or doubled."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.relay.cluster import Cluster
from tests.faults.proxy import KafkaProxy, When
from tests.faults.wires import END_TXN, INIT_PRODUCER_ID, PRODUCE
from tests.integration.relay.stories import (
    Process,
    differences,
    on_topic,
    patrolled,
    publish_all,
    relaying,
    rows_of,
    same,
    stored,
    until,
)


@pytest.fixture
def cluster(in_database: Cluster) -> Cluster:
    return in_database


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[KafkaProxy]:
    with KafkaProxy(cluster.bootstrap) as made:
        yield made


@pytest.mark.parametrize("when", ["after", "before"])
@pytest.mark.parametrize("request_kind", [END_TXN, PRODUCE, INIT_PRODUCER_ID])
def test_a_cut_connection_loses_and_doubles_nothing(
    request_kind: int, when: When, cluster: Cluster, ledger: Ledger, proxy: KafkaProxy
) -> None:
    # given a relay whose connection to the broker is cut at every few transactions
    through = Cluster(cluster.where, proxy.bootstrap, cluster.prefix)
    with relaying(through) as running:
        for n in range(3):
            proxy.cut(request_kind, when=when)
            rows_of(ledger, 120, f"round {n}")
            until(lambda: running.at(len(stored(ledger))))
    assert proxy.cuts >= (1 if request_kind == INIT_PRODUCER_ID else 3)
    assert same(cluster)


def test_a_relay_killed_again_and_again_loses_and_doubles_nothing(
    cluster: Cluster, ledger: Ledger, tmp_path: Path
) -> None:
    # given a ledger that is being published while it is written, and relays that are killed at any moment
    rng = Random(1)
    killed = 0
    rows_of(ledger, 2_000, "before")
    while killed < 3 or on_topic(cluster) < len(stored(ledger)):
        process = Process(cluster, tmp_path / "log")
        until(
            lambda start=on_topic(cluster): (
                on_topic(cluster) > start or on_topic(cluster) == len(stored(ledger))
            )
        )
        rows_of(ledger, 200, f"round {killed}")
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        killed += 1
        assert killed < 40
    # then the topic says what the ledger says
    assert same(cluster)


def test_an_open_transaction_of_a_dead_relay_holds_nobody_up(cluster: Cluster, ledger: Ledger) -> None:
    """A kill between send and commit: the next relay ends the transaction, its records are never seen."""
    from rentalwatch.ledger.messages import message_of
    from rentalwatch.ledger.relay.publisher import Publisher

    publish_all(cluster)
    dead = Publisher(cluster.bootstrap, cluster.prefix)
    dead._producer.begin_transaction()
    for row in stored(ledger)[:10]:
        dead._send(message_of(row, 1)).get(10)
    patrolled(ledger, "next")
    publish_all(cluster)
    assert same(cluster)
    dead.close()


def test_an_outage_is_waited_for(cluster: Cluster, ledger: Ledger) -> None:
    # given a relay whose broker goes away
    proxy = KafkaProxy(cluster.bootstrap)
    ports = [p.port for p in proxy.proxies]
    with relaying(Cluster(cluster.where, proxy.bootstrap, cluster.prefix)) as running:
        until(lambda: running.at(30))
        proxy.close()
        patrolled(ledger, "during")
        until(lambda: "kafka" in str(running.health.problems()))
        # when it is back at the same address
        back = KafkaProxy(cluster.bootstrap, ports)
        until(lambda: running.at(31) and not running.health.problems())
        back.close()
        assert running.error is None
    assert same(cluster)


def test_an_idle_relay_notices_an_outage(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    from rentalwatch.ledger.relay import run

    monkeypatch.setattr(run, "PROVE_SECONDS", 0.2)
    with (
        KafkaProxy(cluster.bootstrap) as proxy,
        relaying(Cluster(cluster.where, proxy.bootstrap, cluster.prefix)) as running,
    ):
        until(lambda: running.at(30) and not running.health.problems())
        proxy.close()
        until(lambda: "kafka" in str(running.health.problems()))


def test_sigterm_during_an_outage_ends_the_process(cluster: Cluster, ledger: Ledger, tmp_path: Path) -> None:
    with KafkaProxy(cluster.bootstrap) as proxy:
        process = Process(Cluster(cluster.where, proxy.bootstrap, cluster.prefix), tmp_path / "log")
        until(lambda: on_topic(cluster) == 30)
    patrolled(ledger, "during")
    until(lambda: "broke off" in process.said())
    begun = time.monotonic()
    assert process.stop() == 0
    sys.stdout.write(f"ended {time.monotonic() - begun:.1f} s after SIGTERM\n")
    assert differences(cluster) == []
