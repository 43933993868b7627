"""An empty ledger for each story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.stories.telling import Story, told


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with told(tmp_path / "data") as telling:
        yield telling
