"""Rulebooks 规则: the whole text of every version that was ever adopted."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from rentalwatch.domain.events.base import AreaPath, Code, Event, Text


class RulebookAdopted(Event):
    """A rulebook is in force 规则启用 for an area and a span of days, with the calendar as frozen then."""

    STREAMS = ("rulebook",)
    OPENS = True
    RANK = 0
    AT_DAY_END = False
    name: Code
    version: Code
    """The hash of the text."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=200_000)]
    scope: AreaPath = ""
    effective_from: date | None = None
    effective_until: date | None = None
    """The last day on which it is in force."""
    calendar: Annotated[str, StringConstraints(max_length=200_000)] = ""
    """Working days and holidays as data (JSON), so that a due date can be computed again."""
    reason: Text = ""
    """Why, as a code or a reference to the decision."""
    keys: tuple[Code, ...] = ()
