"""What is asked: where, over which period, as of when, as known when."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from projections.spans import LEDGER
from rentalwatch.domain.instants import FOREVER, Micros


@dataclass(frozen=True)
class Scope:
    """Half-open: a fact counts if it lies before `asked` and was recorded before `known_at`; the period
    is from `begin` (included) to `asked`."""

    asked: Micros
    begin: Micros = 0
    known_at: Micros = FOREVER
    axis: int = LEDGER
    area: str = ""

    def within(self, column: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
        """The area as a bytewise range of paths, which uses an index (D10)."""
        if not self.area:
            return []
        end = self.area[:-1] + chr(ord(self.area[-1]) + 1)
        return [column >= self.area, column < end]
