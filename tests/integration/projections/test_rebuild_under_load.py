"""A new fold version is built and switched to while people record and read: no request fails, nothing is
skipped or doubled, and the tables are those of a fresh rebuild (D9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from projections import generations, rebuilding, targets
from projections.against_ledger import differences
from projections.database import FOLD_VERSION
from projections.generations import FoldNewerError, FoldOlderError, at_live
from projections.intake import Intake
from projections.lag import lag
from projections.postgres import open_postgres
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import closing_engine
from tests.integration.projections.cluster import (
    EVERYTHING,
    PARTITIONS,
    live_rows,
    partition_of,
    parts,
    worker,
)
from tests.unit.ledger.words import an_id, patrols, registers

HOMES = 40
PACE = 0.05
"""Seconds between two commits of ten events: 200 events/s where the machine keeps up."""

NEWER = FOLD_VERSION + 1


@contextmanager
def meanwhile(*doing: Callable[[Event], None]) -> Iterator[list[BaseException]]:
    """Runs each in a thread until the block is left; yields what they raised."""
    raised: list[BaseException] = []
    stop = Event()

    def run(call: Callable[[Event], None]) -> None:
        try:
            call(stop)
        except BaseException as e:
            raised.append(e)

    threads = [Thread(target=run, args=(call,)) for call in doing]
    for thread in threads:
        thread.start()
    try:
        yield raised
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class Streets:
    """People at work in a cluster: one records, workers fold, one asks."""

    def __init__(self, dsn: str, ledger: Ledger, engine: sa.Engine) -> None:
        self.dsn, self.ledger, self.engine = dsn, ledger, engine
        self.recorded = 0
        self.asked = 0

    def records(self, stop: Event) -> None:
        while not stop.is_set():
            with self.ledger.recorder.joined():
                for home in range(10):
                    self.recorded += 1
                    said = patrols(f"HOME-{(self.recorded + home) % HOMES}")
                    self.ledger.record(said, an_id(f"patrol {self.recorded}"))
            stop.wait(PACE)

    def folds(self, fold_version: int, stop: Event) -> None:
        """A worker of every partition. It reads the ledger where a real one reads Kafka: each partition in
        order, wherever the database says; it ends when a newer version took over."""
        with closing_engine(open_postgres(self.dsn)) as engine:
            while not stop.is_set():
                try:
                    self._follow(worker(engine, fold_version=fold_version), stop)
                except FoldOlderError:
                    stop.wait(PACE)
                except FoldNewerError:
                    return

    def _follow(self, intake: Intake, stop: Event) -> None:
        at = intake.offsets(range(PARTITIONS))
        before, seen = dict(at), 0
        rows: list[Recorded] = []
        while not stop.is_set():
            for row in self.ledger.recorder.read_recorded(seen, 1_000):
                seen, partition = row.position, partition_of(row.stream_id)
                before[partition] -= 1
                if before[partition] < 0:
                    rows.append(row)
            if rows:
                intake.take(parts(rows[:100], at))
            else:
                stop.wait(PACE / 5)
            del rows[:100]

    def asks(self, stop: Event) -> None:
        while not stop.is_set():
            with at_live(self.engine) as connection:
                board = targets.board(connection, EVERYTHING)
                listed = targets.listed(connection, "known", EVERYTHING)
                assert board.counts["known"] == len(listed)
                if self.asked:
                    assert len(listed) == HOMES
            self.asked += 1


@pytest.fixture
def streets(database: str) -> Iterator[Streets]:
    with open_ledger(database) as ledger, closing_engine(open_postgres(database)) as engine:
        for home in range(HOMES):
            ledger.record(registers(f"HOME-{home}"), an_id(f"home {home}"))
        rebuilding.rebuild(ledger, engine)
        yield Streets(database, ledger, engine)


def caught_up(engine: sa.Engine) -> bool:
    with at_live(engine) as connection:
        return lag(connection, now=0).events == 0


def waits_until(true: Callable[[], bool]) -> None:
    waiting = Event()
    while not true():
        waiting.wait(PACE)


def test_nobody_notices_that_a_new_fold_version_is_built_and_switched_to(streets: Streets) -> None:
    old, new = (lambda stop, v=v: streets.folds(v, stop) for v in (FOLD_VERSION, NEWER))
    with meanwhile(old, new, streets.asks) as failed:
        with meanwhile(streets.records) as failed_to_record:
            waits_until(lambda: streets.recorded >= 100 or bool(failed_to_record or failed))
            switched = rebuilding.rebuild(streets.ledger, streets.engine, fold_version=NEWER)
            more = streets.recorded + 100
            waits_until(lambda: streets.recorded >= more or bool(failed_to_record or failed))
        waits_until(lambda: caught_up(streets.engine) or bool(failed))

    assert failed == failed_to_record == []
    assert switched.fold_version == NEWER
    assert streets.asked > 10
    followed = live_rows(streets.engine)
    assert followed["facts"].total() == streets.recorded + HOMES
    rebuilding.rebuild(streets.ledger, streets.engine, fold_version=NEWER)
    assert live_rows(streets.engine) == followed


def test_a_comparison_with_the_ledger_holds_while_workers_write(streets: Streets) -> None:
    def folds(stop: Event) -> None:
        streets.folds(FOLD_VERSION, stop)

    with meanwhile(folds, streets.records) as failed:
        for nth in range(1, 4):
            waits_until(lambda nth=nth: streets.recorded >= 60 * nth or bool(failed))
            assert differences(streets.engine) == []

    assert failed == []
    with streets.engine.connect() as connection:
        assert generations.live(connection).fold_version == FOLD_VERSION
