"""A supervisor without a terminal: started, waited for until its cluster is ready, then left to itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from rentalwatch.dev.child import rotated
from rentalwatch.dev.state import FILE, READY, SUPERVISOR, State, load

LOOK = 0.1
"""Seconds between two looks whether it is ready."""
LOG = "supervisor.log"


def start(folder: Path, arguments: Sequence[str], tell: Callable[[str], None]) -> tuple[int, State | None]:
    """Starts `rentalwatch ARGUMENTS` in a session of its own and passes on what it says until its cluster is
    ready. Exit code 0 and the cluster; or the exit code with which it ended, having said why."""
    log = rotated(folder / "logs" / LOG)
    with log.open("ab") as out, log.open(encoding="utf-8", errors="replace") as said:
        said.seek(0, os.SEEK_END)
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "rentalwatch", *arguments],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
        try:
            return _waited(folder, supervisor, said, tell)
        except KeyboardInterrupt:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait()
            raise


def _waited(
    folder: Path, supervisor: subprocess.Popen[bytes], said: TextIO, tell: Callable[[str], None]
) -> tuple[int, State | None]:
    while True:
        ended = supervisor.poll()
        for line in said.read().splitlines():
            tell(line)
        if ended is not None:
            return ended, None
        if (state := _ready(folder, supervisor.pid)) is not None:
            return 0, state
        time.sleep(LOOK)


def _ready(folder: Path, pid: int) -> State | None:
    if not (folder / FILE).exists():
        return None
    state = load(folder)
    own = SUPERVISOR in state.processes and state.processes[SUPERVISOR].pid == pid
    return state if own and state.phase == READY else None
