"""What readings came to is kept whole, counted once, and never by a worker that was taken for dead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from projections.checkpoints import OvertakenError
from projections.database import writing
from rentalwatch.early_warning import store
from rentalwatch.early_warning.database import FILE, FORMAT, migrate, open_signals
from rentalwatch.early_warning.store import ClosedDay, Evidence, Kept, Late, Place, SavedState, Tally
from rentalwatch.early_warning.tables import DAY_COUNTS, EVIDENCE, LATE, META, SAVED, TALLIES
from rentalwatch.errors import NotFoundError, StorageError
from tests.integration.importing import closing_engine
from tests.integration.ledger.together import together


@pytest.fixture(params=["folder", "cluster"])
def signals(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """The tables, empty, on each database in turn."""
    place: Path | str = tmp_path if request.param == "folder" else request.getfixturevalue("database")
    with closing_engine(open_signals(place)) as engine:
        yield writing(engine)


def begun(engine: sa.Engine, topic: str = "t", partition: int = 3) -> Place:
    with engine.begin() as connection:
        return store.take_over(connection, topic, partition)


def rows(engine: sa.Engine, table: sa.Table) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def kept(estate: str, upto: int, snapshot: bytes = b"s", readings: int = 5) -> Kept:
    tallies = [Tally("gate_pass", "taken", 20_000, readings)]
    late = [Late(19_990, "water", "dwelling-1", readings)]
    day = ClosedDay(20_000, 1, 2, b"c")
    return Kept(estate, upto, SavedState(estate, 1, snapshot), tallies, [day], late)


def test_a_place_begins_at_nothing_and_is_found_again(signals: sa.Engine) -> None:
    place = begun(signals)
    assert (place.next_offset, place.replay_from) == (0, 0)
    with signals.begin() as connection:
        store.move(connection, place, 10, 4)
    again = begun(signals)
    assert (again.next_offset, again.replay_from) == (10, 4)
    assert again.turn > place.turn
    assert begun(signals, partition=4).next_offset == 0


def test_who_was_taken_for_dead_writes_nothing(signals: sa.Engine) -> None:
    dead = begun(signals)
    alive = begun(signals)
    with pytest.raises(OvertakenError), signals.begin() as connection:
        store.move(connection, dead, 10, 0)
        store.keep(connection, dead, [kept("estate:a", 10)])
    with signals.begin() as connection:
        on = store.move(connection, alive, 10, 0)
    # nor at the very place where its successor stands
    with pytest.raises(OvertakenError), signals.begin() as connection:
        store.move(connection, alive, 10, 0)
    with signals.begin() as connection:
        store.move(connection, on, 20, 0)
    assert rows(signals, TALLIES) == []


def test_reading_again_never_takes_the_checkpoint_back(signals: sa.Engine) -> None:
    place = begun(signals)
    with signals.begin() as connection:
        place = store.move(connection, place, 10, 0)
        place = store.move(connection, place, 3, 3)
    assert (begun(signals).next_offset, begun(signals).replay_from) == (10, 3)


def test_an_estate_is_kept_with_what_was_counted_since(signals: sa.Engine) -> None:
    place = begun(signals)
    with signals.begin() as connection:
        place = store.move(connection, place, 10, 7)
        store.keep(connection, place, [kept("estate:a", 10), kept("estate:b", 7, b"t")])
    with signals.begin() as connection:
        place = store.move(connection, place, 20, 7)
        store.keep(connection, place, [kept("estate:a", 20, b"u", 2), Kept("", 20, None, [])])
    with signals.connect() as connection:
        asked = ["estate:b", "estate:a", "estate:c"]
        found = {s.estate: s.snapshot for s in store.states_of(connection, asked)}
        assert found == {"estate:a": b"u", "estate:b": b"t"}
        assert not list(store.states_of(connection, []))
        assert store.saved_up_to(connection, place) == {"": 20, "estate:a": 20, "estate:b": 7}
    assert {r["estate"]: r["readings"] for r in rows(signals, TALLIES)} == {"estate:a": 7, "estate:b": 5}
    assert {r["estate"]: r["readings"] for r in rows(signals, LATE)} == {"estate:a": 7, "estate:b": 5}
    assert len(rows(signals, DAY_COUNTS)) == 2
    with signals.begin() as connection:
        store.done(connection, place)
    assert rows(signals, SAVED) == []


def test_of_what_an_alert_rests_on_the_first_stands(signals: sa.Engine) -> None:
    first = Evidence("a-1", "estate:a", "dwelling-1", "often", "v1", 20_000, 5, '{"passes":11}')
    with signals.begin() as connection:
        store.keep_evidence(connection, [first])
        store.keep_evidence(connection, [first._replace(figures='{"passes":99}')])
        store.keep_evidence(connection, [])
    assert [r["figures"] for r in rows(signals, EVIDENCE)] == ['{"passes":11}']


def test_tables_of_a_newer_version_are_refused_and_left(tmp_path: Path) -> None:
    with closing_engine(open_signals(tmp_path)) as engine, writing(engine).begin() as connection:
        connection.execute(META.update().values(value=str(FORMAT + 1)))
    with pytest.raises(StorageError) as refused:
        open_signals(tmp_path)
    assert refused.value.code == "RW-SIGNALS-NEWER"
    assert (tmp_path / FILE).is_file()


def test_a_database_that_was_not_migrated_is_said(bare_database: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        open_signals(bare_database)
    assert refused.value.code == "RW-NOT-MIGRATED"


def test_eight_that_migrate_at_once_make_the_tables_once(bare_database: str) -> None:
    made = together(migrate, [(bare_database,)] * 8)
    assert sorted(made) == [[]] * 7 + [[FORMAT]]
    with closing_engine(open_signals(bare_database)) as engine:
        assert begun(engine).next_offset == 0
