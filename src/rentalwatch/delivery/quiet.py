"""Quiet hours 免打扰: when nobody is to be woken, on the wall clock of a zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from rentalwatch.delivery.notification import Severity, SeverityWord
from rentalwatch.domain.instants import Micros, instant, micros

WallTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A time of day, 22:00. In YAML it stands in quotes, or it would be a number."""


class QuietHours(BaseModel):
    """From a time of day until another, over midnight if that is the earlier one.

    A severity of `unless` or more does not wait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    begin: WallTime = Field(alias="from")
    until: WallTime
    unless: SeverityWord = Severity.URGENT

    @model_validator(mode="after")
    def _not_all_day(self) -> QuietHours:
        if self.begin == self.until:
            raise ValueError("quiet hours that begin when they end never end")
        return self

    def after(self, at: Micros, severity: Severity, zone: str) -> Micros:
        """`at`, or the end of the quiet hours in which it lies; never earlier than `at`."""
        if severity >= self.unless:
            return at
        local = instant(at).astimezone(ZoneInfo(zone))
        if not self._holds(local.time()):
            return at
        until = time.fromisoformat(self.until)
        day = local.date() + timedelta(days=1 if local.time() >= until else 0)
        # a wall time that the clocks jump over is read by the offset before: it lies just behind the jump
        end = datetime.combine(day, until, ZoneInfo(zone))
        return max(at, micros(end))

    def _holds(self, now: time) -> bool:
        begin, until = time.fromisoformat(self.begin), time.fromisoformat(self.until)
        if begin < until:
            return begin <= now < until
        return now >= begin or now < until
