"""Sixty homes of New York's file, imported once by the command itself; every story has a copy."""

from __future__ import annotations

import csv
import fcntl
import gzip
import os
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from tests.e2e.terminal import ROOT, Terminal

VIOLATIONS = ROOT / "examples/data/nyc_hpd_lead_bronx/violations.csv.gz"
WANTED = ("71757", "1")
"""Building and apartment of the home that the stories look at, 718 EAST 232 STREET / 1."""
HOMES = 60
LONG = 5_000


@pytest.fixture(scope="session")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 5,000 rows: enough that Ctrl-C lies in their midst."""
    path = tmp_path_factory.mktemp("file") / "long.csv"
    with gzip.open(VIOLATIONS, "rt", encoding="utf-8", newline="") as f, path.open("w", newline="") as out:
        csv.writer(out).writerows(islice(csv.reader(f), LONG + 1))
    return path


@pytest.fixture(scope="session")
def new_york(new_york_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the whole file in it, a copy to write to."""
    return Path(shutil.copytree(new_york_folder, tmp_path_factory.mktemp("city") / "data"))


@pytest.fixture(scope="session")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows of sixty homes."""
    with gzip.open(VIOLATIONS, "rt", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    homes = dict.fromkeys([WANTED, *((r["buildingid"], r["apartment"]) for r in rows)])
    chosen = set(list(homes)[:HOMES])
    path = tmp_path_factory.mktemp("file") / "sixty_homes.csv"
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(r for r in rows if (r["buildingid"], r["apartment"]) in chosen)
    return path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, small_file: Path) -> Path:
    """A folder in which the sixty homes were imported; only to be copied. One worker makes it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, made = shared / "sixty-homes", shared / "sixty-homes.made"
    with (shared / "sixty-homes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder.mkdir()
            terminal = Terminal(folder)
            terminal.asked("import", small_file, "--mapping", "nyc_hpd")
            made.touch()
    return folder


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Terminal:
    """The sixty homes, only to be looked at."""
    return _copied(template, tmp_path_factory.mktemp("sixty"))


@pytest.fixture
def own(tmp_path: Path, template: Path) -> Terminal:
    """The sixty homes, a copy to write to."""
    return _copied(template, tmp_path / "own")


def _copied(template: Path, to: Path) -> Terminal:
    shutil.copytree(template, to, dirs_exist_ok=True)
    return Terminal(to)


@pytest.fixture
def empty(tmp_path: Path) -> Terminal:
    """An empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return Terminal(folder)


@pytest.fixture
def spoilt(tmp_path: Path, small_file: Path) -> Callable[..., Path]:
    """A file of the first rows, with cells changed: {row number: {column: cell}}."""

    def make(changes: dict[int, dict[str, str]], rows: int = 8) -> Path:
        with small_file.open(encoding="utf-8", newline="") as f:
            found = list(csv.DictReader(f))[:rows]
        for number, cells in changes.items():
            found[number - 2].update(cells)
        path = tmp_path / "spoilt.csv"
        with path.open("w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, list(found[0]))
            writer.writeheader()
            writer.writerows(found)
        return path

    return make
