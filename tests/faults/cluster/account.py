"""The account at the end of a round: ledger, topic and read models laid beside what was acknowledged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import confluent_kafka

from projections.against_ledger import differences
from projections.postgres import open_postgres
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.compare import compare_with_kafka
from rentalwatch.ledger.relay.diagnosis import ledger_events
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import EVENT_PARTITIONS, events_topic
from tests.faults.cluster.stand import Stand
from tests.faults.commands import Command
from tests.faults.scenarios import Round, check, repeat

POLL_SECONDS = 0.05
"""This client waits so long for as many records as it is asked for."""
SILENT_SECONDS = 30.0
"""How long nothing may come of a topic that has an end."""


class Lying(NamedTuple):
    """A record as another client than ours reads it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


def account(
    stand: Stand, todo: list[Command], acknowledged: Iterable[int], result: Round, known: frozenset[str]
) -> None:
    """Everything that a round promises. `known`: codes of what the round itself put there."""
    found = Round(result.kind, result.seed)
    with open_ledger(stand.dsn) as ledger:
        check(ledger, todo, acknowledged, found, known)
        repeat(ledger, todo, found, known)
    stand.quiet()
    with open_ledger(stand.dsn) as ledger:
        _topic(ledger, stand, found, known)
    _read_models(stand, found)
    for name in ("lost", "doubled", "torn", "disordered"):
        setattr(result, name, getattr(result, name) + getattr(found, name))
    result.notes += found.notes


def _topic(ledger: Ledger, stand: Stand, result: Round, known: frozenset[str]) -> None:
    """By our own comparison, and by another client that knows the published format alone."""
    for problem in compare_with_kafka(ledger, stand.parts.kafka, stand.prefix):
        if problem.code not in known:
            _note(result, "torn", f"{problem.code} {problem.where}: {problem.what}")
    stored = list(ledger_events(ledger, 0))
    lying = read_by_another(stand.parts.kafka, stand.prefix)
    ours = [record for record in lying if "ce_position" in record.headers]
    count = Counter(int(record.headers["ce_position"]) for record in ours)
    for row in stored:
        if count[row.position] != 1:
            kind = "doubled" if count[row.position] else "lost"
            _note(result, kind, f"position {row.position} lies {count[row.position]} times on the topic")
    if count.keys() - {row.position for row in stored}:
        _note(result, "doubled", "the topic holds what the ledger does not")
    _order(ours, stored, result)
    if len(ours) < len(lying) and "RW-RECORD-FOREIGN" not in known:
        _note(result, "torn", "there are records on the topic that are no events")


def _order(lying: Sequence[Lying], stored: Sequence[Recorded], result: Round) -> None:
    """Positions rise in a partition, versions of a stream run 1, 2, 3 …, contents are those of the ledger."""
    content = {row.position: (row.stream_id.encode(), row.state, row.version) for row in stored}
    last: dict[int, int] = {}
    versions: Counter[bytes] = Counter()
    for record in lying:
        key, position, version = record.key or b"", *_numbers(record)
        if position <= last.get(record.partition, 0):
            _note(result, "disordered", f"position {position} behind {last[record.partition]}")
        last[record.partition] = position
        if version != versions[key] + 1:
            _note(result, "disordered", f"version {version} of {key!r} behind {versions[key]}")
        versions[key] = version
        if (key, record.value, version) != content.get(position):
            _note(result, "torn", f"position {position} says something else on the topic")


def _numbers(record: Lying) -> tuple[int, int]:
    return int(record.headers["ce_position"]), int(record.headers["ce_version"])


def _read_models(stand: Stand, result: Round) -> None:
    engine = open_postgres(stand.dsn)
    try:
        for table, what in differences(engine):
            _note(result, "torn", f"read model {table}: {what}")
    finally:
        engine.dispose()


def _note(result: Round, kind: str, what: str) -> None:
    setattr(result, kind, getattr(result, kind) + 1)
    result.notes.append(what)


def read_by_another(bootstrap: str, prefix: str) -> list[Lying]:
    """Every committed record of the events topic, partition by partition in order."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"{prefix}.account",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        place = confluent_kafka.TopicPartition
        topic = events_topic(prefix)
        consumer.assign([place(topic, n, confluent_kafka.OFFSET_BEGINNING) for n in range(EVENT_PARTITIONS)])
        return _all(consumer)
    finally:
        consumer.close()


def _all(consumer: Any) -> list[Lying]:
    found: list[Lying] = []
    ended: set[int] = set()
    heard = time.monotonic()
    while len(ended) < EVENT_PARTITIONS:
        messages = consumer.consume(500, timeout=POLL_SECONDS)
        heard = time.monotonic() if messages else heard
        assert time.monotonic() - heard < SILENT_SECONDS, f"{SILENT_SECONDS:.0f} s without a record"
        for m in messages:
            if m.error() is None:
                headers = {name: (value or b"").decode() for name, value in m.headers() or []}
                found.append(Lying(m.partition(), m.offset(), m.key(), m.value(), headers))
            elif m.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                ended.add(m.partition())
    return sorted(found, key=lambda record: (record.partition, record.offset))


__all__ = ["account", "read_by_another"]
