"""`rentalwatch migrate`: makes the tables of a cluster's database, or brings them to this version.

The only place that makes them. Processes that all make their own tables when they start fail each other,
even on tables that exist; here one does it and the others wait for its lock.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from rentalwatch.errors import StorageError
from rentalwatch.ledger.postgres_store import CONNECT_SECONDS, SCHEMA, storage_errors

MIGRATION_LOCK = 7_130_002
"""Advisory lock of the one process that migrates; a number of our own."""

FORMAT = 2
"""The format of the ledger's tables that this version writes and reads."""

_TEXT = 'TEXT COLLATE "C"'
"""Bytewise, as in the embedded store: the order of keys must not depend on the server's language."""

_FIRST = (
    f"CREATE SCHEMA {SCHEMA}",
    f"SET LOCAL search_path TO {SCHEMA}",
    f"CREATE TABLE stored_events (originator_id {_TEXT} NOT NULL, originator_version BIGINT NOT NULL,"
    f" topic {_TEXT} NOT NULL, state BYTEA NOT NULL, notification_id BIGINT NOT NULL,"
    " recorded_at BIGINT NOT NULL, PRIMARY KEY (originator_id, originator_version))",
    "CREATE UNIQUE INDEX stored_events_by_position ON stored_events (notification_id)",
    f"CREATE TABLE record_ids (record_id BYTEA PRIMARY KEY, stream_id {_TEXT} NOT NULL,"
    f" version BIGINT NOT NULL, content_hash {_TEXT} NOT NULL, batch BYTEA)",
    "CREATE INDEX record_ids_by_batch ON record_ids (batch) WHERE batch IS NOT NULL",
    f"CREATE TABLE source_facts (source {_TEXT} NOT NULL, fact {_TEXT} NOT NULL, key {_TEXT} NOT NULL,"
    f" record_id BYTEA, content_hash {_TEXT} NOT NULL, timeless_hash {_TEXT} NOT NULL,"
    " count BIGINT NOT NULL, source_recorded_at BIGINT, PRIMARY KEY (source, fact, key))",
    f"CREATE TABLE identity_keys (key {_TEXT} PRIMARY KEY, stream_id {_TEXT} NOT NULL)",
    f"CREATE TABLE meta (name {_TEXT} PRIMARY KEY, value {_TEXT} NOT NULL)",
    f"CREATE TABLE batches (batch BYTEA PRIMARY KEY, source {_TEXT} NOT NULL, file_name {_TEXT} NOT NULL,"
    f" file_hash {_TEXT} NOT NULL, mapping_hash {_TEXT} NOT NULL, started_at BIGINT NOT NULL,"
    f" ended_at BIGINT, state {_TEXT} NOT NULL, rows BIGINT NOT NULL DEFAULT 0,"
    " records BIGINT NOT NULL DEFAULT 0, events_added BIGINT NOT NULL DEFAULT 0,"
    " already_known BIGINT NOT NULL DEFAULT 0, rejected BIGINT NOT NULL DEFAULT 0,"
    f" reason {_TEXT} NOT NULL DEFAULT '')",
    "INSERT INTO meta VALUES ('format', '1'), ('epoch', '1')",
)

_MOVES = (
    f"SET LOCAL search_path TO {SCHEMA}",
    f"ALTER TABLE record_ids ADD COLUMN said_of {_TEXT}",
    f"CREATE TABLE moved_records (record_id BYTEA PRIMARY KEY, stream_id {_TEXT} NOT NULL)",
    f"CREATE TABLE merged_streams (stream_id {_TEXT} PRIMARY KEY, survivor {_TEXT} NOT NULL)",
    "UPDATE meta SET value = '2' WHERE name = 'format'",
)
"""Where facts count that another file took over."""

STEPS: dict[int, tuple[str, ...]] = {1: _FIRST, 2: _MOVES}
"""Format → the statements that lead to it from the one before."""

Connection = psycopg.Connection[tuple[object, ...]]


def migrate(dsn: str, *, then: Callable[[Connection], None] | None = None) -> list[int]:
    """Brings the ledger's tables to `FORMAT`; returns the formats it passed through, none if it stood there.

    `then` is called in the same transaction (the read models' tables, which this layer does not know).
    Guarantees: whole or not at all; safe when any number of processes do it at once. Raises StorageError:
    RW-LEDGER-NEWER, RW-CONNECTION, RW-DATABASE.
    """
    with storage_errors(), psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        steps = [step for step in STEPS if step > format_of(connection)]
        for step in steps:
            for statement in STEPS[step]:
                connection.execute(statement)
        if then is not None:
            then(connection)
        return steps


def stated_format(dsn: str) -> int:
    """The format of the ledger in a database, 0 if there is none. Raises StorageError as `migrate` does."""
    with storage_errors(), psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS) as connection:
        return format_of(connection)


def format_of(connection: Connection) -> int:
    """The format of the tables in a database, 0 if there are none. Raises StorageError if it is newer."""
    there = connection.execute(f"SELECT to_regclass('{SCHEMA}.meta') IS NOT NULL").fetchone()
    if not there or not there[0]:
        return 0
    row = connection.execute(f"SELECT value FROM {SCHEMA}.meta WHERE name = 'format'").fetchone()
    found = int(str(row[0])) if row else 0
    if found > FORMAT:
        raise StorageError(
            f"the ledger in this database is of format {found}; this version reads up to {FORMAT}",
            todo="Upgrade rentalwatch. Nothing was changed.",
            code="RW-LEDGER-NEWER",
            stated=found,
            known=FORMAT,
        )
    return found
