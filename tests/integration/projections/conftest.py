"""Read models on both databases, and a stand-in for the order in which Kafka hands events over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections.database import create, open_sqlite
from projections.postgres import in_schema, open_postgres
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import closing_engine
from tests.integration.projections.cluster import into_ledger

HOMES = 120


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Empty read models, on each database in turn."""
    if request.param == "sqlite":
        with closing_engine(open_sqlite(tmp_path / "models.db")) as engine:
            create(engine)
            yield engine
    else:
        with closing_engine(open_postgres(request.getfixturevalue("database"))) as engine:
            yield in_schema(engine, "models_1")


@pytest.fixture(scope="session")
def events(new_york: Ledger) -> list[Recorded]:
    """All events of some homes, in order, numbered from 1 without gaps."""
    whole = new_york.recorder.read_recorded(0, 100_000)
    homes = set(list(dict.fromkeys(row.stream_id for row in whole))[:HOMES])
    few = [row for row in whole if row.stream_id in homes]
    return [row._replace(position=nth) for nth, row in enumerate(few, start=1)]


@pytest.fixture
def cluster(database: str, events: list[Recorded]) -> Iterator[sa.Engine]:
    """A cluster's read models, empty, beside a ledger that holds `events`."""
    into_ledger(database, events)
    with closing_engine(open_postgres(database)) as engine:
        yield engine
