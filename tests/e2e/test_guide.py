"""The guide for a district office: every command in its order, in one fresh folder, with what it shows."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from tests.e2e.terminal import DOCS, ROOT, Terminal

Step = tuple[str, list[str]]
"""A command and the lines that the guide shows of its answer."""


def steps() -> list[Step]:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def test_an_office_comes_from_nothing_to_its_first_monthly_figures(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for command, shown in steps():
        program, *arguments = shlex.split(command)
        if program == "cp":
            shutil.copytree(tmp_path / arguments[-2], tmp_path / arguments[-1])
            continue
        answer = terminal.asked(*arguments)
        assert [line for line in shown if line not in answer.lines] == [], command
        assert answer.out, command
