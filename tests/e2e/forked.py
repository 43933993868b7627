"""The command in a process of its own that is forked from one which has imported it.

The imports take a processor longer than what most commands then do. `test_terminal.py` shows that the
installed command answers the same, byte by byte.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory

from tests.parts.forks import FORKED

Said = tuple[int, str, str]
"""Exit code, output, errors."""


def forked(command: Sequence[str], folder: Path, env: Mapping[str, str], patience: float) -> Said:
    """What a command says that is run to its end. Raises TimeoutExpired."""
    with TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        process = FORKED.Process(target=_run, args=(list(command), folder, dict(env), out, err))
        process.start()
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutExpired(list(command), patience)
        return process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _run(command: list[str], folder: Path, env: dict[str, str], out: Path, err: Path) -> None:
    """What a shell and an interpreter do before the command begins; and the command."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.stdin = open(_as(0, os.devnull, os.O_RDONLY), encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(_as(1, out, os.O_WRONLY | os.O_CREAT), "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(_as(2, err, os.O_WRONLY | os.O_CREAT), "w", encoding="utf-8")  # noqa: SIM115
    sys.argv = list(command)
    from rentalwatch.cli.main import run

    run()


def _as(number: int, path: str | Path, flags: int) -> int:
    """Opens a file under a number that is in use already."""
    opened = os.open(path, flags, 0o600)
    os.dup2(opened, number)
    os.close(opened)
    return number
