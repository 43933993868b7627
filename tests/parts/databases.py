"""Databases for single tests: fresh, quickly made, gone afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

from tests.parts.shared import alone


def named_so(server: str, database: str) -> str:
    """The DSN of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


@contextmanager
def fresh(server: str, template: str = "template0") -> Iterator[str]:
    """The DSN of a database like the template, dropped afterwards, whoever is still connected."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _do(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield named_so(server, name)
    finally:
        _do(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def migrated_template(server: str, shared: Path) -> str:
    """The name of a database that was migrated once, to be copied by every test of this run."""
    from rentalwatch.migrating import migrate

    kept = shared / "postgres.template"
    with alone(shared / "postgres.template.lock"):
        if not kept.exists():
            name = f"template_{uuid.uuid4().hex[:12]}"
            _do(server, "CREATE DATABASE {}", name)
            migrate(named_so(server, name))
            kept.write_text(name, encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def drop_template(server: str, shared: Path) -> None:
    """Takes the template away from a server that goes on after this run."""
    kept = shared / "postgres.template"
    if kept.exists():
        _do(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", kept.read_text(encoding="utf-8"))


def _do(server: str, statement: LiteralString, *names: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
