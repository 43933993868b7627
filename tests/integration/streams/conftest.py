"""A cluster of a test's own, and events to put into its topic."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.make_ledger import make_ledger
from rentalwatch.ledger.store import Recorded
from tests.integration.streams.workers import Cluster

HOMES = 120


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Recorded]:
    """All events of some homes, about ten each, interleaved."""
    ledger = make_ledger(tmp_path_factory.mktemp("synthetic") / "data", HOMES)
    try:
        return ledger.recorder.read_recorded(0, 100_000)
    finally:
        ledger.close()


@pytest.fixture
def cluster(database: str, kafka: str, topics: str) -> Cluster:
    """Nothing in it yet."""
    return Cluster(database, kafka, topics)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where workers write their logs."""
    return tmp_path
