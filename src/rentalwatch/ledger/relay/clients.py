"""Kafka's clients as the relay uses them: every setting whose default was seen to stall or to lose is set.

`docs/relay.md` says which default does what. Nothing else in the package makes a producer or a consumer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from rentalwatch.ledger.brokers import refused, unreachable

CONNECT_MS = 5_000
"""How long the first broker may take to answer."""

REQUEST_MS = 2_500
DELIVERY_MS = 4_000
METADATA_MS = 5_000
RECONNECT_MS = 1_000
"""After the kill of a broker the library's defaults stand still for 120 s; with these four it is 6 to 8."""

RETRY_MS = 20
"""Between two tries; the markers of the last transaction are written within milliseconds."""

MAX_BLOCK_MS = 8_000
"""How long `init_transactions` waits for a coordinator: a broker that was killed is replaced in 3 to 6 s."""

TRANSACTION_MS = 15_000
"""After so long the broker aborts what a dead relay left open, in case no successor does: readers wait."""

REQUEST_BYTES = 2 * 1024 * 1024
"""The largest event is 1 MiB, its headers come on top."""

BATCH_BYTES = 128 * 1024
"""Of one partition in one request; the default of 16 KiB costs a tenth of the rate."""

FETCH_BYTES = 1024 * 1024
"""Of one partition in one answer; a larger record still comes through whole."""

POLL_RECORDS = 2_000

DROP_MS = 1_000
"""How long a client that is given up may take to end."""


def producer(bootstrap: str, transactional_id: str) -> KafkaProducer:
    """A transactional producer. `init_transactions()` comes before anything else. Raises KafkaError."""
    return _made(
        KafkaProducer,
        bootstrap_servers=servers(bootstrap),
        client_id=transactional_id,
        transactional_id=transactional_id,
        enable_idempotence=True,
        acks="all",
        transaction_timeout_ms=TRANSACTION_MS,
        delivery_timeout_ms=DELIVERY_MS,
        request_timeout_ms=REQUEST_MS,
        metadata_max_age_ms=METADATA_MS,
        reconnect_backoff_max_ms=RECONNECT_MS,
        retry_backoff_ms=RETRY_MS,
        bootstrap_timeout_ms=CONNECT_MS,
        max_block_ms=MAX_BLOCK_MS,
        max_request_size=REQUEST_BYTES,
        batch_size=BATCH_BYTES,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )


def consumer(bootstrap: str) -> KafkaConsumer:
    """A consumer without a group that sees committed records only. Raises KafkaError."""
    return _made(
        KafkaConsumer,
        bootstrap_servers=servers(bootstrap),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",  # a reader that falls out of the topic must not begin anew
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=FETCH_BYTES,
        max_poll_records=POLL_RECORDS,
        request_timeout_ms=10_000,
        metadata_max_age_ms=METADATA_MS,
        reconnect_backoff_max_ms=RECONNECT_MS,
        bootstrap_timeout_ms=CONNECT_MS,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )


def drop(client: KafkaProducer | KafkaConsumer) -> None:
    """Ends a client whatever state it is in. `close()` alone gives up half-way where records are still
    waiting, and its thread would go on trying for ever."""
    with suppress(KafkaError, OSError):
        if isinstance(client, KafkaConsumer):
            client.close(autocommit=False, timeout_ms=DROP_MS)
        else:
            client._sender.force_close()
            client.close(timeout=DROP_MS / 1000)


def _made(kind: Callable[..., Any], **settings: Any) -> Any:
    """A client; where no broker answers, its thread is ended as well, which the library leaves running."""
    begun: list[Any] = []

    def begin(**inner: Any) -> Any:
        begun.append(KafkaNetClient(**inner))
        return begun[-1]

    try:
        return kind(kafka_client=begin, **settings)
    except BaseException:
        for client in begun:
            client.close()
            client._manager._net.stop()
        raise


def servers(bootstrap: str) -> list[str]:
    """Brokers to ask first."""
    return [server.strip() for server in bootstrap.split(",")]


@contextmanager
def said_in_words(bootstrap: str) -> Iterator[None]:
    """Turns what the client raises into sentences: StorageError, RW-KAFKA-UNREACHABLE or RW-KAFKA."""
    try:
        yield
    except KafkaError as e:
        raise (unreachable(bootstrap, e) if e.retriable else refused(str(e))) from e
    except (OSError, ValueError) as e:
        raise unreachable(bootstrap, e) from e


__all__ = ["consumer", "drop", "producer", "said_in_words", "servers"]
