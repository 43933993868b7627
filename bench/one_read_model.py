"""One read model, the dwelling history, from a ledger whose events are interleaved over the files:
`projections.follow.catch_up` against the library's `ProjectionRunner`.

The library has no subscription to SQLite, so the peer's application keeps its events in the library's POPO
recorder (in memory, to its advantage). Its view is a library tracking recorder on SQLite with our PRAGMAs:
for each event it reads the file's facts back, judges the file, and writes the fact, the difference of the
states and the tracking in one transaction. Ours writes the other read models as well.
"""

from __future__ import annotations

from typing import Any

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.projection import ProjectionRunner

from bench.history_peer import History, StatesView
from bench.make_ledger import make_ledger
from bench.measure import Row, alternate, timed
from bench.peers import stored
from bench.stage import Stage
from projections import follow
from projections.database import create, open_sqlite
from rentalwatch.ledger.application import EventMapper, Ledger

HOMES = 1_500


def _ours(stage: Stage, ledger: Ledger) -> float:
    engine = open_sqlite(stage.place("history.db"))
    create(engine)
    with timed() as watch:
        taken = follow.catch_up(ledger, engine)
    engine.dispose()
    return watch.rate(taken)


def _peer(stage: Stage, ledger: Ledger) -> float:
    events = stored(ledger.recorder.read_recorded(0, 10_000_000))
    recorder = POPOApplicationRecorder()
    recorder.insert_events(events)

    class Told(Application[str]):
        """The peer's application, with the events in it."""

        name = "told"

        def construct_recorder(self) -> ApplicationRecorder:
            return recorder

        def construct_mapper(self) -> EventMapper:
            return EventMapper(transcoder=self.construct_transcoder())

    env: dict[str, Any] = {
        "HISTORY_PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "HISTORY_SQLITE_DBNAME": str(stage.place("history-peer.db")),
    }
    with timed() as watch:
        runner = ProjectionRunner(
            application_class=Told, projection_class=History, view_class=StatesView, env=env
        )
        with runner:
            runner.wait(len(events), timeout=600)
    return watch.rate(len(events))


def one_read_model(stage: Stage) -> Row:
    """Events a second."""
    with make_ledger(stage.place("interleaved"), min(stage.dwellings, HOMES)) as ledger:
        rates = alternate(lambda: _ours(stage, ledger), lambda: _peer(stage, ledger))
    return Row("one read model from the ledger", *rates, 8.0, 20.0, "events/s")
