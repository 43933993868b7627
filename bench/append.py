"""Append one event, embedded: `Ledger.record` against the bare recorder's `insert_events` of one stored
event with the same bytes, each a commit that was synced.

Ours also reads the file it decides about, keeps the side tables that make the command safe to repeat, and
sets `recorded_at`. With 32 threads the peer still writes one by one: SQLite has one writer, and threads
only make the library slower.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from eventsourcing.persistence import StoredEvent

from bench.measure import Row, alternate, timed
from bench.peers import bare_recorder, stored
from bench.stage import Stage
from rentalwatch.domain import events as ev
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.statements import NO_RECORD, Statement

COMMANDS = 2_000
HOMES = 250
WRITERS = 32
WHEN = datetime(2024, 3, 1, 9, tzinfo=UTC)


def says(home: int, kind: type[ev.Event], **said: object) -> Statement:
    """Something said of a home."""
    event = kind.model_validate({"record_id": NO_RECORD, "happened_at": WHEN, **said})
    return Statement(event, subject=f"home {home}")


def registered(where: Path | str) -> Ledger:
    """A new ledger with `HOMES` homes, open."""
    ledger = open_ledger(where, create=True)
    with ledger.recorder.joined():
        for home in range(HOMES):
            ledger.record(says(home, ev.DwellingRegistered, label=f"home {home}"), uuid4())
    return ledger


def commands(count: int) -> list[Statement]:
    """Leads, turn by turn of each home."""
    return [says(n % HOMES, ev.LeadReported, ticket=f"{n}", due=WHEN) for n in range(count)]


def rate_of_recording(where: Path | str, writers: int, count: int) -> float:
    """Commands a second on a new ledger, each acknowledged when it is on disk."""
    said = commands(count)
    with registered(where) as ledger:
        if writers == 1:
            with timed() as watch:
                for one in said:
                    ledger.record(one, uuid4())
        else:
            with ThreadPoolExecutor(writers) as pool, timed() as watch:
                list(pool.map(lambda one: ledger.record(one, uuid4()), said))
    return watch.rate(count)


def events_of_recording(where: Path, count: int) -> list[StoredEvent]:
    """What such commands store: the events of `HOMES` registrations, then `count` others."""
    with registered(where) as ledger:
        for said in commands(count):
            ledger.record(said, uuid4())
        return stored(ledger.recorder.read_recorded(0, count + HOMES))


def _ours(stage: Stage, writers: int) -> float:
    return rate_of_recording(stage.place("append"), writers, COMMANDS)


def _peer(stage: Stage) -> float:
    events = events_of_recording(stage.place("append-told"), COMMANDS)
    recorder = bare_recorder(stage.place("append-bare.db"))
    recorder.insert_events(events[:-COMMANDS])
    with timed() as watch:
        for event in events[-COMMANDS:]:
            recorder.insert_events([event])
    recorder.datastore.close()
    return watch.rate(COMMANDS)


def append(stage: Stage) -> Row:
    """One writer."""
    rates = alternate(lambda: _ours(stage, 1), lambda: _peer(stage), rounds=5)
    return Row("append one event", *rates, 0.8, None, "events/s")


def append_32(stage: Stage) -> Row:
    """32 threads of one process."""
    rates = alternate(lambda: _ours(stage, WRITERS), lambda: _peer(stage), rounds=3)
    return Row("append, 32 writers", *rates, None, 4.0, "events/s")
