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
PROMISED = 300_000
"""Dwellings that floor and goal speak of; smaller runs are not held to them."""


def _board(stage: Stage, scope: Scope) -> float:
    with stage.read_models.connect() as connection:
        board(connection, scope)  # the first call compiles the statements
        return median(milliseconds(lambda: board(connection, scope), TIMES))


def now(stage: Stage) -> Row:
    """The end of the ledger, known now."""
    asked = micros(_day(DAYS)) + DAY
    took = _board(stage, Scope(asked=asked, begin=asked - 30 * DAY))
    return _row(stage, "now", took, 100, 20)


def any_time(stage: Stage) -> Row:
    """The middle of the story, as known in the middle of the ledger."""
    asked = micros(BEGIN) + DAYS // 2 * DAY
    known = micros(_day(DAYS)) + stage.events // 1800 * MINUTE
    took = _board(stage, Scope(asked=asked, begin=asked - 30 * DAY, known_at=known))
    return _row(stage, "as of and known at", took, 1500, 200)


def _row(stage: Stage, what: str, took: float, floor: float, goal: float) -> Row:
    held = stage.dwellings >= PROMISED
    name = f"targets {what}, {stage.dwellings:,} homes"
    return Row(name, took, None, None, floor if held else None, goal if held else None, "ms")
