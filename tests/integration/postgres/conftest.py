"""The same ledger in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    """A ledger in a database of this test alone."""
    with open_ledger(database) as opened:
        yield opened


@pytest.fixture
def path(database: str) -> str:
    """Where that ledger lies, for tests that open it themselves."""
    return database
