"""Processes of this machine, named so that another one with a reused id is never meant."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from rentalwatch.extras import needs

LOOK = 0.05
"""Seconds between two looks whether a process has ended."""


@dataclass(frozen=True)
class Process:
    """A process id together with the instant at which that process began."""

    pid: int
    began: float
    name: str = ""

    @property
    def runs(self) -> bool:
        """Whether this very process runs; one that ended and waits to be noticed by its parent does not."""
        found = _look(self.pid)
        return found is not None and found.began == self.began

    def end(self, signal: int) -> None:
        """Sends the signal, if this very process runs."""
        if self.runs:
            os.kill(self.pid, signal)

    def ended(self, within: float) -> bool:
        """Waits for its end at most so many seconds; whether it has ended."""
        deadline = time.monotonic() + within
        while self.runs:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK)
        return True


def named(pid: int) -> Process:
    """The process with this id; one that does not run when there is none."""
    return _look(pid) or Process(pid, -1.0)


def below(pid: int) -> list[Process]:
    """Its children, and theirs."""
    psutil = _psutil()
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [found for p in children if (found := _look(p.pid))]


def _look(pid: int) -> Process | None:
    psutil = _psutil()
    try:
        p = psutil.Process(pid)
        with p.oneshot():
            return None if p.status() == psutil.STATUS_ZOMBIE else Process(pid, p.create_time(), p.name())
    except psutil.Error:
        return None


def _psutil() -> Any:
    with needs("dev"):
        import psutil
    return psutil
