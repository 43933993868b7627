"""The law by date 法律适用: regimes as data, and which of them a case may fall under (domain §4).

The law at the time of the act applies, unless it has changed by the decision and the new one is lighter
(行政处罚法 art. 37, 从旧兼从轻). The look-up (`applicable`) shows every candidate and says which is lighter,
and why. It never picks one: the officer decides.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rentalwatch.domain.events import Code
from rentalwatch.errors import MisplacedError

Party = Literal["individual", "company"]
"""个人 / 单位: the kinds of party that the law tells apart."""
PARTIES: tuple[Party, ...] = get_args(Party)

Tier = Literal["warning", "at_once", "serious", "overdue", "refused"]
"""When a sanction may be imposed: with the order, a warning alone; with the order, at once; the same in a
serious case; when the order's time has run out 逾期不改正; when the order was refused 拒不改正."""
TIERS: tuple[Tier, ...] = get_args(Tier)
AFTER_ORDER: frozenset[Tier] = frozenset({"overdue", "refused"})
"""Tiers that need an order that was not obeyed."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InForce(_Data):
    """From when until when, by the date in the area's zone: `until` is the last day on which it holds, as a
    bare date as an upper bound always is (domain §3). Without a date it was always so, or is so for good."""

    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> InForce:
        if self.since and self.until and self.until < self.since:
            raise MisplacedError("it ends before it begins", "until")
        return self

    def holds(self, day: date) -> bool:
        """Whether it holds on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Fine(NamedTuple):
    """A range of fines in RMB, both ends included."""

    least: int
    most: int


class Sanction(_Data):
    """What a regime threatens, in one tier. Without `grounds` it stands for all grounds of its regime that no
    other sanction names."""

    tier: Tier
    party: Literal["individual", "company", "any"] = "any"
    grounds: tuple[Code, ...] = ()
    fine: Fine | None = None
    """None: an order, or a warning, and no fine."""
    article: Code

    @model_validator(mode="after")
    def _ranges_upwards(self) -> Sanction:
        if (self.fine is None) != (self.tier == "warning"):
            raise MisplacedError("a warning has no fine, every other tier has one", "fine")
        if self.fine and not 0 <= self.fine.least <= self.fine.most:
            raise MisplacedError("a fine is written [least, most]", "fine")
        return self


class Covered(_Data):
    """A ground as a regime has it."""

    article: Code
    counts_as_group_rental: bool = True


class Regime(_Data):
    """A law or regulation 法规: when it was in force, which grounds it has, what it threatens."""

    title: Code
    title_zh: Code
    rank: Literal["state_regulation", "local_regulation", "local_rules"]
    """行政法规 / 地方性法规 / 地方政府规章. It does not tell which of two in force at once prevails."""
    in_force: InForce
    grounds: Mapping[Code, Covered] = Field(min_length=1)
    sanctions: tuple[Sanction, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _threatens_what_it_bans(self) -> Regime:
        for i, sanction in enumerate(self.sanctions):
            for j, ground in enumerate(sanction.grounds):
                if ground not in self.grounds:
                    raise MisplacedError(f"the regime has no ground {ground!r}", "sanctions", i, "grounds", j)
        for ground in self.grounds:
            for party in PARTIES:
                if not any(s.fine for s in self.sanctions_for(ground, party)):
                    raise MisplacedError(f"no sanction has a fine for {_a(party)}", "grounds", ground)
        return self

    def sanctions_for(self, ground: str, party: Party) -> tuple[Sanction, ...]:
        """What it threatens for a ground of its own and a kind of party, in the order of the text."""
        fitting = [s for s in self.sanctions if s.party in (party, "any")]
        named = tuple(s for s in fitting if ground in s.grounds)
        return named or tuple(s for s in fitting if not s.grounds)


class Definition(_Data):
    """A number by which something is unlawful, such as persons a room. It may outlive the sanctions of the
    regime that it stands in."""

    value: float
    unit: Code
    in_force: InForce = InForce()
    origin: Code


class Limitation(_Data):
    """追责时效 (行政处罚法 art. 36): what was not found within so many years of its end is not punished."""

    years: int = Field(ge=1)
    years_where_life_or_health: int = Field(ge=1)
    article: Code


class Leniency(_Data):
    """首违可不罚 (行政处罚法 art. 33): when a penalty may be waived. Shown beside the ranges, not applied."""

    title: Code
    title_zh: Code
    article: Code


class Law(_Data):
    """What a rulebook says of the law. Without regimes nothing is mapped: a city imported as history."""

    regimes: Mapping[Code, Regime] = {}
    definitions: Mapping[Code, Definition] = {}
    limitation: Limitation | None = None
    leniency: Leniency | None = None

    def defined(self, name: str, day: date) -> float | None:
        """The number that defines it on that day; None if nothing does."""
        found = self.definitions.get(name)
        return found.value if found and found.in_force.holds(day) else None

    def found_by(self, acted: date, *, life_or_health: bool = False) -> date | None:
        """The last day on which an act could be found and still be punished (art. 36); None if nothing says
        so. `acted`: the day of the act; of one that lasted, the day it ended."""
        if self.limitation is None:
            return None
        limit = self.limitation
        return _years_later(acted, limit.years_where_life_or_health if life_or_health else limit.years)


def _a(party: Party) -> str:
    return "an individual" if party == "individual" else "a company"


def _years_later(day: date, years: int) -> date:
    """The same day years later; of a 29 February where there is none, the 28th."""
    year = min(day.year + years, date.max.year)
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)
