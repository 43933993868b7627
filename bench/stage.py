"""Where a run keeps its files, and what several benchmarks share; made when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from bench.make_ledger import make_ledger
from projections.database import open_sqlite
from projections.follow import rebuild
from rentalwatch.ledger.application import Ledger


@dataclass
class Stage:
    """A temporary folder and the size of the run."""

    folder: Path
    dwellings: int
    _used: int = 0

    def place(self, name: str) -> Path:
        """A path that was never used in this run."""
        self._used += 1
        return self.folder / f"{self._used}-{name}"

    @cached_property
    def ledger(self) -> Ledger:
        """The synthetic ledger of `dwellings` homes."""
        return make_ledger(self.folder / "ledger", self.dwellings)

    @cached_property
    def events(self) -> int:
        return self.ledger.recorder.max_notification_id() or 0

    @cached_property
    def read_models(self) -> sa.Engine:
        """The read models of that ledger."""
        path = self.folder / "read-models.db"
        rebuild(self.ledger, path)
        return open_sqlite(path)
