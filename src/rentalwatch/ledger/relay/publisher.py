"""The relay's producer: one Kafka transaction for the events of whole commits and the progress they make.

A producer lives until its first failure. Its successor begins with `init_transactions`, which ends whatever
transaction is open and shuts the former one out, and reads the progress to learn what became of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.partitioner.default import murmur2

from rentalwatch.ledger.messages import Message, message_of
from rentalwatch.ledger.relay import clients
from rentalwatch.ledger.relay.progress import KEY, Progress, RelayRefusedError, progress_at
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import EVENT_PARTITIONS, events_topic, progress_topic

FLUSH_SECONDS = 3 * clients.DELIVERY_MS / 1000
"""A batch is delivered or has failed after `DELIVERY_MS`; beyond thrice that something else is wrong."""

COMMIT_SECONDS = 8.0
"""How long a commit may go unanswered: the library waits for ever."""

BARRIER = b"barrier"
"""Key of the record that a new producer writes before it reads the progress, and an idle one now and then."""


def transactional_id(prefix: str) -> str:
    """The one name under which a cluster's events are published."""
    return f"{prefix}.relay"


class Publisher:
    """Publishes as the one relay of its topics from the moment it is made; any former one is shut out.

    Not to be shared between threads. Raises KafkaError everywhere; after that it is of no use any more.
    """

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._events, self._progress = events_topic(prefix), progress_topic(prefix)
        self._ends: dict[TopicPartition, int] = {}
        """Where this producer's last record ends in each partition."""
        self._producer = clients.producer(bootstrap, transactional_id(prefix))
        try:
            self._producer.init_transactions()
            self.begun_at = self.prove()
        except BaseException:
            self.close()
            raise

    def publish(self, rows: Sequence[Recorded], epoch: int, topic_id: str) -> Progress:
        """Stores events and progress in one transaction; returns the progress once it is committed.

        Raises RelayRefusedError, and stores nothing, if the topic is seen to be another one than `topic_id`:
        deleted and made anew while this producer lived, which Kafka tells nobody.
        """
        progress = progress_at(rows[-1], epoch, topic_id)
        with self._transaction(lambda sent: self._refuse_another(topic_id, sent)) as futures:
            futures += [self._send(message_of(row, epoch)) for row in rows]
            futures.append(self._put(KEY, progress.to_bytes()))
        self._ends |= _ends_of(futures)
        return progress

    def _refuse_another(self, topic_id: str, sent: Sequence[Any]) -> None:
        """The client learns of the new id with its metadata, seconds late; offsets that fall tell at once."""
        known = self._producer._metadata.topic_id(self._events)
        fell = any(end <= self._ends.get(place, 0) for place, end in _ends_of(sent).items())
        if fell or (known is not None and str(known) != topic_id):
            raise RelayRefusedError(
                f"the topic {self._events} was deleted and made anew while events were published to it",
                code="RW-RELAY-TOPIC",
            )

    def put(self, progress: Progress) -> None:
        """Stores progress alone, as a recovery does at its end."""
        with self._transaction() as futures:
            futures.append(self._put(KEY, progress.to_bytes()))

    def prove(self) -> int:
        """Commits a record that says nothing: proof that the broker stores and that nobody shut us out.

        What is read up to the offset that it returns is the present; a reader that asks for the topic's end
        instead may be answered by a former leader of the partition that is out of date.
        """
        with self._transaction() as futures:
            futures.append(self._put(BARRIER, json.dumps({"by": "relay"}).encode()))
        return int(futures[0].value.offset) + 1

    def _send(self, message: Message) -> Any:
        key, value, headers = message
        return self._producer.send(
            self._events, key=key, value=value, headers=headers, partition=partition_of(key)
        )

    def _put(self, key: bytes, value: bytes) -> Any:
        return self._producer.send(self._progress, key=key, value=value, partition=0)

    @contextmanager
    def _transaction(self, check: Callable[[list[Any]], None] = lambda _: None) -> Iterator[list[Any]]:
        """Commits only when every record that was sent is known to be stored, and `check` does not raise:
        `commit_transaction` succeeds even where all of them were lost."""
        futures: list[Any] = []
        self._producer.begin_transaction()
        yield futures
        self._producer.flush(timeout=FLUSH_SECONDS)
        for future in futures:
            if not future.succeeded():
                raise future.exception or KafkaTimeoutError("a record was not stored in time")
        check(futures)
        self._commit()

    def _commit(self) -> None:
        """In a thread of its own, since it cannot be told how long to wait; the thread of a commit that is
        never answered ends with its producer."""
        failed: list[BaseException] = []

        def commit() -> None:
            try:
                self._producer.commit_transaction()
            except BaseException as e:
                failed.append(e)

        thread = threading.Thread(target=commit, name="commit", daemon=True)
        thread.start()
        thread.join(COMMIT_SECONDS)
        if thread.is_alive():
            raise KafkaTimeoutError(f"a commit was not answered for {COMMIT_SECONDS:.0f} s")
        if failed:
            raise failed[0]

    def close(self) -> None:
        """Ends the producer. A transaction that is still open is for the successor to end."""
        clients.drop(self._producer)


def _ends_of(futures: Sequence[Any]) -> dict[TopicPartition, int]:
    """Partition → the offset behind the last of these records, all of which are stored."""
    return {future.value.topic_partition: future.value.offset + 1 for future in futures}


@lru_cache(maxsize=65_536)
def partition_of(key: bytes) -> int:
    """The partition of a stream: as every client of Kafka chooses it for this key (murmur2)."""
    return int((murmur2(key) & 0x7FFFFFFF) % EVENT_PARTITIONS)


__all__ = ["KafkaError", "Publisher", "partition_of", "transactional_id"]
