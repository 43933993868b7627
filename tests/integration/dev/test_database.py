"""A database of its own: committed rows survive kill -9."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rentalwatch.dev.database import Database, reachable
from rentalwatch.dev.ports import free_port
from rentalwatch.dev.processes import below
from rentalwatch.errors import StorageError


@pytest.fixture
def server() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="rentalwatch-test-database-") as folder:
        database = Database(Path(folder), free_port())
        database.start()
        try:
            yield database
        finally:
            database.kill()


def test_committed_rows_survive_kill_9_and_others_do_not(server: Database) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE told (word text)")
        connection.execute("INSERT INTO told VALUES ('committed')")
    begun = psycopg.connect(server.dsn())
    begun.execute("INSERT INTO told VALUES ('begun')")
    server.kill()
    assert not reachable(server.dsn())
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT word FROM told").fetchall() == [("committed",)]


def test_it_starts_again_while_processes_of_the_killed_one_still_end(server: Database) -> None:
    assert below(server.pid)
    assert server.child is not None
    server.child.kill()
    server.start()
    assert reachable(server.dsn())


def test_an_orderly_stop_does_not_wait_for_clients(server: Database) -> None:
    server.create("rentalwatch")
    server.create("rentalwatch")
    with psycopg.connect(server.dsn("rentalwatch")):
        assert server.child is not None
        assert server.child.stop(30.0)
        assert server.child.process.returncode == 0


def test_it_keeps_what_it_acknowledged_and_lets_many_in_with_the_password_alone(server: Database) -> None:
    with psycopg.connect(server.dsn()) as connection:
        said = "SELECT current_setting('fsync'), current_setting('max_connections')"
        assert connection.execute(said).fetchone() == ("on", "200")
    assert not reachable(make_conninfo(server.dsn(), password="another"))


def test_a_server_that_cannot_start_shows_its_last_lines_and_leaves_nothing(server: Database) -> None:
    server.stop()
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("work_mem = 'nonsense'\n")
    with pytest.raises(StorageError) as refused:
        server.start()
    assert refused.value.code == "RW-START"
    assert "work_mem" in refused.value.what
    assert not server.alive
