"""The three targets over all homes: now, and as of any instant as known at any other. There is no peer; the
floors are for 300,000 dwellings (`--dwellings 300000`), smaller runs show what they show."""

from __future__ import annotations

from statistics import median

from bench.make_ledger import BEGIN, DAYS, MINUTE, _day
from bench.measure import Row, milliseconds
from bench.stage import Stage
from projections.scope import Scope
from projections.targets import board
from rentalwatch.domain.instants import DAY, micros

TIMES = 7


def _board(stage: Stage, scope: Scope) -> float:
    with stage.read_models.connect() as connection:
        board(connection, scope)  # the first call compiles the statements
        return median(milliseconds(lambda: board(connection, scope), TIMES))


def now(stage: Stage) -> Row:
    """The end of the ledger, known now."""
    asked = micros(_day(DAYS)) + DAY
    took = _board(stage, Scope(asked=asked, begin=asked - 30 * DAY))
    return Row(f"targets now, {stage.dwellings:,} homes", took, None, None, 100, 20, "ms")


def any_time(stage: Stage) -> Row:
    """The middle of the story, as known in the middle of the ledger."""
    asked = micros(BEGIN) + DAYS // 2 * DAY
    known = micros(_day(DAYS)) + stage.events // 1800 * MINUTE
    took = _board(stage, Scope(asked=asked, begin=asked - 30 * DAY, known_at=known))
    return Row(f"targets as of and known at, {stage.dwellings:,} homes", took, None, None, 1500, 200, "ms")
