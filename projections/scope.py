"""What is asked: where, over which period, as of when, as known when; and by which programme's measure."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from projections.spans import LEDGER
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.rulebook import TimelyDisposal


@dataclass(frozen=True)
class Measure:
    """What a programme makes of homes: stock 存量 or new 新增, screened in this cycle or not."""

    programme: str
    """Its stream."""
    baseline: Micros
    stock_frozen_at: Micros
    """FOREVER: it has no stock roll 存量台账 yet, or a part of it is missing."""
    screening_frozen_at: Micros
    cycle_begin: Micros
    """The first instant of the screening cycle that the asked instant lies in."""


@dataclass(frozen=True)
class Scope:
    """Half-open: a fact counts if it lies before `asked` and was recorded before `known_at`; the period
    is from `begin` (included) to `asked`."""

    asked: Micros
    begin: Micros = 0
    known_at: Micros = FOREVER
    axis: int = LEDGER
    area: str = ""
    measure: Measure | None = None
    disposal: TimelyDisposal | None = None
    """What the rulebook in force calls disposed of in time 及时处置; None: nothing."""

    def within(self, column: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
        """The area as a bytewise range of paths, which uses an index (D10)."""
        if not self.area:
            return []
        end = self.area[:-1] + chr(ord(self.area[-1]) + 1)
        return [column >= self.area, column < end]
