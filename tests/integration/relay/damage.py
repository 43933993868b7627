"""What befalls ledgers and topics: tails lost, topics deleted, progress gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.brokers import asking
from rentalwatch.ledger.relay import clients
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.diagnosis import ledger_events
from rentalwatch.ledger.relay.progress import KEY
from rentalwatch.ledger.relay.tail import forget
from rentalwatch.ledger.topics import apply
from tests.integration.relay.stories import patrolled, until


def loses_its_tail(ledger: Ledger, end: int) -> None:
    """The ledger is as a backup of earlier had it."""
    with ledger.recorder.joined() as tx:
        tail = list(ledger_events(ledger, end))
        forget(tx, end, tail, (row for row in ledger_events(ledger, 0) if row.position <= end))
    assert (ledger.recorder.max_notification_id() or 0) == end


def tail_of_its_own(ledger: Ledger, end: int, names: Sequence[str], home: str = "HOME-0") -> None:
    """A backup was restored, and writers went on."""
    loses_its_tail(ledger, end)
    for name in names:
        patrolled(ledger, name, home)


def made_anew(cluster: Cluster, kind: str) -> None:
    """Somebody deletes a topic and makes it again."""
    name = f"{cluster.prefix}.{kind}.v1"
    with asking(cluster.bootstrap) as admin:
        admin.delete_topics([name])
        until(lambda: name not in admin.list_topics())
    apply(cluster.bootstrap, cluster.prefix, 1)


def progress_is_lost(cluster: Cluster) -> None:
    made_anew(cluster, "progress")


def progress_is_garbage(cluster: Cluster) -> None:
    """Somebody else writes under the relay's key."""
    foreign(cluster, f"{cluster.prefix}.progress.v1", KEY, b"all done", [])


def foreign(
    cluster: Cluster, topic: str, key: bytes | None, value: bytes, headers: Any, partition: int = 0
) -> None:
    """A record of somebody who may write to a topic and should not."""
    producer = clients.producer(cluster.bootstrap, f"foreign-{uuid4()}")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic, key=key, value=value, headers=headers, partition=partition).get(10)
    producer.commit_transaction()
    clients.drop(producer)
