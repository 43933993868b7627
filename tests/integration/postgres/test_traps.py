"""One test for each trap of the library on PostgreSQL that a writer or a reader can fall into."""

from __future__ import annotations

import threading

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from tests.integration.ledger.together import together
from tests.unit.ledger.words import an_id, patrols, registers, stored

EIGHT = range(8)
EACH = 25


def _records(dsn: str, writer: int) -> int:
    with open_ledger(dsn) as ledger:
        for n in range(EACH):
            ledger.record(patrols(), an_id(f"{writer}/{n}"))
    return EACH


def test_a_reader_that_follows_while_eight_processes_write_skips_nothing(
    ledger: Ledger, database: str
) -> None:
    # given a reader that always asks for what comes behind the last position it saw
    ledger.record(registers(), an_id("home"))
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set() or ledger.recorder.read_recorded(seen[-1] if seen else 0, 1):
            seen.extend(row.position for row in ledger.recorder.read_recorded(seen[-1] if seen else 0, 500))

    reader = threading.Thread(target=follow)
    reader.start()
    # when eight processes write to one file at once
    answers = together(_records, [(database, writer) for writer in EIGHT])
    done.set()
    reader.join()
    # then all of it was seen, in order, without a gap
    assert answers == [EACH] * 8
    assert seen == list(range(1, 8 * EACH + 2))
    assert list(audit(ledger)) == []


def test_a_conflict_leaves_no_gap_in_the_positions(ledger: Ledger) -> None:
    event = StoredEvent("dwelling-1", 1, "topic", b"x")
    assert list(ledger.recorder.insert_events([event])) == [1]
    with pytest.raises(IntegrityError):
        ledger.recorder.insert_events([event])
    assert list(ledger.recorder.insert_events([StoredEvent("dwelling-1", 2, "topic", b"x")])) == [2]


def test_a_full_commit_goes_in_at_once_and_does_not_hang(ledger: Ledger) -> None:
    full = [StoredEvent("dwelling-1", n + 1, "topic", b"x" * 1_048) for n in range(1_000)]
    assert list(ledger.recorder.insert_events(full)) == list(range(1, 1_001))


def test_a_database_that_restarts_between_two_commands_is_not_noticed(ledger: Ledger, database: str) -> None:
    ledger.record(registers(), an_id("home"))
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert not ledger.record(patrols(), an_id("patrol")).again
    assert len(stored(ledger)) == 2


def test_two_ledgers_of_one_database_name_the_same_streams_and_positions(
    ledger: Ledger, database: str
) -> None:
    ledger.record(registers(), an_id("home"))
    with open_ledger(database) as other:
        other.record(patrols(), an_id("patrol"))
        assert stored(other) == stored(ledger)
