from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rentalwatch.ledger.application import Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger(path, create=True) as opened:
        yield opened
