"""A rulebook: grounds, clocks and the plan of the watch, as data with effective dates (D11).

Here are the parts that inspections need; law by date and working days come with the wider field. What a
clock gives is resolved when a fact is recorded and stored with it: a due instant is fixed by the rulebook
that opened it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rentalwatch.domain.events import Code, WatchTerms
from rentalwatch.domain.instants import day_end, local_date, micros

ClockName = Literal["on_site", "notice", "verification", "self_rectification"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clock(_Data):
    """How long something may take. Hours run from the instant; days end with the last of them, in the
    area's zone. `0` days: due by the end of the day on which the clock was opened."""

    hours: float | None = Field(default=None, ge=0)
    days: int | None = Field(default=None, ge=0)
    origin: str = ""
    """The law, notice or practice that it comes from."""

    def due(self, opened: datetime, zone: str) -> datetime:
        """The instant by which it must be answered."""
        if self.hours is not None:
            return opened + timedelta(hours=self.hours)
        day = local_date(micros(opened), zone) + timedelta(days=self.days or 0)
        return day_end(day, zone)


class Ground(_Data):
    """A ground on which a finding may be confirmed."""

    title: Code
    title_zh: str = ""
    counts_as_group_rental: bool = True


class Rulebook(_Data):
    """The rules in force for an area. A clock that is not named does not run there."""

    name: Code
    title: Code
    title_zh: str = ""
    zone: Code
    grounds: dict[Code, Ground]
    clocks: dict[ClockName, Clock] = {}
    watch: WatchTerms = WatchTerms()

    def due(self, clock: ClockName, opened: datetime) -> datetime | None:
        """When `clock`, opened at `opened`, must be answered; None if this rulebook has no such clock."""
        rule = self.clocks.get(clock)
        return None if rule is None else rule.due(opened, self.zone)


def content_hash(text: bytes) -> str:
    """The version of a rulebook: the SHA-256 of its text, shortened to 12 hex digits."""
    return hashlib.sha256(text).hexdigest()[:12]
