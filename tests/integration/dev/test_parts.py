"""The shared parts of a test run serve: a broker, a database, and what single tests get of them."""

from __future__ import annotations

import psycopg
from kafka import KafkaAdminClient


def test_the_broker_of_the_run_serves(kafka: str, topics: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    assert [name for name in admin.list_topics() if name.startswith(topics)]
    admin.close()


def test_a_bare_database_is_empty(bare_database: str) -> None:
    with psycopg.connect(bare_database) as connection:
        found = connection.execute("SELECT schema_name FROM information_schema.schemata").fetchall()
    assert ("ledger",) not in found


def test_a_database_is_migrated_and_of_one_test_alone(database: str, bare_database: str) -> None:
    assert database != bare_database
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM ledger.stored_events").fetchone() == (0,)


def test_the_database_sorts_by_bytes_and_knows_letters_beyond_ascii(bare_database: str) -> None:
    with psycopg.connect(bare_database) as connection:
        rows = connection.execute(
            "SELECT w FROM (VALUES ('a'), ('B'), ('é'), ('_')) AS t(w) ORDER BY w"
        ).fetchall()
        assert [w for (w,) in rows] == ["B", "_", "a", "é"]
        assert connection.execute("SELECT upper('é')").fetchone() == ("É",)
