"""The read models of a cluster: how its PostgreSQL database is opened.

Needs the extra `cluster`; nothing else here imports the driver.
"""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo

SCHEMA = "models"
"""Where the pointer to the generation in use lies; generation N is the schema `models_N`."""

KEPT_ALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
"""Seconds (the last: milliseconds): a machine that is gone is noticed within about five seconds."""


def open_postgres(dsn: str, *, pool: int = 5) -> sa.Engine:
    """A cluster's read models. Connects when first used; a connection that died meanwhile is replaced.

    `dsn` is what libpq takes, sockets included. `pool`: connections kept open; half as many again may be
    opened at once. Names resolve where `in_schema` or `generations.at_live` say.
    """
    told = conninfo_to_dict(dsn)
    conninfo = make_conninfo(dsn, **{name: n for name, n in KEPT_ALIVE.items() if name not in told})
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(conninfo),
        pool_pre_ping=True,
        pool_size=pool,
        max_overflow=max(2, pool // 2),
    )

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        schema = connection.get_execution_options().get("schema")
        if schema:
            resolve_in(connection, schema)

    return engine


def in_schema(engine: sa.Engine, schema: str) -> sa.Engine:
    """The same connections, with names that resolve in one schema in every transaction."""
    return engine.execution_options(schema=schema)


def resolve_in(connection: sa.Connection, schema: str) -> None:
    """For the rest of the transaction, names resolve in `schema` alone."""
    connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')
