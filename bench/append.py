"""Append one event, embedded: `Ledger.record` against the bare recorder's `insert_events` of one stored
event with the same bytes, each a commit that was synced.

Ours also reads the file it decides about, keeps the side tables that make the command safe to repeat, and
sets `recorded_at`. With 32 threads the peer still writes one by one: SQLite has one writer, and threads
only make the library slower.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

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


def _says(home: int, kind: type[ev.Event], **said: object) -> Statement:
    event = kind.model_validate({"record_id": NO_RECORD, "happened_at": WHEN, **said})
    return Statement(event, dwelling=f"home {home}")


def _registered(stage: Stage) -> Ledger:
    ledger = open_ledger(stage.place("append"), create=True)
    with ledger.recorder.joined():
        for home in range(HOMES):
            ledger.record(_says(home, ev.DwellingRegistered, label=f"home {home}"), uuid4())
    return ledger


def _commands() -> list[Statement]:
    return [_says(n % (HOMES), ev.LeadReported, ticket=f"{n}", due=WHEN) for n in range(COMMANDS)]


def _ours(stage: Stage, writers: int) -> float:
    commands = _commands()
    with _registered(stage) as ledger:
        if writers == 1:
            with timed() as watch:
                for said in commands:
                    ledger.record(said, uuid4())
        else:
            with ThreadPoolExecutor(writers) as pool, timed() as watch:
                list(pool.map(lambda said: ledger.record(said, uuid4()), commands))
    return watch.rate(COMMANDS)


def _peer(stage: Stage) -> float:
    with _registered(stage) as ledger:
        for said in _commands():
            ledger.record(said, uuid4())
        events = stored(ledger.recorder.read_recorded(0, COMMANDS + HOMES))
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
