"""An office whose ledger and read models are of each database in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.postgres import in_schema, open_postgres
from rentalwatch.domain.instants import upper_bound
from rentalwatch.ledger.folder import open_ledger
from tests.integration.importing import closing_engine
from tests.integration.projections.estates import ZONE, Office, an_office


@pytest.fixture(params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    if request.param == "sqlite":
        with an_office(tmp_path / "office") as opened:
            yield opened
        return
    database = request.getfixturevalue("database")
    days = [upper_bound("2020-01-01", ZONE)]
    with (
        open_ledger(database, clock=lambda: days[0]) as ledger,
        closing_engine(open_postgres(database)) as engine,
    ):
        yield Office(ledger, in_schema(engine, "models_1"), days)
