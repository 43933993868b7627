"""Where a run keeps its files, and what several benchmarks share; made when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bench.make_ledger import make_ledger
from projections.database import open_sqlite
from projections.follow import rebuild
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger

if TYPE_CHECKING:
    from bench.parts import Parts

CLUSTER_HOMES = 3_000
"""Homes of the cluster's ledger: some 31,000 events, a few seconds of work for relay and worker."""


FEW = 1_000
"""Homes of a run that is only a try: whether everything works is shown in seconds, the figures say little."""


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

    @property
    def is_a_try(self) -> bool:
        """Whether the figures matter little."""
        return self.dwellings < FEW

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

    @cached_property
    def parts(self) -> Parts:
        """Broker and database."""
        from bench.parts import Parts

        return Parts(self.folder / "parts")

    @cached_property
    def cluster_ledger(self) -> str:
        """The DSN of a synthetic ledger on PostgreSQL, of at most `CLUSTER_HOMES` homes."""
        dsn = self.parts.database()
        make_ledger(dsn, min(self.dwellings, CLUSTER_HOMES)).close()
        return dsn

    @cached_property
    def cluster_events(self) -> int:
        with open_ledger(self.cluster_ledger) as ledger:
            return ledger.recorder.max_notification_id() or 0

    @cached_property
    def visible(self) -> list[float]:
        """Milliseconds from recorded to visible, of each event of one run."""
        from bench.visible import delays

        return delays(self)

    @cached_property
    def signal_delays(self) -> tuple[list[float], list[float], list[float]]:
        """Milliseconds from a reading to its alert recorded, in the outbox, sent, of one run."""
        from bench.signal_latency import delays

        return delays(self)

    def close(self) -> None:
        """Ends every process that was started for this run."""
        if "parts" in self.__dict__:
            self.parts.close()
