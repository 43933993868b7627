"""A ledger and topics that belong together, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.cluster import Cluster
from tests.integration.relay.stories import homes


@pytest.fixture
def in_folder(kafka: str, topics: str, tmp_path: Path) -> Cluster:
    """An embedded ledger that is published."""
    made = Cluster(tmp_path / "data", kafka, topics)
    _begun(made)
    return made


@pytest.fixture
def in_database(kafka: str, topics: str, database: str) -> Cluster:
    """A cluster's ledger."""
    made = Cluster(database, kafka, topics)
    _begun(made)
    return made


@pytest.fixture(params=["in_folder", "in_database"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """One of each."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, Cluster)
    return made


@pytest.fixture
def ledger(cluster: Cluster) -> Iterator[Ledger]:
    """The cluster's ledger, with thirty homes in it."""
    with open_ledger(cluster.where) as opened:
        yield opened


def _begun(cluster: Cluster) -> None:
    with open_ledger(cluster.where, create=True) as ledger:
        homes(ledger)
