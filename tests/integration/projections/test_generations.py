"""The pointer to the live generation: whoever reads sees one, whole, whatever is switched meanwhile (D9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from projections import rebuilding, switching
from projections.database import FOLD_VERSION
from projections.files import FILES
from projections.generations import FoldOlderError, Generation, at_live
from projections.postgres import in_schema, open_postgres
from rentalwatch.cli.main import app
from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.ledger.store import Recorded
from rentalwatch.migrating import migrate
from tests.integration.importing import closing_engine
from tests.integration.projections.cluster import (
    generation,
    known_homes,
    live_rows,
    rebuilt,
    takes_in,
    worker,
)
from tests.integration.projections.conftest import HOMES


def schemas(engine: sa.Engine) -> list[str]:
    query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'models%%' ORDER BY 1"
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(query).scalars())


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


def test_nothing_is_asked_of_what_an_older_version_built_until_a_rebuild(
    cluster: sa.Engine,
    database: str,
    events: list[Recorded],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given read models as fold version 1 left them, without the tables and columns that came since
    takes_in(cluster, events)
    with cluster.begin() as connection:
        connection.exec_driver_sql("UPDATE models.generations SET fold_version = 1")
        connection.exec_driver_sql("ALTER TABLE models_1.files DROP COLUMN kind")
        connection.exec_driver_sql("DROP TABLE models_1.names")

    # when this version asks, it says what to do; what is imported meanwhile is stored, and told the same
    with pytest.raises(FoldOlderError, match="version 1") as refused, at_live(cluster):
        pass
    monkeypatch.setenv("RENTALWATCH_DATA", database)
    new = tmp_path / "new.csv"
    new.write_text("kind,key,dwelling,label\nregistration,1,NEW,New home\n", encoding="utf-8")
    command = CliRunner()
    asked = command.invoke(app, ["targets"])
    imported = command.invoke(app, ["import", str(new)])

    assert (refused.value.code, "rebuild" in refused.value.todo) == ("RW-FOLD-OLDER", True)
    assert isinstance(asked.exception, FoldOlderError)
    assert (imported.exit_code, "RW-FOLD-OLDER" in imported.stderr) == (0, True)

    # then a rebuild brings all of it, and the answers
    assert command.invoke(app, ["rebuild"]).exit_code == 0
    with at_live(cluster) as connection:
        assert known_homes(connection) == HOMES + 1


def test_order_and_case_of_text_are_those_of_bytes(cluster: sa.Engine) -> None:
    names = ["a/", "B/", "ab/", "Z/", "上海/", "a", "é/"]
    with in_schema(cluster, "models_1").begin() as connection:
        for name in names:
            row = {
                "stream_id": name,
                "kind": "dwelling",
                "label": name,
                "area": name,
                "zone": "",
                "last_version": 1,
            }
            connection.execute(FILES.insert().values(**row, parked=0, sourced=0, proxy=0, merged_into=""))

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
