"""What a programme 专项行动 reads as: rows that hold over a span of time, as for a home's file."""

from __future__ import annotations

from typing import NamedTuple

from rentalwatch.domain.instants import Micros


class Programme(NamedTuple):
    """A programme. Its rolls and what was reported of it are rows of their own."""

    label: str
    area: str
    baseline: Micros
    """What was there before is stock 存量, what came after is new 新增."""
    cycle_months: int
    """How often each home of the screening roll 排查底数 is to be screened, counted from January."""
    closed_at: Micros
    """FOREVER: it goes on."""


class Goal(NamedTuple):
    """A figure and what it is to come to: a bound is a number as text, blank for none."""

    figure: str
    at_most: str
    at_least: str


class Roll(NamedTuple):
    """How far a roll is: it is frozen once every part of it is in."""

    roll: str
    parts: int
    """How many parts it has."""
    parts_in: int
    homes: int
    frozen_at: Micros
    """FOREVER: a part is missing."""


class RollEntry(NamedTuple):
    """A home on a roll. `amended`: it was put there after the roll was frozen."""

    roll: str
    dwelling: str
    amended: int


class Amendment(NamedTuple):
    """A home that was put on a roll (change 1) or struck off (−1) after it was frozen: why, and by whom."""

    roll: str
    dwelling: str
    change: int
    record: str
    amended_at: Micros
    reason: str
    first: str
    second: str


class Reported(NamedTuple):
    """A figure as it was handed upward 上报数; value: a number as text, blank where nothing could be
    counted."""

    record: str
    figure: str
    value: str
    area: str
    period_from: Micros
    as_of: Micros
    reported_at: Micros
    known_at: Micros
    definition: str
    to: str


class Supervision(NamedTuple):
    """An order of the supervisor 督办; outcome: what was done about it, blank until that is said."""

    number: str
    subject: str
    dwelling: str
    due: Micros
    outcome: str
