"""The relay, from the ledger's pages to committed transactions, against a bare kafka-python transactional
producer that sends the very same records.

The peer has its records made beforehand (keys, values, headers, partitions), the same settings of the
producer, 1,000 records a transaction, and looks at no future. Ours is the relay itself, in this process: it
reads whole commits (here 900 events each) while nobody is waiting for it, asks before each page whether it is
still the leader, makes the records, checks that each was stored and writes its progress in the transaction.
"""

from __future__ import annotations

import time
from contextlib import closing

from bench.measure import Row, alternate, timed
from bench.stage import Stage
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.messages import message_of
from rentalwatch.ledger.relay import clients
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.publisher import partition_of
from rentalwatch.ledger.relay.run import Relay
from rentalwatch.ledger.topics import events_topic
from rentalwatch.observe.health import Health
from rentalwatch.observe.metrics import RELAY_EVENTS

A_TRANSACTION = 1_000
GIVE_UP_SECONDS = 120.0


class _Enough:
    """Ends a relay when it has published so many events, and times it: it asks once when it begins, and
    then before each page."""

    def __init__(self, events: int) -> None:
        self.until = _published() + events
        self.give_up = time.monotonic() + GIVE_UP_SECONDS
        self.asked: list[float] = []
        self.seconds = 0.0

    def is_set(self) -> bool:
        self.asked.append(time.perf_counter())
        if _published() >= self.until and not self.seconds:
            self.seconds = self.asked[-1] - self.asked[1]
        return bool(self.seconds) or time.monotonic() > self.give_up

    def wait(self, seconds: float | None = None) -> bool:
        time.sleep(seconds or 0)
        return self.is_set()


def _published() -> float:
    return next(s.value for metric in RELAY_EVENTS.collect() for s in metric.samples)


def publish(stage: Stage, prefix: str) -> float:
    """Publishes the cluster's ledger to new topics; returns events a second."""
    enough = _Enough(stage.cluster_events)
    Relay(Cluster(stage.cluster_ledger, stage.parts.kafka, prefix), Health("relay"), enough).run()
    if not enough.seconds:
        raise RuntimeError(f"the relay did not publish everything within {GIVE_UP_SECONDS:.0f} s")
    return stage.cluster_events / enough.seconds


def _peer(stage: Stage) -> float:
    with open_ledger(stage.cluster_ledger) as ledger:
        rows = ledger.recorder.read_recorded(0, stage.cluster_events)
        records = [message_of(row, ledger.recorder.epoch) for row in rows]
    prefix = stage.parts.topics()
    topic = events_topic(prefix)
    sent = [(key, value, headers, partition_of(key)) for key, value, headers in records]
    with closing(clients.producer(stage.parts.kafka, f"{prefix}.bare")) as producer:
        producer.init_transactions()
        with timed() as watch:
            for begin in range(0, len(sent), A_TRANSACTION):
                producer.begin_transaction()
                for key, value, headers, partition in sent[begin : begin + A_TRANSACTION]:
                    producer.send(topic, key=key, value=value, headers=headers, partition=partition)
                producer.commit_transaction()
    return watch.rate(len(sent))


def relay(stage: Stage) -> Row:
    """Events a second."""
    stage.cluster_events  # noqa: B018  # made before the clock runs
    rates = alternate(lambda: publish(stage, stage.parts.topics()), lambda: _peer(stage))
    return Row("relay", *rates, 0.7, 0.95, "events/s")
