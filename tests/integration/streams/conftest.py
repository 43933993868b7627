"""A cluster of a test's own, and events to put into its topic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.make_ledger import make_ledger
from rentalwatch.dev.broker import Broker, chosen_addresses
from rentalwatch.ledger.store import Recorded
from tests.integration.streams.cluster import Cluster

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
def own_broker() -> Iterator[Broker]:
    """A broker that this test may kill."""
    with TemporaryDirectory(prefix="rentalwatch-test-own-kafka-") as place:
        broker = Broker(Path(place), chosen_addresses(1))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where workers write their logs."""
    return tmp_path
