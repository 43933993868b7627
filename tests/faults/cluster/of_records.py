"""Faults that lie in the records: an event that cannot be read, and what somebody else wrote to the topic."""

from __future__ import annotations

import json
from uuid import uuid4

import psycopg

from rentalwatch.domain import events as ev
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.postgres_store import WRITE_LOCK
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.ledger.topics import EVENT_PARTITIONS, events_topic
from tests.faults.cluster.plot import Plot
from tests.faults.commands import BEGUN
from tests.integration.relay.damage import foreign

POISONED, STRANGERS = 2, 3
"""Events that cannot be read, in one file, and records of somebody else: in a round."""

_INSERT = (
    "INSERT INTO ledger.stored_events (originator_id, originator_version, topic, state, notification_id,"
    " recorded_at) SELECT %s, %s, %s, %s, max(notification_id) + 1, max(recorded_at) + 1"
    " FROM ledger.stored_events"
)


def poison(plot: Plot) -> None:
    """Events in the ledger's own words that are none: their file is parked, the others flow."""
    home = f"POISON{plot.tag}"
    registered = ev.DwellingRegistered(record_id=NO_RECORD, happened_at=BEGUN, label=home)
    load = plot.load()
    load.moment(plot.rng, 25)
    with open_ledger(plot.stand.dsn) as ledger:
        ledger.record(Statement(registered, subject=home), uuid4())
        stream = ledger.stream_of(home)
    for version in range(2, 2 + POISONED):
        state = json.dumps({"record_id": str(uuid4()), "happened_at": "some time ago"})
        with psycopg.connect(plot.stand.dsn) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
            connection.execute(_INSERT, (stream, version, "rentalwatch.PatrolRecorded.v1", state.encode()))
        load.moment(plot.rng, 6)
    plot.struck()
    plot.recover()
    plot.finish(load)
    plot.stand.quiet()
    parked = plot.stand.ask("SELECT version FROM {schema}.parked WHERE stream_id = %s ORDER BY 1", stream)
    others = plot.stand.ask(
        "SELECT count(*) FROM {schema}.files WHERE parked <> 0 AND stream_id = %s", stream
    )
    if parked != [(version,) for version in range(2, 2 + POISONED)] or others != [(1,)]:
        plot.fail(f"{parked} of {POISONED} events are parked, in {others} files")


def stranger(plot: Plot) -> None:
    """Records on the events topic that the relay did not write; then the relay has to find its place."""
    stand, load = plot.stand, plot.load()
    before = _parked(plot)
    cluster = Cluster(stand.dsn, stand.parts.kafka, stand.prefix)
    for n in range(STRANGERS):
        load.moment(plot.rng, 8)
        partition = plot.rng.randrange(EVENT_PARTITIONS)
        foreign(cluster, events_topic(stand.prefix), [b"dwelling-x", None, b""][n], b"{}", [], partition)
    stand.again(stand.relays[0])
    plot.struck()
    plot.recover()
    plot.finish(load)
    stand.until(lambda: _parked(plot) >= before + STRANGERS, "records of strangers are parked")


def _parked(plot: Plot) -> int:
    return int(plot.stand.ask("SELECT count(*) FROM {schema}.parked_records")[0][0])
