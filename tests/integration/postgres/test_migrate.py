"""One command makes the tables; nobody else does."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.migrations import FORMAT, STEPS, migrate
from tests.integration.ledger.together import together


def _migrates(dsn: str) -> list[int]:
    return migrate(dsn)


def test_eight_processes_that_start_together_migrate_once_and_none_fails(bare_database: str) -> None:
    # when eight processes migrate one empty database at the same moment, twice
    first = together(_migrates, [(bare_database,)] * 8)
    again = together(_migrates, [(bare_database,)] * 8)
    # then one of them did it, the others found it done
    assert sorted(first) == [[]] * 7 + [[*range(1, FORMAT + 1)]]
    assert again == [[]] * 8
    with open_ledger(bare_database) as ledger:
        assert ledger.recorder.epoch == 1


def test_a_database_of_format_1_asks_to_be_migrated_and_keeps_what_it_holds(bare_database: str) -> None:
    # given the tables of format 1 with a home in them, as the version before wrote them
    with psycopg.connect(bare_database) as connection:
        for statement in STEPS[1]:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO stored_events"
            " VALUES ('dwelling-1', 1, 'rentalwatch.DwellingRegistered.v1', %s, 1, 5)",
            (b'{"record_id":"00000000-0000-4000-8000-000000000001","happened_at":"2026-01-01T00:00:00Z",'
             b'"label":"H","keys":["H"],"content_hash":"c"}',),
        )  # fmt: skip
        connection.execute(
            "INSERT INTO record_ids VALUES (%s, 'dwelling-1', 1, 'c', NULL)",
            (UUID("00000000-0000-4000-8000-000000000001").bytes,),
        )
        connection.execute("INSERT INTO identity_keys VALUES ('H', 'dwelling-1')")
    with pytest.raises(StorageError) as refusal:
        open_ledger(bare_database)
    assert refusal.value.code == "RW-NOT-MIGRATED"
    # when it is migrated, then it is whole
    assert migrate(bare_database) == [2]
    with open_ledger(bare_database) as ledger:
        assert list(audit(ledger)) == []
        assert ledger.stream_of("H") == "dwelling-1"


def test_opening_a_database_that_was_not_migrated_makes_no_tables(bare_database: str) -> None:
    with pytest.raises(NotFoundError) as refusal:
        open_ledger(bare_database)
    assert refusal.value.code == "RW-NOT-MIGRATED"
    with psycopg.connect(bare_database) as connection:
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'ledger'").fetchall()
    assert found == []


def test_a_ledger_of_a_newer_format_is_refused_and_left_as_it_is(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE ledger.meta SET value = '99' WHERE name = 'format'")
    for act in (migrate, open_ledger):
        with pytest.raises(StorageError) as refusal:
            act(database)  # type: ignore[operator]
        assert refusal.value.code == "RW-LEDGER-NEWER"


def test_a_database_that_is_not_there_is_told_plainly() -> None:
    with pytest.raises(StorageError) as refusal:
        open_ledger("postgresql://postgres@127.0.0.1:9/postgres")
    assert refusal.value.code == "RW-CONNECTION"
