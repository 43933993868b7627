"""One file as of an instant, as `rentalwatch file` shows it: find it, read its facts, judge it. No peer."""

from __future__ import annotations

import random

import sqlalchemy as sa

from bench.make_ledger import BEGIN, DAYS, label
from bench.measure import Row, milliseconds
from bench.stage import Stage
from projections.files import find, read_facts
from rentalwatch.domain.instants import DAY, micros
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import State

CALLS = 1_000
PROMISED = 10_000_000
"""Events that floor and goal speak of; smaller runs are not held to them."""


def _look(connection: sa.Connection, dice: random.Random, homes: int) -> None:
    stream = find(connection, label(dice.randrange(homes))).stream_id
    facts = read_facts(connection, [stream])[stream]
    asked = micros(BEGIN) + dice.randrange(DAYS) * DAY
    judge(facts).at(asked, State)


def _times(stage: Stage) -> list[float]:
    dice = random.Random(1)
    with stage.read_models.connect() as connection:
        _look(connection, dice, stage.dwellings)  # the first call compiles the statements
        return milliseconds(lambda: _look(connection, dice, stage.dwellings), CALLS)


def p50(stage: Stage) -> Row:
    """The middle of a thousand."""
    took = _times(stage)[CALLS // 2]
    return Row(f"file as of, p50, {stage.events:,} events", took, None, None, None, None, "ms")


def p95(stage: Stage) -> Row:
    """All but the slowest twentieth."""
    took = _times(stage)[CALLS * 95 // 100]
    floor, goal = (50, 5) if stage.events >= PROMISED else (None, None)
    return Row(f"file as of, p95, {stage.events:,} events", took, None, None, floor, goal, "ms")
