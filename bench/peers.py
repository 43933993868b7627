"""The bare library, set up as our ledger is: WAL, synced commits, text ids, the same page cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
)

from rentalwatch.ledger.store import Recorded

PRAGMAS = ("PRAGMA synchronous=FULL", "PRAGMA cache_size=-65536")


class _Pool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        for pragma in PRAGMAS:
            connection.cursor().execute(pragma)
        return connection


def bare_recorder(path: Path) -> SQLiteApplicationRecorder:
    """The library's own recorder on a new file."""
    datastore = SQLiteDatastore(str(path), originator_id_type="text")
    datastore.pool = _Pool(db_name=str(path))
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    return recorder


def stored(rows: Sequence[Recorded]) -> list[StoredEvent]:
    """The very same events in the library's words."""
    return [StoredEvent(row.stream_id, row.version, row.type_name, row.state) for row in rows]
