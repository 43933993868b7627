"""Fixtures of the real parts. Each is started by the first test that asks for it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.parts import databases
from tests.parts.shared import RUNNING, address, shared_folder, stop_all
from tests.parts.topics import forget


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Bootstrap servers of a real broker of one node, shared by all tests of the run."""
    return address("kafka", shared_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The DSN of a real server's database `postgres`, shared by all tests of the run."""
    return address("postgres", shared_folder(tmp_path_factory))


@pytest.fixture
def topics(kafka: str) -> Iterator[str]:
    """A prefix of topics that no other test has, with the topics applied."""
    from rentalwatch.ledger.topics import apply

    prefix = f"test-{uuid.uuid4().hex[:12]}"
    apply(kafka, prefix, 1)
    yield prefix
    forget(kafka, prefix)


@pytest.fixture
def bare_database(postgres: str) -> Iterator[str]:
    """The DSN of an empty database of this test alone, not migrated."""
    with databases.fresh(postgres) as dsn:
        yield dsn


@pytest.fixture
def database(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a migrated database of this test alone."""
    template = databases.migrated_template(postgres, shared_folder(tmp_path_factory))
    with databases.fresh(postgres, template) as dsn:
        yield dsn


def ended(config: pytest.Config) -> None:
    """What the pytest that was called does last: nothing that it started is left."""
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is None or "PYTEST_XDIST_WORKER" in os.environ:
        return
    shared = factory.getbasetemp()
    if server := os.environ.get(RUNNING["postgres"]):
        databases.drop_template(server, shared)
    stop_all(shared)
