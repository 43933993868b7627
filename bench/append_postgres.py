"""Append on PostgreSQL: threads of one process that record, against the library's own recorder as it comes,
one `insert_events` an event with the same bytes, each a commit that was synced.

The peer writes one by one: it locks the table for every commit, so that more writers would wait for each
other. What several of ours say at once shares a commit.
"""

from __future__ import annotations

from typing import Any

from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from bench.append import HOMES, events_of_recording, rate_of_recording
from bench.measure import Row, alternate, timed
from bench.stage import Stage

COMMANDS = 8_000
ONE_BY_ONE = 1_000
"""Events of the peer: its rate does not depend on how many there are."""
OF_A_TRY = 10
"""A run that is only a try takes so many times fewer."""


def bare_datastore(dsn: str, **settings: Any) -> PostgresDatastore:
    """The library's own connections to a database."""
    said: dict[str, Any] = conninfo_to_dict(dsn)
    place = [said[name] for name in ("dbname", "host", "port", "user", "password")]
    return PostgresDatastore(*place, **settings)


def _peer(stage: Stage) -> float:
    count = ONE_BY_ONE // (OF_A_TRY if stage.is_a_try else 1)
    events = events_of_recording(stage.place("append-told"), count)
    datastore = bare_datastore(stage.parts.empty_database(), originator_id_type="text")
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stored_events")
    recorder.create_table()
    recorder.insert_events(events[:HOMES])
    with timed() as watch:
        for event in events[HOMES:]:
            recorder.insert_events([event])
    datastore.close()
    return watch.rate(count)


def _row(stage: Stage, writers: int, floor: float | None, goal: float | None) -> Row:
    count = COMMANDS // (OF_A_TRY if stage.is_a_try else 1)
    rates = alternate(lambda: rate_of_recording(stage.parts.database(), writers, count), lambda: _peer(stage))
    return Row(f"append, PostgreSQL, {writers} writers", *rates, floor, goal, "events/s")


def append_32(stage: Stage) -> Row:
    """32 threads of one process."""
    return _row(stage, 32, 5.0, None)


def append_128(stage: Stage) -> Row:
    """128 threads of one process."""
    return _row(stage, 128, None, 25.0)
