"""A rulebook: grounds, law, clocks and the plan of the watch, as data with effective dates (D11).

What a clock gives is resolved when a fact is recorded and stored with it: a due instant is fixed by the
rulebook that opened it, and by the calendar frozen with that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, model_validator

from rentalwatch.domain.calendar import WEEKENDS, Calendar
from rentalwatch.domain.clock import Clock, ClockName, Due, due
from rentalwatch.domain.events import AreaPath, Code, WatchTerms
from rentalwatch.domain.instants import local_date, micros
from rentalwatch.domain.law import Law
from rentalwatch.domain.warning import Warnings
from rentalwatch.errors import MisplacedError

MAX_TEXT = 200_000
"""Characters of a rulebook's text: as many as the event that adopts it can hold."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ground(_Data):
    """A ground on which a finding may be confirmed."""

    title: Code
    title_zh: str = ""
    counts_as_group_rental: bool = True
    """Where no regime says it; a regime says it for itself (`law.Covered`)."""


class TimelyDisposal(_Data):
    """What 及时 and 处置 mean in 新增群租及时处置率. Not computed where a rulebook does not say it."""

    timely: Literal["by_current_deadline"]
    """By the deadline of the notice, extensions granted included and shown."""
    disposed: Literal["all_findings_verified"]
    origin: str = ""


class Rulebook(_Data):
    """The rules in force for an area. A clock that is not named does not run there."""

    name: Code
    title: Code
    title_zh: str = ""
    zone: Code
    scope: AreaPath = ""
    """The areas it is meant for; where it is in force is told by its adoption."""
    effective_from: date | None = None
    effective_until: date | None = None
    """The last day on which it holds."""
    calendar: Calendar | Literal["", "china"] = ""
    """Whose working days count: a name in the text, the frozen days once it is resolved."""
    grounds: Mapping[Code, Ground]
    law: Law = Law()
    clocks: Mapping[ClockName, Clock] = {}
    watch: WatchTerms = WatchTerms()
    timely_disposal: TimelyDisposal | None = None
    warning: Warnings = Warnings()
    """What raises alerts where signals flow in."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Rulebook:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise MisplacedError(f"{self.zone!r} is not an IANA time zone", "zone") from None
        if self.effective_from and self.effective_until and self.effective_until < self.effective_from:
            raise MisplacedError("it ends before it begins", "effective_until")
        for name, regime in self.law.regimes.items():
            for ground in regime.grounds:
                if ground not in self.grounds:
                    raise MisplacedError(
                        f"the rulebook has no ground {ground!r}", "law", "regimes", name, "grounds", ground
                    )
        return self

    @model_validator(mode="after")
    def _knows_its_working_days(self) -> Rulebook:
        for name, clock in self.clocks.items():
            if clock.working_days is not None and self.calendar == "":
                raise MisplacedError(
                    "working days need a `calendar` in the rulebook", "clocks", name, "working_days"
                )
        return self

    def due(self, clock: ClockName, opened: datetime) -> datetime | None:
        """When `clock`, opened at `opened`, must be answered; None if this rulebook has no such clock."""
        found = self.due_of(clock, opened)
        return None if found is None else found.instant

    def due_of(self, clock: ClockName, opened: datetime) -> Due | None:
        """As `due`, and whether it is provisional. Raises ValueError if working days count and the calendar
        is but a name: the text was never resolved."""
        rule = self.clocks.get(clock)
        if rule is None:
            return None
        if rule.working_days is None:
            return due(rule, opened, self.zone, WEEKENDS)
        if not isinstance(self.calendar, Calendar):
            raise ValueError(f"the calendar of rulebook {self.name!r} is not resolved")
        return due(rule, opened, self.zone, self.calendar)


class Adopted(Protocol):
    """A rulebook as it was adopted: whose, from which day to which, both included."""

    @property
    def scope(self) -> str: ...
    @property
    def effective_from(self) -> date | None: ...
    @property
    def effective_until(self) -> date | None: ...


A = TypeVar("A", bound=Adopted)


def in_force(adopted: Iterable[A], area: str, at: datetime, zone: str) -> A | None:
    """Of rulebooks in the order of their adoption the one that holds for an area at an instant: that of the
    narrowest scope; of one scope, that which began to hold last; of these, the one adopted last. None if
    none holds. `area` and scopes are paths with a closing `/`; "" is everywhere."""
    day = local_date(micros(at), zone)
    best: tuple[tuple[int, date, int], A] | None = None
    for nth, one in enumerate(adopted):
        since = one.effective_from or date.min
        until = one.effective_until
        if not area.startswith(one.scope) or day < since or (until is not None and day > until):
            continue
        rank = (len(one.scope.encode()), since, nth)
        if best is None or rank > best[0]:
            best = (rank, one)
    return None if best is None else best[1]


def content_hash(text: bytes) -> str:
    """The version of a rulebook: the SHA-256 of its text, shortened to 12 hex digits."""
    return hashlib.sha256(text).hexdigest()[:12]


__all__ = [
    "MAX_TEXT",
    "Adopted",
    "Clock",
    "ClockName",
    "Ground",
    "Rulebook",
    "TimelyDisposal",
    "content_hash",
    "in_force",
]
