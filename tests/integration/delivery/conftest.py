"""An outbox on both databases, a clock that the test holds, and servers that misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rentalwatch.delivery.database import open_database
from rentalwatch.delivery.outbox import Outbox
from tests.integration.delivery.parts import Clock
from tests.integration.importing import closing_engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Outbox]:
    """An empty outbox, on each database in turn."""
    sqlite = request.param == "sqlite"
    with closing_engine(open_database(tmp_path if sqlite else request.getfixturevalue("database"))) as engine:
        yield Outbox(engine, clock)
