"""The ledger's SQL: one place for every table and statement of the embedded store.

Beside the events stand three side tables that make an append safe to repeat (D4). All three can be
rebuilt from the events, and `verify` does so.
"""

from __future__ import annotations

CREATE = (
    "CREATE TABLE IF NOT EXISTS stored_events ("
    " originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, recorded_at INTEGER,"
    " PRIMARY KEY (originator_id, originator_version))",
    # record id → where it was stored, and what it said: the answer to "did my command arrive?"
    "CREATE TABLE IF NOT EXISTS record_ids ("
    " record_id BLOB PRIMARY KEY, stream_id TEXT NOT NULL, version INTEGER NOT NULL,"
    " content_hash TEXT NOT NULL, batch BLOB)",
    "CREATE INDEX IF NOT EXISTS record_ids_by_batch ON record_ids (batch) WHERE batch IS NOT NULL",
    # a source's fact → the record that stands for it (NULL after a retraction)
    "CREATE TABLE IF NOT EXISTS source_facts ("
    " source TEXT NOT NULL, fact TEXT NOT NULL, key TEXT NOT NULL, record_id BLOB,"
    " content_hash TEXT NOT NULL, timeless_hash TEXT NOT NULL, count INTEGER NOT NULL,"
    " source_recorded_at INTEGER, PRIMARY KEY (source, fact, key))",
    # an outside name of a home → its stream, for ever
    "CREATE TABLE IF NOT EXISTS identity_keys ( key TEXT PRIMARY KEY, stream_id TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS batches ("
    " batch BLOB PRIMARY KEY, source TEXT NOT NULL, file_name TEXT NOT NULL, file_hash TEXT NOT NULL,"
    " mapping_hash TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, state TEXT NOT NULL,"
    " rows INTEGER NOT NULL DEFAULT 0, records INTEGER NOT NULL DEFAULT 0,"
    " events_added INTEGER NOT NULL DEFAULT 0, already_known INTEGER NOT NULL DEFAULT 0,"
    " rejected INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
)

INSERT_EVENT = "INSERT INTO stored_events VALUES (?,?,?,?,?)"
LAST_EVENT = "SELECT rowid, recorded_at FROM stored_events ORDER BY rowid DESC LIMIT 1"
INSERT_RECORD = "INSERT INTO record_ids VALUES (?,?,?,?,?)"
INSERT_KEY = "INSERT INTO identity_keys VALUES (?,?)"
INSERT_NEW_RECORD = "INSERT OR IGNORE INTO record_ids VALUES (?,?,?,?,?)"
INSERT_NEW_KEY = "INSERT OR IGNORE INTO identity_keys VALUES (?,?)"
PUT_FACT = "INSERT OR REPLACE INTO source_facts VALUES (?,?,?,?,?,?,?,?)"

SELECT_RECORD = "SELECT stream_id, version, content_hash FROM record_ids WHERE record_id = ?"
SELECT_RECORD_BATCH = "SELECT batch FROM record_ids WHERE record_id = ?"
SELECT_STREAM = "SELECT stream_id FROM identity_keys WHERE key = ?"
SELECT_STREAMS = "SELECT k.key, k.stream_id FROM json_each(?) j CROSS JOIN identity_keys k ON k.key = j.value"
SELECT_VERSIONS = (
    "SELECT value, (SELECT MAX(originator_version) FROM stored_events WHERE originator_id = value)"
    " FROM json_each(?)"
)
SELECT_FACT = "SELECT record_id, count FROM source_facts WHERE source = ? AND fact = ? AND key = ?"
SELECT_FACTS = (
    "SELECT f.fact, f.key, f.record_id, f.content_hash, f.timeless_hash, f.count, f.source_recorded_at,"
    " r.stream_id FROM json_each(?) j CROSS JOIN source_facts f"
    " ON f.source = ? AND f.fact = json_extract(j.value, '$[0]') AND f.key = json_extract(j.value, '$[1]')"
    " LEFT JOIN record_ids r ON r.record_id = f.record_id"
)
SELECT_BATCH_STREAMS = "SELECT DISTINCT stream_id FROM record_ids WHERE batch = ? ORDER BY 1 DESC"
SELECT_RECORDED = (
    "SELECT rowid, originator_id, originator_version, topic, state, recorded_at FROM stored_events"
    " WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
SELECT_RECORDED_STREAM = (
    "SELECT rowid, originator_id, originator_version, topic, state, recorded_at FROM stored_events"
    " WHERE originator_id = ? ORDER BY originator_version"
)
SELECT_FILE_BY_FILE = (
    "SELECT rowid, originator_id, originator_version, topic, state, recorded_at FROM stored_events"
    " WHERE (originator_id, originator_version) > (?, ?) AND rowid <= ?"
    " ORDER BY originator_id, originator_version LIMIT ?"
)
SELECT_EVENT = (
    "SELECT rowid, recorded_at FROM stored_events WHERE originator_id = ? AND originator_version = ?"
)

SIDE_TABLES = {
    "record_ids": ("record_id",),
    "source_facts": ("source", "fact", "key"),
    "identity_keys": ("key",),
}
"""Side table → its primary key."""


def select_page(table: str, after: bool) -> str:
    """A page of a side table in the order of its primary key; its parameters: the key to go on behind
    (if `after`), the size of the page."""
    key = ", ".join(SIDE_TABLES[table])
    behind = f"WHERE ({key}) > ({', '.join('?' * len(SIDE_TABLES[table]))}) " if after else ""
    return f"SELECT * FROM {table} {behind}ORDER BY {key} LIMIT ?"
