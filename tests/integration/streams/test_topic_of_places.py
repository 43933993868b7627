"""Offsets are believed of the topic alone that they were counted in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from projections.postgres import open_postgres
from rentalwatch.errors import StorageError
from rentalwatch.migrating import migrate
from streams.folding import Folder
from streams.positions import Stretch
from streams.standing import StandstillError
from tests.integration.importing import closing_engine

ALL = range(12)


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    """Read models that nothing was folded into."""
    migrate(database)
    with closing_engine(open_postgres(database)) as engine:
        yield engine


def never() -> str:
    raise StorageError("no broker answers", code="RW-KAFKA-UNREACHABLE")


def places(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT COUNT(*) FROM models_1.checkpoints").scalar_one())


def test_a_worker_that_knows_a_deleted_topic_begins_nothing_in_rebuilt_read_models(engine: sa.Engine) -> None:
    # given read models built anew, and a worker that has not heard yet that the topic was made anew
    folder = Folder(engine, lambda: "new")
    folder.use("old")
    # when it asks where to read on, then it is told nothing, and leaves no place under the old topic's id
    with pytest.raises(StandstillError, match="another one now"):
        folder.load(ALL)
    assert places(engine) == 0
    # and once it knows the new topic it reads from the beginning
    folder.use("new")
    assert folder.load(ALL) == dict.fromkeys(ALL, 0)


def test_a_worker_begins_nothing_while_nobody_can_say_which_topic_there_is(engine: sa.Engine) -> None:
    folder = Folder(engine, never)
    folder.use("old")
    with pytest.raises(StandstillError, match="no broker answers"):
        folder.load(ALL)
    assert places(engine) == 0


def test_a_worker_goes_on_where_it_was_without_asking_again(engine: sa.Engine) -> None:
    # given read models that something was folded into
    begins = Folder(engine, lambda: "events")
    begins.use("events")
    begins.load(ALL)
    begins.fold({3: Stretch(0, 7)})
    # when a worker begins while no broker answers, then the database alone says where
    folder = Folder(engine, never)
    folder.use("events")
    assert folder.load(ALL) == dict.fromkeys(ALL, 0) | {3: 7}


def test_read_models_of_another_topic_are_not_gone_on_with(engine: sa.Engine) -> None:
    begins = Folder(engine, lambda: "old")
    begins.use("old")
    begins.load(ALL)
    begins.fold({3: Stretch(0, 7)})
    folder = Folder(engine, lambda: "new")
    folder.use("new")
    with pytest.raises(StandstillError, match="relay recover"):
        folder.load(ALL)
