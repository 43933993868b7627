"""Workers and a switch of generations: theirs goes on, an older one stops, a newer one waits (D7, D9)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from projections import generations, parking, rebuilding, switching
from projections.database import FOLD_VERSION
from projections.generations import FoldNewerError, FoldOlderError, Generation, at_live
from projections.postgres import in_schema
from rentalwatch.errors import StorageError
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import Recorded
from tests.integration.projections.cluster import (
    PARTITIONS,
    batches,
    generation,
    live_rows,
    offsets,
    rebuilt,
    takes_in,
    worker,
)


def test_a_worker_goes_on_through_a_switch_of_its_own_version(
    cluster: sa.Engine, database: str, events: list[Recorded]
) -> None:
    handed = list(batches(events, 150))
    intake = worker(cluster)
    for batch in handed[:3]:
        intake.take(batch)

    rebuilt(cluster, database)
    taken = [intake.take(batch) for batch in handed[3:]]

    assert {t.generation.number for t in taken} == {2}
    assert {t.events for t in taken} == {0}  # the rebuild had them from the ledger
    rows = live_rows(cluster)
    rebuilt(cluster, database)
    assert live_rows(cluster) == rows


def test_a_worker_of_an_older_version_stops_at_the_switch_and_writes_nothing(
    cluster: sa.Engine, database: str, events: list[Recorded]
) -> None:
    first, second, *_ = batches(events, 150)
    old = worker(cluster)
    old.take(first)
    rebuilt(cluster, database, FOLD_VERSION + 1)
    before = live_rows(cluster)

    with pytest.raises(FoldNewerError) as stopped:
        old.take(second)
    with pytest.raises(FoldNewerError):
        old.offsets(range(PARTITIONS))

    assert stopped.value.code == "RW-FOLD-NEWER"
    assert live_rows(cluster) == before


def test_a_worker_of_a_newer_version_waits_for_the_rebuild_and_reads_on_where_the_old_one_was(
    cluster: sa.Engine, database: str, events: list[Recorded]
) -> None:
    first, second, *_ = batches(events, 150)
    worker(cluster).take(first)

    with pytest.raises(FoldOlderError, match="rebuild") as waits:
        worker(cluster, fold_version=FOLD_VERSION + 1)
    rebuilt(cluster, database, FOLD_VERSION + 1)
    new = worker(cluster, fold_version=FOLD_VERSION + 1)

    assert waits.value.code == "RW-FOLD-OLDER"
    assert new.offsets(first) == {p: part.end for p, part in first.items()}
    assert new.take(second).generation == Generation(2, FOLD_VERSION + 1)


def test_a_switch_waits_for_a_batch_under_way_and_the_next_batch_for_the_switch(
    cluster: sa.Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switching, "WRITERS_WAIT", "100ms")
    monkeypatch.setattr(rebuilding, "PATIENCE", 0.0)
    with cluster.begin() as connection:
        generations.hold_live(connection)
        with pytest.raises(StorageError, match="keeps its batch open") as refused:
            rebuilt(cluster, database)

    assert refused.value.code == "RW-BUSY"
    assert generation(cluster).number == 1


def test_records_that_are_no_events_are_known_to_the_next_generation(
    cluster: sa.Engine, database: str
) -> None:
    with in_schema(cluster, "models_1").begin() as connection:
        parking.keep(connection, "t", 1, [parking.Unreadable(9, None, b"x", "it has no key")])

    rebuilt(cluster, database)

    with at_live(cluster) as connection:
        assert connection.execute(sa.select(parking.PARKED_RECORDS.c.at_offset)).scalars().all() == [9]


def test_after_the_topic_was_lost_a_rebuild_lets_workers_read_the_new_one_from_its_beginning(
    cluster: sa.Engine, database: str, events: list[Recorded]
) -> None:
    takes_in(cluster, events)
    with open_ledger(database) as ledger, ledger.recorder.writing() as tx:
        tx.set_epoch(ledger.recorder.epoch + 1)
    rebuilt(cluster, database)

    assert offsets(cluster) == {}
    again = worker(cluster)
    assert {again.take(batch).events for batch in batches(events, 300)} == {0}
    rebuilt(cluster, database)
    assert sum(offsets(cluster).values()) == len(events)
