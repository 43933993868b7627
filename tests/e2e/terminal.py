"""Words for stories at the terminal: the command in a process of its own, and its answers."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sysconfig
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.e2e.forked import forked

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
COMMAND = Path(sysconfig.get_path("scripts")) / "rentalwatch"
HOME = "718 EAST 232 STREET / 1"
LONGEST = 120
"""Seconds after which a command is taken to hang: no test waits for it otherwise."""


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of a CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def environment(**changed: str) -> dict[str, str]:
    """The environment of a command: nothing of ours, English, compiled once."""
    ours = {"LANG", "LC_ALL", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
    kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("RENTALWATCH_")}
    return kept | {"LANG": "C.UTF-8"} | changed


def _heeds_ctrl_c() -> None:
    """A shell that runs the tests in the background has its children ignore Ctrl-C; a terminal does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Terminal:
    """A folder in which commands are typed; the ledger is where it is by default, in rentalwatch-data."""

    folder: Path
    env: dict[str, str] = field(default_factory=environment)

    @property
    def data(self) -> Path:
        return self.folder / "rentalwatch-data"

    def start(self, *args: object) -> subprocess.Popen[str]:
        """Begins a command, its output caught."""
        return subprocess.Popen(
            [COMMAND, *map(str, args)], cwd=self.folder, env=self.env, text=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=_heeds_ctrl_c,
        )  # fmt: skip

    def __call__(self, *args: object, patience: int = LONGEST) -> Answer:
        """A command, run to its end; one that leaves others running is begun as people begin it."""
        if "dev" in args:
            return finished(self.start(*args), patience)
        return Answer(*forked([str(COMMAND), *map(str, args)], self.folder, self.env, patience))

    def asked(self, *args: object, patience: int = LONGEST) -> Answer:
        """A command that must succeed."""
        answer = self(*args, patience=patience)
        assert answer.code == 0, answer
        return answer


def finished(process: subprocess.Popen[str], patience: int = LONGEST) -> Answer:
    """The answer of a command that was begun."""
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Answer(process.returncode, out, err)


def fits(value: Any, schema: str) -> Any:
    """The value, once it is checked against a published schema."""
    published = json.loads((DOCS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(published, format_checker=FormatChecker()).validate(value)
    return value


def width(text: str) -> int:
    """Cells of a terminal, counted without the product's own means."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def begins_at(line: str, part: str) -> int:
    """The cell in which a part of a line begins."""
    return width(line[: line.index(part)])
