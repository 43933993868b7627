"""Signals from a file onto the topic of a cluster 信号入库, where an estate's lie in one partition.

Each line is looked at as at the evaluator's own door before it is sent: what must not be kept (a field that
nobody knows, an identity number) never lies on the topic. Needs the extra `cluster`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from rentalwatch.early_warning.lines import lines, opened
from rentalwatch.errors import StorageError
from rentalwatch.ledger import brokers
from rentalwatch.ledger.relay.clients import drop, servers
from rentalwatch.ledger.wanted_topics import SIGNAL_BYTES, signals_topic
from rentalwatch.signals.batches import Refused, read
from rentalwatch.signals.records import Context

IN_FLIGHT = 64
"""Records that wait for the broker's answer at most: the client's own memory is not bounded."""

DELIVERY_MS = 30_000
"""How long a record may take to be taken: an election takes six to eight seconds."""


@dataclass
class Sent:
    """What was sent, and what was refused before: (kind, treatment) → readings."""

    records: int = 0
    readings: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    broken_off: bool = False


def send(
    bootstrap: str,
    prefix: str,
    name: str,
    *,
    foreign: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int], None] | None = None,
) -> Sent:
    """Sends a file's records in their order, each estate's into its partition. `foreign`: context comes from
    the file, too. Sent twice, readings are known already.

    Raises NotFoundError, InvalidInputError, StorageError (the brokers did not take them: what was sent before
    stays, and the same file may be sent again).
    """
    told = Sent()
    with opened(name) as file, sender(bootstrap, prefix) as put:
        for placed, upto in lines(file):
            said = read(placed.record, int(time.time()))
            if isinstance(said, Context) and not foreign:
                told.refused[said.kind, "foreign_context"] += 1
            elif isinstance(said, Refused):
                told.refused[said.kind, said.treatment] += said.readings
            else:
                put(said.estate, placed.record)
                told.records += 1
                told.readings += 0 if isinstance(said, Context) else said.size
            if on_progress is not None:
                on_progress(upto)
            if stop():
                told.broken_off = True
                break
    return told


@contextmanager
def sender(bootstrap: str, prefix: str) -> Iterator[Callable[[str, bytes], None]]:
    """Gives what puts one record of an estate onto the topic, in order; when the block ends, the brokers have
    taken all of them. Raises StorageError."""
    topic = signals_topic(prefix)
    try:
        client = _producer(bootstrap)
    except (KafkaError, ValueError, OSError) as e:
        raise brokers.unreachable(bootstrap) from e
    waiting: list[Any] = []
    try:

        def put(estate: str, record: bytes) -> None:
            if len(waiting) >= IN_FLIGHT:
                _taken(waiting.pop(0))
            waiting.append(client.send(topic, key=estate.encode(), value=record))

        yield put
        client.flush()
        for future in waiting:
            _taken(future)
        client.close()
    except KafkaError as e:
        raise _refused(e) from e
    finally:
        drop(client)


def _taken(future: Any) -> None:
    """Waits until the brokers have it. Raises KafkaError."""
    future.get(timeout=DELIVERY_MS / 1000)


def _refused(error: KafkaError) -> StorageError:
    return StorageError(
        f"the brokers do not take the records: {type(error).__name__}",
        todo="What was sent before is there; run `rentalwatch topics apply`, then send the same file again.",
        code="RW-KAFKA",
    )


def _producer(bootstrap: str) -> KafkaProducer:
    """Idempotent, so that a repeated send changes no order; the partition follows from the key (murmur2)."""
    return KafkaProducer(
        bootstrap_servers=servers(bootstrap),
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        delivery_timeout_ms=DELIVERY_MS,
        request_timeout_ms=10_000,
        max_request_size=SIGNAL_BYTES,
        bootstrap_timeout_ms=5_000,
        max_block_ms=8_000,
        compression_type="gzip",
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
