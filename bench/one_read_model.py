"""One read model, the dwelling history, from a ledger whose events are interleaved over the files:
`projections.follow.catch_up` against the library's `ProjectionRunner`, on SQLite and on PostgreSQL.

The library has no subscription to SQLite, so the peer's application keeps its events in the library's POPO
recorder (in memory, to its advantage). Its view is a library tracking recorder, on SQLite with our PRAGMAs:
for each event it reads the file's facts back, judges the file, and writes the fact, the difference of the
states and the tracking in one transaction. Ours writes the other read models as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.projection import ProjectionRunner
from psycopg.conninfo import conninfo_to_dict

from bench.history_peer import History, StatesView
from bench.history_views import PostgresStatesView, SQLiteStatesView
from bench.make_ledger import make_ledger
from bench.measure import Row, alternate, timed
from bench.peers import stored
from bench.stage import Stage
from projections import follow
from projections.database import create, open_sqlite
from projections.postgres import in_schema, open_postgres
from rentalwatch.ledger.application import EventMapper, Ledger
from rentalwatch.ledger.folder import open_ledger

HOMES = 1_500
A_TENTH = 10
"""On PostgreSQL the peer takes the events of every tenth home: it needs ten times as long for each."""


def _ours(stage: Stage, ledger: Ledger) -> float:
    engine = open_sqlite(stage.place("history.db"))
    create(engine)
    with timed() as watch:
        taken = follow.catch_up(ledger, engine)
    engine.dispose()
    return watch.rate(taken)


def _peer(stage: Stage, ledger: Ledger) -> float:
    events = stored(ledger.recorder.read_recorded(0, 10_000_000))
    path = str(stage.place("history-peer.db"))
    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    return _run(events, SQLiteStatesView, env)


def _ours_on_postgres(stage: Stage) -> float:
    engine = open_postgres(stage.parts.database())
    with open_ledger(stage.cluster_ledger) as ledger, timed() as watch:
        taken = follow.catch_up(ledger, in_schema(engine, "models_1"))
    engine.dispose()
    return watch.rate(taken)


def _peer_on_postgres(stage: Stage) -> float:
    with open_ledger(stage.cluster_ledger) as ledger:
        events = stored(ledger.recorder.read_recorded(0, stage.cluster_events))
    homes = set(sorted({str(event.originator_id) for event in events})[::A_TENTH])
    some = [event for event in events if event.originator_id in homes]
    said = conninfo_to_dict(stage.parts.empty_database())
    env = {"PERSISTENCE_MODULE": "eventsourcing.postgres"}
    env |= {
        f"POSTGRES_{name.upper()}": str(said[name]) for name in ("dbname", "host", "port", "user", "password")
    }
    return _run(some, PostgresStatesView, env)


def _run(events: Sequence[StoredEvent], view: type[StatesView], env: Mapping[str, str]) -> float:
    recorder = POPOApplicationRecorder()
    recorder.insert_events(events)

    class Told(Application[str]):
        """The peer's application, with the events in it."""

        name = "told"

        def construct_recorder(self) -> ApplicationRecorder:
            return recorder

        def construct_mapper(self) -> EventMapper:
            return EventMapper(transcoder=self.construct_transcoder())

    with timed() as watch:
        runner = ProjectionRunner(
            application_class=Told,
            projection_class=History,
            view_class=view,
            env={f"HISTORY_{name}": value for name, value in env.items()},
        )
        with runner:
            runner.wait(len(events), timeout=600)
    return watch.rate(len(events))


def one_read_model(stage: Stage) -> Row:
    """Events a second, on SQLite."""
    with make_ledger(stage.place("interleaved"), min(stage.dwellings, HOMES)) as ledger:
        rates = alternate(lambda: _ours(stage, ledger), lambda: _peer(stage, ledger))
    return Row("one read model from the ledger", *rates, 8.0, 20.0, "events/s")


def on_postgres(stage: Stage) -> Row:
    """Events a second, on PostgreSQL."""
    stage.cluster_events  # noqa: B018  # made before the clock runs
    rates = alternate(lambda: _ours_on_postgres(stage), lambda: _peer_on_postgres(stage))
    return Row("one read model from the ledger, PostgreSQL", *rates, 8.0, 20.0, "events/s")
