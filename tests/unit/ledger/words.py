"""Words for stories about a ledger: statements as people and sources hand them in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import standing
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.batches import Batch
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.ledger.store import Recorded

HOME = "HOME-1"
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
_IDS = UUID("0c9d6d6a-6d0a-5a55-9d5b-6c1f2f1f0e01")


def an_id(name: str) -> UUID:
    """The record id or batch id that a story calls `name`."""
    return uuid5(_IDS, name)


def day(n: int) -> datetime:
    return NOON + timedelta(days=n)


def says(event: type[ev.Event], home: str = HOME, *, at: datetime = NOON, **fields: Any) -> Statement:
    """A statement by a person: no source, no key."""
    return Statement(event(record_id=NO_RECORD, happened_at=at, **fields), subject=home)


def registers(home: str = HOME, *keys: str) -> Statement:
    return says(ev.DwellingRegistered, home, label=home, keys=keys)


def patrols(home: str = HOME, *, seen: str = "nothing", at: datetime = NOON) -> Statement:
    return says(ev.PatrolRecorded, home, at=at, seen=seen)


def notices(number: str, home: str = HOME) -> Statement:
    return says(ev.NoticeServed, home, number=number, findings=(ev.Finding(ground="area", key="a"),))


def retracts(target: UUID, home: str = HOME) -> Statement:
    return says(ev.RecordRetracted, home, target=target, reason="made in error")


def row(key: str, stated: str, home: str = HOME, *, seen: int | None = None, **fields: Any) -> Statement:
    """A row of the source "hotline": a note with a code, known to the source since day `seen`."""
    known = None if seen is None else day(seen)
    event = ev.NoteRecorded(
        record_id=NO_RECORD, happened_at=NOON, code=stated, source_recorded_at=known, **fields
    )
    return Statement(event, subject=home, source="hotline", fact="note", key=key)


def home_row(home: str = HOME, label: str = "") -> Statement:
    """A row of the source "hotline" that registers a home."""
    event = ev.DwellingRegistered(record_id=NO_RECORD, happened_at=NOON, label=label or home)
    return Statement(event, subject=home, source="hotline", fact="registration", key=home)


def imports(ledger: Ledger, *rows: Statement, batch: str = "first") -> Any:
    """Takes rows in as one chunk of the import that the story calls `batch`."""
    return ledger.take_in(rows, source="hotline", batch=an_id(batch))


def began(ledger: Ledger, name: str) -> Batch:
    """An import, as its note stands in the ledger."""
    note = Batch(
        batch=an_id(name),
        source="hotline",
        file_name=name,
        file_hash=name,
        mapping_hash="m",
        started_at=1,
        ended_at=None,
        state="open",
        rows=0,
        records=0,
        events_added=0,
        already_known=0,
        rejected=0,
        reason="",
    )
    batches.begin(ledger, note)
    return note


def undoes(ledger: Ledger, name: str) -> list[int]:
    """Retracts an import; the number of events of each commit."""
    note = batches.find(ledger, str(an_id(name)))
    return list(batches.retract(ledger, note, reason="wrong file", at=1_709_300_000_000_000))


def stored(ledger: Ledger) -> list[Recorded]:
    """Every event, in order of position."""
    return ledger.recorder.read_recorded(0, 1_000_000)


def told(ledger: Ledger, home: str = HOME) -> list[str]:
    """The codes of the notes that stand in a home's file."""
    facts = standing(ledger.facts(ledger.stream_of(home)))
    return sorted(fact.event.code for fact in facts if isinstance(fact.event, ev.NoteRecorded))


@contextmanager
def by_hand(path: Path) -> Iterator[sqlite3.Connection]:
    """The database file, past the ledger, as someone with a database tool would open it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection
