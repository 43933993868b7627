"""A programme 专项行动: an area, a baseline, rolls, goals, and the figures that were handed upward."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from rentalwatch.domain.events.base import AreaPath, Code, Event, Reference, Stored, Text

Roll = Literal["screening", "stock"]
"""排查底数: homes to screen each cycle. 存量台账: cases known at the baseline."""


class Goal(Stored):
    """A figure and what it is to come to."""

    figure: Code
    at_most: float | None = None
    at_least: float | None = None


class _OfProgramme(Event):
    STREAMS = ("programme",)


class ProgrammeStarted(_OfProgramme):
    """A programme begins. What was there before `baseline` is stock 存量, what came after is new 新增."""

    OPENS = True
    RANK = 0
    AT_DAY_END = False
    label: Code
    area: AreaPath
    zone: Code = "Asia/Shanghai"
    baseline: AwareDatetime
    goals: tuple[Goal, ...] = ()
    screening_cycle_months: int = Field(default=3, ge=1)
    keys: tuple[Code, ...] = ()


class ProgrammeClosed(_OfProgramme):
    """The programme ends. It erases nothing."""

    reason: Code


class RollFixed(_OfProgramme):
    """A part of a roll as it was frozen 底数. The roll is frozen with its last part."""

    REFERS = (("dwellings", "dwelling"),)
    roll: Roll
    part: int = Field(default=1, ge=1)
    parts: int = Field(default=1, ge=1)
    dwellings: tuple[Code, ...] = ()


class RollAmended(_OfProgramme):
    """A frozen roll was changed: with a reason, and by two persons."""

    REFERS = (
        ("added", "dwelling"),
        ("removed", "dwelling"),
    )
    RANK = 10
    roll: Roll
    added: tuple[Code, ...] = ()
    removed: tuple[Code, ...] = ()
    reason: Code
    second_officer: Reference


class FigureReported(_OfProgramme):
    """A figure that was handed upward 上报数, frozen with its definition and what was known. A later recount
    stands beside it as 重述, never in its place."""

    figure: Code
    value: int | None = None
    """None: nothing that could be counted."""
    area: AreaPath = ""
    period_from: AwareDatetime
    as_of: AwareDatetime
    known_at: AwareDatetime
    definition: Text = ""
    """The rulebook's version, and the one of the definition."""
    to: Text = ""


class SupervisionOrdered(_OfProgramme):
    """The supervisor ordered something to be done 督办."""

    REFERS = (("dwelling", "dwelling"),)
    number: Code
    subject: Code
    dwelling: Text = ""
    due: AwareDatetime | None = None


class SupervisionAnswered(_OfProgramme):
    """What was done about it."""

    RANK = 10
    number: Code
    outcome: Code
