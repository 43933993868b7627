"""The pointer to the live generation: whoever reads sees one, whole, whatever is switched meanwhile (D9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from projections import generations, parking, rebuilding, switching
from projections.database import FOLD_VERSION
from projections.files import FILES
from projections.generations import FoldNewerError, FoldOlderError, Generation, at_live, live
from projections.migrations import migrate
from projections.postgres import in_schema, open_postgres
from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import closing_engine
from tests.integration.projections.cluster import (
    PARTITIONS,
    batches,
    known_homes,
    live_rows,
    takes_in,
    worker,
)


def generation(engine: sa.Engine) -> Generation:
    with engine.connect() as connection:
        return live(connection)


def schemas(engine: sa.Engine) -> list[str]:
    query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'models%%' ORDER BY 1"
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def rebuilt(engine: sa.Engine, dsn: str, fold_version: int = FOLD_VERSION) -> Generation:
    with open_ledger(dsn) as ledger:
        return rebuilding.rebuild(ledger, engine, fold_version=fold_version)


def test_eight_migrations_at_once_make_one_generation(bare_database: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: migrate(bare_database), range(8)))

    with closing_engine(open_postgres(bare_database)) as engine:
        assert generation(engine) == Generation(1, FOLD_VERSION)
        assert schemas(engine) == ["models", "models_1"]


def test_a_database_that_was_never_migrated_says_so(bare_database: str) -> None:
    with closing_engine(open_postgres(bare_database)) as engine:
        with pytest.raises(NotFoundError, match="migrate") as refused, at_live(engine):
            pass
        with pytest.raises(NotFoundError):
            worker(engine)

    assert refused.value.code == "RW-NOT-MIGRATED"


def test_order_and_case_of_text_are_those_of_bytes(cluster: sa.Engine) -> None:
    names = ["a/", "B/", "ab/", "Z/", "上海/", "a", "é/"]
    with in_schema(cluster, "models_1").begin() as connection:
        for name in names:
            row = {"stream_id": name, "label": name, "area": name, "zone": "", "last_version": 1}
            connection.execute(FILES.insert().values(**row, parked=0, sourced=0, proxy=0))

    with at_live(cluster) as connection:
        found = connection.execute(sa.select(FILES.c.area).order_by(FILES.c.area)).scalars().all()

    assert found == sorted(names, key=str.encode)


def test_a_request_that_began_before_the_switch_ends_in_what_it_began_with(
    cluster: sa.Engine, database: str, events: list[Recorded]
) -> None:
    takes_in(cluster, events[:300])
    with at_live(cluster) as connection:
        before = known_homes(connection)
        rebuilt(cluster, database)
        after_switch = known_homes(connection)
    with at_live(cluster) as connection:
        fresh = known_homes(connection)

    assert before == after_switch == len({row.stream_id for row in events[:300]})
    assert fresh == len({row.stream_id for row in events})


def test_a_retired_generation_is_kept_while_somebody_reads_it_and_dropped_when_nobody_does(
    cluster: sa.Engine, database: str
) -> None:
    with at_live(cluster) as connection:
        known_homes(connection)
        rebuilt(cluster, database)
        kept = schemas(cluster)
        known_homes(connection)

    assert kept == ["models", "models_1", "models_2"]
    assert switching.drop_retired(cluster) == [1]
    assert schemas(cluster) == ["models", "models_2"]


def test_what_a_rebuild_that_died_left_is_dropped_by_the_next(cluster: sa.Engine, database: str) -> None:
    switching.begin_next(cluster, FOLD_VERSION)

    assert rebuilt(cluster, database) == Generation(2, FOLD_VERSION)
    assert schemas(cluster) == ["models", "models_2"]


def test_two_rebuilds_at_once_are_refused(cluster: sa.Engine, database: str) -> None:
    with rebuilding._alone(cluster), pytest.raises(StorageError, match="another process") as refused:
        rebuilt(cluster, database)

    assert refused.value.code == "RW-BUSY"
    assert rebuilt(cluster, database).number == 2


def test_two_rebuilds_give_equal_tables(cluster: sa.Engine, database: str) -> None:
    rebuilt(cluster, database)
    once = live_rows(cluster)
    rebuilt(cluster, database)

    assert live_rows(cluster) == once
    assert once["dwelling_states"].total() > 0


# -- workers ---------------------------------------------------------------------------------------------


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
