"""The dwelling history as the library would have it: a projection that handles one event at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTrackingRecorder,
)

from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import State
from rentalwatch.ledger.codec import decode, encode
from rentalwatch.ledger.dwelling import Stored

FIELDS = ", ".join(State._fields)
MARKS = ", ".join("?" * (len(State._fields) + 4))
CREATE = (
    "CREATE TABLE facts (stream_id TEXT, version INTEGER, position INTEGER, type_name TEXT, state BLOB,"
    " PRIMARY KEY (stream_id, version)) WITHOUT ROWID",
    f"CREATE TABLE states (stream_id TEXT, valid_from INTEGER, valid_to INTEGER, {FIELDS},"
    " recorded_to INTEGER)",
    "CREATE INDEX states_by_file ON states (stream_id, recorded_to)",
)
SELECT_FACTS = "SELECT version, position, type_name, state FROM facts WHERE stream_id = ? ORDER BY version"
SELECT_STATES = f"SELECT valid_from, valid_to, {FIELDS} FROM states WHERE stream_id = ? AND recorded_to = ?"
CLOSE = (
    "UPDATE states SET recorded_to = ? WHERE stream_id = ? AND recorded_to = ? AND valid_from = ?"
    " AND valid_to = ?"
)
INSERT_STATE = f"INSERT INTO states VALUES ({MARKS})"
INSERT_FACT = "INSERT INTO facts VALUES (?, ?, ?, ?, ?)"


class _Pool(SQLiteConnectionPool):
    """With the PRAGMAs of our read models."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        for pragma in ("PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-131072"):
            connection.cursor().execute(pragma)
        return connection


class StatesView(SQLiteTrackingRecorder):
    """The materialised view: facts, states, tracking."""

    def __init__(self, datastore: SQLiteDatastore, **kwargs: Any) -> None:
        datastore.pool = _Pool(db_name=datastore.pool.db_name)
        super().__init__(datastore, **kwargs)

    def construct_create_table_statements(self) -> list[str]:
        return [*super().construct_create_table_statements(), *CREATE]

    def take(self, told: Stored, tracking: Tracking) -> None:
        """One event, one transaction."""
        stream, at = told.originator_id, tracking.notification_id
        with self.datastore.transaction(commit=True) as c:
            c.execute(SELECT_FACTS, (stream,))
            facts = [_fact(*tuple(row)) for row in c.fetchall()]
            facts.append(Fact(told.event, version=told.originator_version, position=at, recorded_at=at))
            c.execute(INSERT_FACT, (stream, told.originator_version, at, *encode(told.event)))
            self._restate(c, stream, at, facts)
            self._insert_tracking(c, tracking)

    def _restate(self, c: SQLiteCursor, stream: str, at: int, facts: Sequence[Fact]) -> None:
        c.execute(SELECT_STATES, (stream, FOREVER))
        held = {tuple(row) for row in c.fetchall()}
        spans = judge(facts).spans
        now = {(s.valid_from, s.valid_to, *s.row) for s in spans if type(s.row) is State}
        c.executemany(CLOSE, [(at, stream, FOREVER, *row[:2]) for row in held - now])
        c.executemany(INSERT_STATE, [(stream, *row, FOREVER) for row in now - held])


def _fact(version: int, position: int, type_name: str, state: bytes) -> Fact:
    return Fact(decode(type_name, state), version=version, position=position, recorded_at=position)


class History(Projection[StatesView]):
    """The library's way to a read model."""

    name = "history"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.take(domain_event, tracking)
