"""Every example of README and docs is run as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.terminal import DOCS, ROOT, Answer, Terminal, environment, finished

README = ROOT / "README.md"
GUIDE = DOCS / "guide.md"
"""Begins with nothing, so it has a test of its own."""
PAGES = [README, *(p for p in sorted(DOCS.glob("*.md")) if p != GUIDE)]


def _examples(path: Path) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ rentalwatch ")]


@pytest.mark.parametrize("path", [p for p in PAGES if _examples(p)], ids=lambda p: p.name)
def test_every_documented_example_runs(path: Path, new_york: Path, tmp_path: Path) -> None:
    """In a folder of its own that has the examples' data: some of them write files."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in _examples(path):
        done = _run(shlex.split(line)[1:], new_york, tmp_path, installed=path == README)
        assert done.code == 0, f"{line}\n{done.out}\n{done.err}"
        assert done.out or "--once" in line, line


@pytest.mark.parametrize(
    "arguments",
    [["file", "718 EAST 232 STREET / 1", "--as-of", "2023-12-31"]],
    ids=lambda a: a[0],
)
def test_the_readme_shows_what_the_commands_print(arguments: list[str], new_york: Path) -> None:
    readme = README.read_text(encoding="utf-8")
    printed = _run(arguments, new_york, ROOT).lines
    shown = [line for line in printed[2:10] if line.strip()]
    assert shown
    assert [line for line in shown if line not in readme] == []


def _run(arguments: list[str], data: Path, folder: Path, *, installed: bool = False) -> Answer:
    terminal = Terminal(folder, environment(RENTALWATCH_DATA=str(data)))
    return finished(terminal.start(*arguments)) if installed else terminal(*arguments)
