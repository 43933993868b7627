"""Other systems read the events with a client of their own, by what is published and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaProducer

from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.publisher import Publisher
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import check, events_topic

ROOT = Path(__file__).parents[3]
MANY = 10_000
A_TRANSACTION = 1_000


@pytest.fixture(scope="module")
def events(new_york_folder: Path) -> list[Recorded]:
    """What New York's records became, in the order of recording."""
    with closing(open_ledger(new_york_folder)) as ledger:
        return ledger.recorder.read_recorded(0, MANY)


def publish(kafka: str, prefix: str, rows: list[Recorded]) -> None:
    """As the relay does it."""
    topic_id = check(kafka, prefix)
    with closing(Publisher(kafka, prefix)) as publisher:
        for begin in range(0, len(rows), A_TRANSACTION):
            publisher.publish(rows[begin : begin + A_TRANSACTION], 1, topic_id)


def abort_one(kafka: str, prefix: str) -> None:
    """A transaction that stores a record and is then aborted: no reader may be told of it."""
    producer = KafkaProducer(bootstrap_servers=kafka, transactional_id=f"{prefix}.aborts")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(events_topic(prefix), b"{}", b"nobody").get(30)
    producer.abort_transaction()
    producer.close()


def documented_program() -> str:
    """The program on the page for other systems: the first of its Python."""
    page = (ROOT / "docs/messages.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]


def pointed_at(program: str, kafka: str, prefix: str) -> str:
    """The program with the test's broker, topic and group in place of those on the page."""
    for documented, ours in {
        "127.0.0.1:9092": kafka,
        "rentalwatch.events.v1": events_topic(prefix),
        '"outsider"': f'"{prefix}.outsider"',
    }.items():
        assert program.count(documented) == 1
        program = program.replace(documented, ours)
    return program


def test_the_documented_program_has_ten_lines() -> None:
    assert len([line for line in documented_program().splitlines() if line]) == 10


def test_ten_lines_with_another_client_read_and_validate_ten_thousand_events(
    kafka: str, topics: str, events: list[Recorded]
) -> None:
    assert len(events) == MANY
    publish(kafka, topics, events[: MANY // 2])
    abort_one(kafka, topics)
    publish(kafka, topics, events[MANY // 2 :])
    done = outsider_run(pointed_at(documented_program(), kafka, topics))
    assert done.returncode == 0, done.stderr
    read = [line.split() for line in done.stdout.splitlines()]
    assert sorted((int(p), s, int(v), t) for p, s, v, t in read) == [
        (row.position, row.stream_id, row.version, row.type_name) for row in events
    ]
    assert in_order(read)


def test_the_documented_program_complains_of_an_event_that_is_none(kafka: str, topics: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka)
    headers = [("ce_type", b"rentalwatch.NoteRecorded.v1")]
    producer.send(events_topic(topics), b'{"record_id":7}', b"dwelling-1", headers).get(30)
    producer.close()
    done = outsider_run(pointed_at(documented_program(), kafka, topics))
    assert done.returncode != 0
    assert "ValidationError" in done.stderr


def outsider_run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def in_order(read: list[list[str]]) -> bool:
    """Whether the versions of every home came as 1, 2, 3 and so on."""
    versions = defaultdict(list)
    for _, stream_id, version, _ in read:
        versions[stream_id].append(int(version))
    return all(came == [*range(1, len(came) + 1)] for came in versions.values())
