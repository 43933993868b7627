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
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = Path(sys.executable).with_name("rentalwatch")


def _examples(path: Path) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ rentalwatch ")]


@pytest.mark.parametrize("path", [p for p in DOCS if _examples(p)], ids=lambda p: p.name)
def test_every_documented_example_runs(path: Path, new_york: Path) -> None:
    for line in _examples(path):
        done = subprocess.run(
            [str(COMMAND), *shlex.split(line)[1:]],
            cwd=ROOT,
            env={**os.environ, "RENTALWATCH_DATA": str(new_york), "RENTALWATCH_LANG": "en"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert done.stdout or "--once" in line, line


def test_the_readme_shows_what_the_commands_print(new_york: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for arguments in (
        ["targets", "--as-of", "2026-03-24"],
        ["file", "718 EAST 232 STREET / 1", "--as-of", "2023-12-31"],
    ):
        printed = subprocess.run(
            [str(COMMAND), *arguments, "--data", str(new_york), "--lang", "en"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in printed.splitlines():
            if line.startswith("  ") and "Known later" not in line and line in readme:
                break
        else:
            raise AssertionError(f"nothing of this stands in the README:\n{printed}")
        shown = [x for x in printed.splitlines()[2:10] if x.strip()]
        assert all(x in readme for x in shown), [x for x in shown if x not in readme]
