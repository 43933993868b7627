"""New York's records, imported once for all tests and all workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from tests.integration.importing import CsvRow, closing_engine, read_csv


@pytest.fixture(scope="session")
def new_york(new_york_folder: Path) -> Iterator[Ledger]:
    """The ledger with the whole file in it; only to be read."""
    with open_ledger(new_york_folder) as ledger:
        yield ledger


@pytest.fixture(scope="session")
def new_york_models(new_york_folder: Path) -> Iterator[sa.Engine]:
    """Its read models; only to be read."""
    with closing_engine(follow.open_read_models(new_york_folder)) as engine:
        yield engine


@pytest.fixture(scope="session")
def city_rows() -> list[CsvRow]:
    """The rows of the city's file as the standard library reads them."""
    return read_csv()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a data folder may be made."""
    return tmp_path / "data"
