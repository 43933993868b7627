"""The peer's view on either database: the library's tracking recorder with two tables beside it."""

from __future__ import annotations

from functools import cache
from typing import Any

from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
    SQLiteTrackingRecorder,
)
from psycopg.sql import SQL

from bench.history_peer import CREATE, StatesView


class _Pool(SQLiteConnectionPool):
    """With the PRAGMAs of our read models."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        for pragma in ("PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-131072"):
            connection.cursor().execute(pragma)
        return connection


class SQLiteStatesView(StatesView, SQLiteTrackingRecorder):
    """On SQLite."""

    def __init__(self, datastore: SQLiteDatastore, **kwargs: Any) -> None:
        datastore.pool = _Pool(db_name=datastore.pool.db_name)
        super().__init__(datastore, **kwargs)

    def sql(self, statement: str) -> str:
        return statement

    def construct_create_table_statements(self) -> list[str]:
        facts, *others = CREATE
        return [*super().construct_create_table_statements(), f"{facts} WITHOUT ROWID", *others]


class PostgresStatesView(StatesView, PostgresTrackingRecorder):
    """On PostgreSQL, in the schema `public`."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements += [SQL(_in_words(one)).format() for one in CREATE]

    def sql(self, statement: str) -> str:
        return _in_words(statement)


@cache
def _in_words(statement: str) -> str:
    return statement.replace("?", "%s").replace("BLOB", "BYTEA")
