"""What integration and end-to-end tests share: New York's records, imported once for all workers."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.integration.importing import NEW_YORK, imports, models
from tests.parts.fixtures import bare_database, database, ended, kafka, postgres, topics
from tests.parts.long_first import spread

__all__ = ["bare_database", "database", "kafka", "postgres", "topics"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where workers share a run, long tests are begun first."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = spread(items, workers, lambda item: item.nodeid)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The broker and the database that this run started end with it."""
    ended(config)


@pytest.fixture(scope="session")
def new_york_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the whole file in it; only to be read. The first worker makes it; others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, made = shared / "new-york", shared / "new-york.made"
    with (shared / "new-york.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            went = imports(folder, NEW_YORK)
            assert not went.rejected
            with models(folder):
                made.touch()
    return folder
