"""The dwelling history as the library would have it: a projection that handles one event at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

from eventsourcing.persistence import Tracking, TrackingRecorder
from eventsourcing.projection import Projection

from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import State
from rentalwatch.ledger.codec import decode, encode
from rentalwatch.ledger.decision import Stored

FIELDS = ", ".join(State._fields)
_HINTS = get_type_hints(State)
_COLUMNS = ", ".join(f"{name} {'BIGINT' if _HINTS[name] is int else 'TEXT'}" for name in State._fields)
_VALUES = ", ".join("?" * (len(State._fields) + 4))
CREATE = (
    "CREATE TABLE facts (stream_id TEXT, version INTEGER, position BIGINT, type_name TEXT, state BLOB,"
    " PRIMARY KEY (stream_id, version))",
    f"CREATE TABLE states (stream_id TEXT, valid_from BIGINT, valid_to BIGINT, {_COLUMNS},"
    " recorded_to BIGINT)",
    "CREATE INDEX states_by_file ON states (stream_id, recorded_to)",
)
SELECT_FACTS = "SELECT version, position, type_name, state FROM facts WHERE stream_id = ? ORDER BY version"
SELECT_STATES = f"SELECT valid_from, valid_to, {FIELDS} FROM states WHERE stream_id = ? AND recorded_to = ?"
CLOSE = (
    "UPDATE states SET recorded_to = ? WHERE stream_id = ? AND recorded_to = ? AND valid_from = ?"
    " AND valid_to = ?"
)
INSERT_STATE = f"INSERT INTO states VALUES ({_VALUES})"
INSERT_FACT = "INSERT INTO facts VALUES (?, ?, ?, ?, ?)"


class StatesView(TrackingRecorder):
    """The materialised view: facts, states, tracking. Each database says how it is asked."""

    datastore: Any

    @abstractmethod
    def sql(self, statement: str) -> Any:
        """A statement in the words of this database."""

    @staticmethod
    def row(row: Any) -> tuple[Any, ...]:
        """What the library's cursor gave."""
        return tuple(row.values()) if isinstance(row, Mapping) else tuple(row)

    def take(self, told: Stored, tracking: Tracking) -> None:
        """One event, one transaction."""
        stream, at = told.originator_id, tracking.notification_id
        with self.datastore.transaction(commit=True) as c:
            c.execute(self.sql(SELECT_FACTS), (stream,))
            facts = [_fact(*self.row(row)) for row in c.fetchall()]
            facts.append(Fact(told.event, version=told.originator_version, position=at, recorded_at=at))
            c.execute(self.sql(INSERT_FACT), (stream, told.originator_version, at, *encode(told.event)))
            self._restate(c, stream, at, facts)
            self._insert_tracking(c, tracking)  # type: ignore[attr-defined]

    def _restate(self, c: Any, stream: str, at: int, facts: Sequence[Fact]) -> None:
        c.execute(self.sql(SELECT_STATES), (stream, FOREVER))
        held = {self.row(row) for row in c.fetchall()}
        spans = judge(facts).spans
        now = {(s.valid_from, s.valid_to, *s.row) for s in spans if type(s.row) is State}
        c.executemany(self.sql(CLOSE), [(at, stream, FOREVER, *row[:2]) for row in held - now])
        c.executemany(self.sql(INSERT_STATE), [(stream, *row, FOREVER) for row in now - held])


def _fact(version: int, position: int, type_name: str, state: bytes) -> Fact:
    return Fact(decode(type_name, state), version=version, position=position, recorded_at=position)


class History(Projection[StatesView]):
    """The library's way to a read model."""

    name = "history"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.take(domain_event, tracking)
