"""One round as its fault sees it: where it strikes, what writers say meanwhile, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rentalwatch.dev.service import Service
from tests.faults.cluster.load import Load
from tests.faults.cluster.stand import Stand
from tests.faults.commands import Command
from tests.faults.scenarios import Round

COMMANDS = 90
"""Enough that a fault lies in their midst, also three times."""


@dataclass
class Plot:
    """What a fault is given. It adds the numbers of the acknowledged commands."""

    stand: Stand
    todo: list[Command]
    rng: Random
    result: Round
    tag: str
    folder: Path
    acknowledged: set[int] = field(default_factory=set)
    struck_at: float = 0.0

    def load(self, where: str = "", **options: Any) -> Load:
        """Writers begin with the commands of the round."""
        return Load(where or self.stand.dsn, self.todo, **options)

    def struck(self, times: int = 1) -> None:
        """It struck just now."""
        self.result.struck += times
        self.struck_at = time.monotonic()

    def recover(self, services: Sequence[Service] = ()) -> None:
        """Waits until the stand is well again, and notes how long that took."""
        self.result.recoveries.append(self.stand.recovered(self.struck_at, services))

    def finish(self, load: Load, refused: str = "") -> None:
        """Waits for the writers, all of whom must get through, or end with this code."""
        self.acknowledged |= load.finish()
        for code, errors in load.ended:
            if code or errors not in ([], [refused]):
                self.fail(f"a writer ended with {code}: {errors}")

    def fail(self, what: str) -> None:
        """Something that must not be, which no account would find."""
        self.result.lost += 1
        self.result.notes.append(what)
