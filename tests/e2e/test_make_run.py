"""`make run` does the main job, says what the README shows, and does nothing twice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the ledgers of `make run` go."""
    return tmp_path_factory.mktemp("run")


def make_run(place: Path) -> str:
    """What it prints, with the folders called as a user has them."""
    asked = ["make", "run", f"DATA={place}/rentalwatch-data", f"SAMPLE={place}/rentalwatch-sample"]
    env = {**os.environ, "RENTALWATCH_LANG": "en"}
    env.pop("RENTALWATCH_DATA", None)
    done = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.replace(f"{place}/", "")


def shown() -> list[str]:
    """What the README shows of it; "…" stands for what it leaves out."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("ends like this:\n\n```\n")[1]
    return [line for line in block.split("\n```")[0].splitlines() if line.strip(" …")]


def test_it_prints_what_the_readme_shows(place: Path) -> None:
    printed = make_run(place)
    assert [line for line in shown() if line.partition(" …")[0].rstrip(" ·") not in printed] == []
    assert len(shown()) > 15


def test_again_it_reads_nothing_twice_and_shows_the_same(place: Path) -> None:
    printed = make_run(place)
    assert "rows taken" not in printed
    assert [line for line in shown() if line.partition(" …")[0].rstrip(" ·") not in printed] == []
