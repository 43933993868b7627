"""The ledger's SQL: one place for every statement of both stores, and the tables of the embedded one
(`migrations` makes those of a cluster).

A statement is written once, in SQLite's words; what PostgreSQL says in other words stands beside it.

Beside the events stand side tables: three make an append safe to repeat (D4), two tell where facts count that
another file took over. All can be rebuilt from the events, and `verify` does so.
"""

from __future__ import annotations

import re
from functools import cache


class Sql(str):
    """A statement for SQLite that carries another text for PostgreSQL."""

    postgres: str

    def __new__(cls, text: str, postgres: str) -> Sql:
        made = super().__new__(cls, text)
        made.postgres = postgres
        return made


@cache
def for_postgres(statement: str) -> str:
    """The statement in PostgreSQL's words: its own text, or the same with the other marks and names."""
    if isinstance(statement, Sql):
        return statement.postgres
    return re.sub(r"\browid\b", "notification_id", statement.replace("%", "%%").replace("?", "%s"))


def _many(into: str, types: str, *, sqlite: str = "INSERT", conflict: str = "") -> Sql:
    """An insert of many rows: a statement a row for SQLite, arrays of columns in one for PostgreSQL."""
    kinds = types.split()
    arrays = ", ".join(f"%b::{kind}[]" for kind in kinds)
    return Sql(
        f"{sqlite} INTO {into} VALUES ({','.join('?' * len(kinds))})",
        f"INSERT INTO {into.replace('rowid', 'notification_id')} SELECT * FROM unnest({arrays}) {conflict}",
    )


