"""Every example of README and docs is run as it stands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide.md"
"""Begins with nothing, so it has a test of its own."""
DOCS = [ROOT / "README.md", *(p for p in sorted((ROOT / "docs").glob("*.md")) if p != GUIDE)]
COMMAND = Path(sys.executable).with_name("rentalwatch")


def _examples(path: Path) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ rentalwatch ")]


@pytest.mark.parametrize("path", [p for p in DOCS if _examples(p)], ids=lambda p: p.name)
def test_every_documented_example_runs(path: Path, new_york: Path, tmp_path: Path) -> None:
    """In a folder of its own that has the examples' data: some of them write files."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in _examples(path):
        done = _run(shlex.split(line)[1:], new_york, cwd=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert done.stdout or "--once" in line, line


@pytest.mark.parametrize(
    "arguments",
    [["file", "718 EAST 232 STREET / 1", "--as-of", "2023-12-31"]],
    ids=lambda a: a[0],
)
def test_the_readme_shows_what_the_commands_print(arguments: list[str], new_york: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    printed = _run(arguments, new_york).stdout
    shown = [line for line in printed.splitlines()[2:10] if line.strip()]
    assert shown
    assert [line for line in shown if line not in readme] == []


def _run(arguments: list[str], data: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMMAND), *arguments],
        cwd=cwd,
        env={**os.environ, "RENTALWATCH_DATA": str(data), "RENTALWATCH_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )
