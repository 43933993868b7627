"""The wheel, installed into an empty environment and used from another folder: nothing of the checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rentalwatch.extras import EXTRAS
from tests.e2e.terminal import DOCS, ROOT, environment, fits


@pytest.fixture(scope="module")
def uv() -> str:
    """The tool that `make` sets up; the tests need it to build what is shipped."""
    found = shutil.which("uv", path=str(ROOT / ".tools/bin")) or shutil.which("uv")
    assert found, "uv is neither in .tools/bin nor on the PATH; `make test` sets it up"
    return found


def done(*command: object, folder: Path) -> str:
    """The output of a command that must succeed."""
    finished = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def installed(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel and what it asks for, and nothing else."""
    place = tmp_path_factory.mktemp("wheel")
    done(uv, "build", "--quiet", "--wheel", "--out-dir", place, ROOT, folder=place)
    (wheel,) = place.glob("*.whl")
    done(uv, "venv", "--quiet", "--python", sys.executable, place / "env", folder=place)
    done(uv, "pip", "install", "--quiet", "--python", place / "env/bin/python", wheel, folder=place)
    return place / "env/bin/rentalwatch"


def test_the_wheel_works_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    """One test, since one process makes the environment that it needs."""
    reads_records_and_answers(installed, tmp_path)
    brought_its_data_files(installed, tmp_path)
    runs_from_its_own_place_and_is_typed(installed, tmp_path)
    came_without_kafka_faust_and_postgresql(installed, tmp_path)


def reads_records_and_answers(installed: Path, tmp_path: Path) -> None:
    examples = DOCS / "record.examples.ndjson"
    took = json.loads(done(installed, "import", examples, "--format", "json", folder=tmp_path))
    assert fits(took, "import")["rejected"] == 0
    board = json.loads(
        done(installed, "targets", "--as-of", "2026-02-15", "--format", "json", folder=tmp_path)
    )
    assert fits(board, "targets")["zero_growth"]["confirmed_first"] == 1
    assert board["zero_omission"]["by_cause"]["b2"] == 1
    assert "All well" in done(installed, "verify", folder=tmp_path)


def brought_its_data_files(installed: Path, tmp_path: Path) -> None:
    assert "nyc_hpd" in done(installed, "source", "list", folder=tmp_path)
    assert done(installed, "source", "schema", folder=tmp_path) == (DOCS / "record.schema.json").read_text()
    home = ("record", "registration", "A", "--rulebook", "pudong")
    assert "Recorded as" in done(installed, *home, folder=tmp_path)


def runs_from_its_own_place_and_is_typed(installed: Path, tmp_path: Path) -> None:
    python = installed.with_name("python")
    told = (
        "import rentalwatch, projections, streams;"
        " print(rentalwatch.__file__, projections.__file__, streams.__file__, sep='\\n')"
    )
    for place in map(Path, done(python, "-c", told, folder=tmp_path).split()):
        assert place.is_relative_to(installed.parents[1])
        assert (place.parent / "py.typed").exists()


def came_without_kafka_faust_and_postgresql(installed: Path, tmp_path: Path) -> None:
    """What a cluster needs is an extra; a command that needs it says how to get it."""
    look = (
        "from importlib.util import find_spec; import sys; print([n for n in sys.argv[1:] if find_spec(n)])"
    )
    extras = [package for packages in EXTRAS.values() for package in packages]
    assert done(installed.with_name("python"), "-c", look, *extras, folder=tmp_path).strip() == "[]"
    dsn = environment(RENTALWATCH_DATA="postgresql://nobody@127.0.0.1:1/nothing")
    for command in ("migrate", "targets", "relay", "topics show", "worker projector", "dev up"):
        said = subprocess.run(
            [installed, *command.split()], cwd=tmp_path, env=dsn, capture_output=True, text=True, check=False
        )
        assert said.returncode == 4, said
        assert "[RW-EXTRA]" in said.stderr, said
        assert "pip install 'rentalwatch[" in said.stderr