CREATE = (
    "CREATE TABLE IF NOT EXISTS stored_events ("
    " originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, recorded_at INTEGER,"
    " PRIMARY KEY (originator_id, originator_version))",
    # record id → where it was stored, and what it said: the answer to "did my command arrive?"; `said_of`:
    # the home that it was said of, if that is part of the file by now
    "CREATE TABLE IF NOT EXISTS record_ids ("
    " record_id BLOB PRIMARY KEY, stream_id TEXT NOT NULL, version INTEGER NOT NULL,"
    " content_hash TEXT NOT NULL, batch BLOB, said_of TEXT)",
    "CREATE INDEX IF NOT EXISTS record_ids_by_batch ON record_ids (batch) WHERE batch IS NOT NULL",
    # a source's fact → the record that stands for it (NULL after a retraction)
    "CREATE TABLE IF NOT EXISTS source_facts ("
    " source TEXT NOT NULL, fact TEXT NOT NULL, key TEXT NOT NULL, record_id BLOB,"
    " content_hash TEXT NOT NULL, timeless_hash TEXT NOT NULL, count INTEGER NOT NULL,"
    " source_recorded_at INTEGER, PRIMARY KEY (source, fact, key))",
    # an outside name of a home → its stream, for ever
    "CREATE TABLE IF NOT EXISTS identity_keys ( key TEXT PRIMARY KEY, stream_id TEXT NOT NULL) WITHOUT ROWID",
    # a record whose facts count in another file than the one it was stored in → that file
    "CREATE TABLE IF NOT EXISTS moved_records ("
    " record_id BLOB PRIMARY KEY, stream_id TEXT NOT NULL) WITHOUT ROWID",
    # a file that was merged → the one that goes on (itself, once that was undone)
    "CREATE TABLE IF NOT EXISTS merged_streams ("
    " stream_id TEXT PRIMARY KEY, survivor TEXT NOT NULL) WITHOUT ROWID",
    # what the ledger says of itself: its epoch
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS batches ("
    " batch BLOB PRIMARY KEY, source TEXT NOT NULL, file_name TEXT NOT NULL, file_hash TEXT NOT NULL,"
    " mapping_hash TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, state TEXT NOT NULL,"
    " rows INTEGER NOT NULL DEFAULT 0, records INTEGER NOT NULL DEFAULT 0,"
    " events_added INTEGER NOT NULL DEFAULT 0, already_known INTEGER NOT NULL DEFAULT 0,"
    " rejected INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
)

EVENT_COLUMNS = "rowid, originator_id, originator_version, topic, state, recorded_at"
INSERT_EVENT = _many(f"stored_events ({EVENT_COLUMNS})", "bigint text bigint text bytea bigint")
LAST_EVENT = "SELECT rowid, recorded_at FROM stored_events ORDER BY rowid DESC LIMIT 1"
SELECT_LAST_POSITION = "SELECT MAX(rowid) FROM stored_events"
COUNT_EVENTS = "SELECT COUNT(*) FROM stored_events"
_RECORD = "bytea text bigint text bytea text"
INSERT_RECORD = _many("record_ids", _RECORD)
INSERT_NEW_RECORD = _many("record_ids", _RECORD, sqlite="INSERT OR IGNORE", conflict="ON CONFLICT DO NOTHING")
INSERT_KEY = _many("identity_keys", "text text")
INSERT_NEW_KEY = _many(
    "identity_keys", "text text", sqlite="INSERT OR IGNORE", conflict="ON CONFLICT DO NOTHING"
)
PUT_KEY = _many(
    "identity_keys", "text text",
    sqlite="INSERT OR REPLACE", conflict="ON CONFLICT (key) DO UPDATE SET stream_id = EXCLUDED.stream_id",
)  # fmt: skip
PUT_MOVED = _many(
    "moved_records", "bytea text",
    sqlite="INSERT OR REPLACE",
    conflict="ON CONFLICT (record_id) DO UPDATE SET stream_id = EXCLUDED.stream_id",
)  # fmt: skip
PUT_MERGED = _many(
    "merged_streams", "text text",
    sqlite="INSERT OR REPLACE",
    conflict="ON CONFLICT (stream_id) DO UPDATE SET survivor = EXCLUDED.survivor",
)  # fmt: skip
PUT_FACT = _many(
    "source_facts",
    "text text text bytea text text bigint bigint",
    sqlite="INSERT OR REPLACE",
    conflict="ON CONFLICT (source, fact, key) DO UPDATE SET record_id = EXCLUDED.record_id,"
    " content_hash = EXCLUDED.content_hash, timeless_hash = EXCLUDED.timeless_hash,"
    " count = EXCLUDED.count, source_recorded_at = EXCLUDED.source_recorded_at",
)

SELECT_RECORD = "SELECT stream_id, version, content_hash FROM record_ids WHERE record_id = ?"
SELECT_RECORD_BATCH = "SELECT batch FROM record_ids WHERE record_id = ?"
SELECT_KEYS = "SELECT key FROM identity_keys WHERE stream_id = ? ORDER BY key"
SELECT_MOVED = "SELECT stream_id FROM moved_records WHERE record_id = ?"
SELECT_SURVIVORS = Sql(
    "SELECT m.stream_id, m.survivor FROM json_each(?) j CROSS JOIN merged_streams m ON m.stream_id = j.value",
    "SELECT stream_id, survivor FROM merged_streams"
    " WHERE stream_id = ANY (ARRAY(SELECT json_array_elements_text(%s::json)))",
)
SELECT_STREAM = "SELECT stream_id FROM identity_keys WHERE key = ?"
SELECT_STREAMS_BETWEEN = "SELECT DISTINCT stream_id FROM identity_keys WHERE key >= ? AND key < ?"
SELECT_STREAMS = Sql(
    "SELECT k.key, k.stream_id FROM json_each(?) j CROSS JOIN identity_keys k ON k.key = j.value",
    "SELECT key, stream_id FROM identity_keys"
    " WHERE key = ANY (ARRAY(SELECT json_array_elements_text(%s::json)))",
)
_LAST_VERSION = "(SELECT MAX(originator_version) FROM stored_events WHERE originator_id = value)"
SELECT_VERSIONS = Sql(
    f"SELECT value, {_LAST_VERSION} FROM json_each(?)",
    f"SELECT value, {_LAST_VERSION} FROM json_array_elements_text(%s::json) j(value)",
)
SELECT_FACT = "SELECT record_id, count FROM source_facts WHERE source = ? AND fact = ? AND key = ?"
_STANDING = (
    "SELECT f.fact, f.key, f.record_id, f.content_hash, f.timeless_hash, f.count, f.source_recorded_at,"
    " COALESCE(m.stream_id, r.stream_id), COALESCE(r.said_of, r.stream_id) FROM"
)
_THEIR_RECORDS = (
    " LEFT JOIN record_ids r ON r.record_id = f.record_id"
    " LEFT JOIN moved_records m ON m.record_id = f.record_id"
)
SELECT_FACTS = Sql(
    f"{_STANDING} json_each(?) j CROSS JOIN source_facts f"
    " ON f.source = ? AND f.fact = json_extract(j.value, '$[0]') AND f.key = json_extract(j.value, '$[1]')"
    f"{_THEIR_RECORDS}",
    f"{_STANDING} json_array_elements(%s::json) j JOIN source_facts f"
    " ON f.source = %s AND f.fact = j.value->>0 AND f.key = j.value->>1"
    f"{_THEIR_RECORDS}",
)
SELECT_BATCH_STREAMS = "SELECT DISTINCT stream_id FROM record_ids WHERE batch = ? ORDER BY 1 DESC"
SELECT_SOURCE_STREAMS = (
    "SELECT DISTINCT r.stream_id FROM source_facts f JOIN record_ids r ON r.record_id = f.record_id"
    " WHERE f.source = ? ORDER BY 1"
)
SELECT_RECORDED = f"SELECT {EVENT_COLUMNS} FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?"
SELECT_RECORDED_STREAM = (
    f"SELECT {EVENT_COLUMNS} FROM stored_events WHERE originator_id = ? ORDER BY originator_version"
)
SELECT_RECORDED_STREAMS = Sql(
    f"SELECT stored_events.{EVENT_COLUMNS} FROM json_each(?) j"
    " CROSS JOIN stored_events ON originator_id = j.value"
    " ORDER BY originator_id, originator_version",
    f"SELECT {EVENT_COLUMNS.replace('rowid', 'notification_id')} FROM stored_events"
    " WHERE originator_id = ANY (ARRAY(SELECT json_array_elements_text(%s::json)))"
    " ORDER BY originator_id, originator_version",
)
SELECT_FILE_BY_FILE = (
    f"SELECT {EVENT_COLUMNS} FROM stored_events"
    " WHERE (originator_id, originator_version) > (?, ?) AND rowid <= ?"
    " ORDER BY originator_id, originator_version LIMIT ?"
)
SELECT_EVENT = (
    "SELECT rowid, recorded_at FROM stored_events WHERE originator_id = ? AND originator_version = ?"
)

REFUSE_EVENTS = (
    "CREATE TRIGGER IF NOT EXISTS moved BEFORE INSERT ON stored_events"
    " BEGIN SELECT RAISE(ABORT, 'this ledger was moved'); END"
)
"""For processes that had opened a ledger before it was moved (SQLite)."""

SELECT_META = "SELECT value FROM meta WHERE name = ?"
PUT_META = (
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value"
)

SIDE_TABLES = {
    "record_ids": ("record_id",),
    "source_facts": ("source", "fact", "key"),
    "identity_keys": ("key",),
    "moved_records": ("record_id",),
    "merged_streams": ("stream_id",),
}
"""Side table → its primary key."""


def select_page(table: str, after: bool) -> str:
    """A page of a side table in the order of its primary key; its parameters: the key to go on behind
    (if `after`), the size of the page."""
    key = ", ".join(SIDE_TABLES[table])
    behind = f"WHERE ({key}) > ({', '.join('?' * len(SIDE_TABLES[table]))}) " if after else ""
    return f"SELECT * FROM {table} {behind}ORDER BY {key} LIMIT ?"
