"""Rulebooks 规则: which versions were adopted, for which area and days, and which of them holds?

The whole text is in the event alone; what counts when a record comes in is asked of the ledger itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.folds.rulebook import Adoption
from rentalwatch.domain.instants import Micros, instant
from rentalwatch.domain.rulebook import in_force

ADOPTIONS = SpanTable("adoptions", Adoption, ("record",))


class Adopted(NamedTuple):
    """An adoption, and whether it holds at the asked instant throughout its own area."""

    name: str
    version: str
    scope: str
    effective_from: date | None
    effective_until: date | None
    reason: str
    adopted_at: Micros
    holds: bool


def adoptions(connection: sa.Connection, scope: Scope, zone: str) -> list[Adopted]:
    """The adoptions before the asked instant, in the order in which they were made known. `zone`: whose days
    the rulebooks' first and last ones are."""
    visible = ADOPTIONS.visible(scope.asked, scope.known_at, scope.axis)
    c = ADOPTIONS.c
    query = sa.select(ADOPTIONS.table).where(*visible).order_by(c.recorded_from, c.adopted_at, c.record)
    found = [_adopted(row) for row in connection.execute(query).mappings()]
    at = instant(scope.asked - 1)
    return [one._replace(holds=in_force(found, one.scope, at, zone) is one) for one in found]


def _adopted(row: Any) -> Adopted:
    since, until = (date.fromisoformat(row[day]) if row[day] else None for day in ("since", "until"))
    return Adopted(
        row["name"], row["version"], row["scope"], since, until, row["reason"], row["adopted_at"], False
    )


__all__ = ["ADOPTIONS", "Adopted", "adoptions"]
