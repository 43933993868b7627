"""What is put is there, once, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery import database
from rentalwatch.delivery.claiming import due_channels
from rentalwatch.delivery.directory import Directory
from rentalwatch.delivery.figures import standing
from rentalwatch.delivery.notification import Said
from rentalwatch.delivery.outbox import Outbox, opened, stored
from rentalwatch.delivery.routing import route
from rentalwatch.delivery.tables import META, NOTIFICATIONS
from rentalwatch.errors import StorageError
from tests.integration.delivery.parts import alert
from tests.integration.delivery.servers import nobody


def contents(outbox: Outbox) -> list[str]:
    with outbox.engine.begin() as connection:
        return list(connection.execute(sa.select(NOTIFICATIONS.c.content)).scalars())


def test_what_is_put_is_stored_as_it_was(outbox: Outbox) -> None:
    put = [alert(), alert(due="2026-01-02T12:00:00+08:00", body=Said(en="Seven cards.", zh="七张卡。"))]

    assert outbox.put(put) == 2
    assert sorted(map(stored, contents(outbox)), key=str) == sorted(put, key=str)


def test_nothing_put_is_nothing_stored(outbox: Outbox) -> None:
    assert outbox.put([]) == 0


def test_an_id_put_again_changes_nothing_whatever_it_says_now(outbox: Outbox) -> None:
    first = alert()
    outbox.put([first])

    other = first.model_copy(update={"title": Said(en="another", zh="另一")})
    assert outbox.put([other, alert()]) == 1
    assert first in map(stored, contents(outbox))


def test_many_who_put_the_same_at_once_store_it_once(outbox: Outbox) -> None:
    put = [alert() for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda _: outbox.put(put), range(16)))

    assert sum(new) == 20
    assert len(contents(outbox)) == 20


def test_it_is_still_there_after_it_was_closed(tmp_path: Path) -> None:
    with opened(tmp_path) as outbox:
        outbox.put([alert()])
    with opened(tmp_path) as outbox:
        assert len(contents(outbox)) == 1


def test_an_outbox_of_a_newer_version_is_refused_and_left_alone(outbox: Outbox, tmp_path: Path) -> None:
    with writing(outbox.engine).begin() as connection:
        connection.execute(META.update().where(META.c.name == "format").values(value="99"))
    with pytest.raises(StorageError) as refused, writing(outbox.engine).begin() as connection:
        database.OUTBOX.bring_up(connection)
    assert refused.value.code == "RW-DELIVERY-NEWER"


def test_a_cluster_that_was_not_migrated_says_so(bare_database: str) -> None:
    with pytest.raises(StorageError) as refused, opened(bare_database):
        pass
    assert refused.value.code == "RW-NOT-MIGRATED"


def test_migrating_is_done_once_by_whoever_is_first(bare_database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        passed = list(pool.map(lambda _: database.migrate(bare_database), range(4)))

    assert sorted(passed) == [[], [], [], [1]]
    with opened(bare_database) as outbox:
        assert outbox.put([alert()]) == 1


def test_a_database_that_cannot_be_opened_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / database.FILE).write_bytes(b"no database at all, though long enough to be one" * 100)
    with pytest.raises(StorageError) as folder, opened(tmp_path):
        pass
    with pytest.raises(StorageError) as cluster, opened(f"postgresql://127.0.0.1:{nobody()}/x"):
        pass
    assert (folder.value.code, cluster.value.code) == ("RW-DATABASE", "RW-CONNECTION")


def test_what_was_put_is_on_the_disk_when_put_returns(tmp_path: Path) -> None:
    with opened(tmp_path) as outbox, outbox.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL: at every commit


def test_questions_that_a_sender_asks_all_the_time_do_not_look_at_what_was_sent(tmp_path: Path) -> None:
    asked: list[str] = []
    with opened(tmp_path) as outbox:
        sa.event.listen(outbox.engine, "before_cursor_execute", lambda _c, _k, said, *_: asked.append(said))
        route(outbox.engine, Directory({}), 0)
        due_channels(outbox.engine, 0)
        with outbox.engine.begin() as connection:
            standing(connection, 0)
        plans = []
        with outbox.engine.begin() as connection:
            for said in [s for s in asked if s.startswith("SELECT")]:
                explained = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + said, ("x",) * said.count("?"))
                plans += [row[3] for row in explained]

    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and "INDEX notifications_un" not in plan] == []
