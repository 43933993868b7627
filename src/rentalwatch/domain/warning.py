"""Warning rules 预警规则 as data: which figures of a home and a day raise an alert (domain §7, D11).

A rule is known by its name and its version, the hash of what it asks for and of what it does; titles, origin
and tests are words about it and change no version. An alert is never evidence (行政处罚法 art. 41).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

from rentalwatch.domain.events import AlertLevel, Code
from rentalwatch.domain.features import CONTEXT, EVALUATOR, FEATURES, Signal
from rentalwatch.errors import MisplacedError

COMBINED = "combined"
"""The name under which the combined score raises its alerts; no rule may have it."""

RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Comparison = Literal["more_than", "at_least", "less_than", "at_most"]
COMPARISONS: Mapping[Comparison, str] = {
    "more_than": ">",
    "at_least": ">=",
    "less_than": "<",
    "at_most": "<=",
}
"""Each comparison with the sign by which a reason writes it."""
Cause = Literal["family", "shop", "other"]
"""Of an exemption 豁免, as `ExemptionGranted` has it."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(NamedTuple):
    """What a figure is compared with, and how."""

    comparison: Comparison
    number: float


class Condition(_Data):
    """One figure compared with one number, which may be taken times another figure of the same home."""

    feature: str
    more_than: FiniteFloat | None = None
    at_least: FiniteFloat | None = None
    less_than: FiniteFloat | None = None
    at_most: FiniteFloat | None = None
    times: Literal["rooms"] | None = None
    """`rooms`: the number is meant for each designed room. Where nobody knows the rooms, nothing fires."""

    @model_validator(mode="after")
    def _compares_once(self) -> Condition:
        if self.feature not in FEATURES:
            raise MisplacedError(f"there is no figure {self.feature!r}", "feature")
        if sum(getattr(self, name) is not None for name in COMPARISONS) != 1:
            raise MisplacedError(f"compares by exactly one of {', '.join(COMPARISONS)}", "feature")
        return self

    @cached_property
    def limit(self) -> Limit:
        return next(Limit(c, n) for c in COMPARISONS if (n := getattr(self, c)) is not None)


class Readings(_Data):
    """Readings of one home on some days running, for a test: passes of each of some cards, consumption in
    kWh or m³ by a register read each hour, or an advertisement found each day."""

    signal: Literal["gate_pass", "electricity", "water", "gas", "listing"]
    days: int = Field(default=1, ge=1, le=60)
    a_day: float = Field(default=1, ge=0, le=10_000)
    cards: int = Field(default=1, ge=1, le=100)
    hour: int = Field(default=8, ge=0, le=22)
    """Passes come one a minute from this hour on."""
    others: float | None = Field(default=None, ge=0, le=10_000)
    """What each of six other homes as large uses a day; the same if it is not said."""
    by_bed: bool = False
    rooms: int = Field(default=1, ge=0, le=63)
    """As advertised."""


WITH_READINGS = ("rooms", "exempt_family", "exempt_shop", "exempt_other")
"""Figures that a test may give beside readings: what the record knows of the home."""


class Tried(_Data):
    """A test inside a rule: given these figures, or these readings, then an alert or none."""

    given: Mapping[str, FiniteFloat] = {}
    """Figures by name; those that are not given are not known."""
    readings: tuple[Readings, ...] = ()
    """All end on the same day, which is then closed; what the rule says of it, or of a day before, counts."""
    alert: bool

    @model_validator(mode="after")
    def _gives_what_there_is(self) -> Tried:
        if not self.given and not self.readings:
            raise MisplacedError("gives neither figures nor readings", "alert")
        for name in self.given:
            if name not in FEATURES:
                raise MisplacedError(f"there is no figure {name!r}", "given", name)
            if self.readings and name not in WITH_READINGS:
                what = f"{name!r} comes of readings; beside them only {', '.join(WITH_READINGS)}"
                raise MisplacedError(what, "given", name)
        return self


class TriedCombined(_Data):
    """A test inside the combined score: given on how many of the last days each rule fired."""

    given: Mapping[RuleName, Annotated[int, Field(ge=0, le=28)]]
    alert: bool


class WarningRule(_Data):
    """One rule. It fires where all its conditions hold."""

    title: Code
    title_zh: Code
    when: Literal["monotone", "day_closed"]
    """`monotone`: on the reading that tips it. `day_closed`: once, when nothing more can come for the day."""
    all: tuple[Condition, ...] = Field(min_length=1)
    only: Literal["any", "watched", "released_or_watched"] = "any"
    """Homes under watch 回头看, or those and the ones released from it, or every home."""
    relapse: bool = False
    """What it raises is a relapse alert 返潮预警."""
    alone: bool = True
    """False: it raises nothing by itself and counts only in the combined score."""
    window_days: int = Field(default=7, ge=1, le=366)
    """At most one alert of a home in each block of so many days, counted from 1970-01-01."""
    score: FiniteFloat = Field(gt=0, lt=1)
    """How often it was right where that was measured, or assumed until it is; docs/rules.md says which."""
    mutes: tuple[Cause, ...] = ()
    """Exemptions that silence it while they run."""
    level: AlertLevel = "manager"
    """Who is asked first."""
    withheld: bool = False
    """Kept from the property manager before an unannounced visit."""
    origin: Code
    """Where its numbers come from."""
    tests: tuple[Tried, ...]

    @model_validator(mode="after")
    def _can_fire_when_it_says(self) -> WarningRule:
        for i, condition in enumerate(self.all):
            if self.when == "monotone" and not _tips(condition):
                what = "does not only grow within a day: judge it at day_closed"
                raise MisplacedError(f"{condition.feature} {what}", "all", i, "feature")
        if self.relapse and self.only == "any":
            raise MisplacedError("a relapse needs homes under watch or released", "only")
        return self

    @model_validator(mode="after")
    def _was_tried_both_ways(self) -> WarningRule:
        if {test.alert for test in self.tests} != {True, False}:
            raise MisplacedError("needs a test in which it fires and one in which it does not", "tests")
        return self

    @property
    def signals(self) -> frozenset[Signal]:
        """The kinds of signal that it needs: where one of them does not flow, it is silent."""
        return frozenset(FEATURES[condition.feature].signal for condition in self.all)

    def content(self) -> dict[str, Any]:
        """What decides when it fires and what it does then, in one canonical order. What is left at its
        default is left out, so that a later default changes no version."""
        plain = self.model_dump(mode="json", exclude_defaults=True, exclude={*_WORDS, "all", "mutes"})
        conditions = [c.model_dump(mode="json", exclude_defaults=True) for c in self.all]
        return plain | {"all": sorted(conditions, key=_canonical), "mutes": sorted(set(self.mutes))}


_WORDS = frozenset({"title", "title_zh", "origin", "tests"})


class Combined(_Data):
    """Several weak rules that agree 综合评分: 1 − Π(1 − weight) over the rules that fired in the last days,
    as if each were wrong on its own (noisy-or). The weights are pinned here: another weight is another
    version."""

    weights: Mapping[RuleName, Annotated[float, Field(gt=0, lt=1)]] = Field(min_length=1)
    days: Mapping[RuleName, Annotated[int, Field(ge=1, le=28)]] = {}
    """On how many of the last `within_days` days a rule must have fired to count; on one unless it is said.
    Guests and feasts pass, a way of living stays."""
    threshold: float = Field(gt=0, lt=1)
    within_days: int = Field(default=28, ge=1, le=28)
    """How far back it looks; which rules fired on a closed day is kept for 28."""
    window_days: int = Field(default=28, ge=1, le=366)
    level: AlertLevel = "manager"
    withheld: bool = False
    origin: Code
    tests: tuple[TriedCombined, ...] = ()

    @model_validator(mode="after")
    def _counts_what_it_weighs(self) -> Combined:
        for name, days in self.days.items():
            if name not in self.weights:
                raise MisplacedError(f"{name!r} has no weight", "days", name)
            if days > self.within_days:
                raise MisplacedError(f"it looks back {self.within_days} days", "days", name)
        for i, test in enumerate(self.tests):
            for name in test.given:
                if name not in self.weights:
                    raise MisplacedError(f"{name!r} has no weight", "tests", i, "given", name)
        return self


class Warnings(_Data):
    """The warning rules of a rulebook. Without any, signals raise nothing there."""

    rules: Mapping[RuleName, WarningRule] = {}
    combined: Combined | None = None

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Warnings:
        if COMBINED in self.rules:
            raise MisplacedError("is the name of the combined score", "rules", COMBINED)
        for name in self.combined.weights if self.combined else ():
            if name not in self.rules:
                raise MisplacedError(f"there is no rule {name!r}", "combined", "weights", name)
        return self

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The version of every rule by its name, `combined` among them where there is one. A rule that
        changes is another version of itself and of the score that counts it."""
        found = {name: version(name, rule.content()) for name, rule in self.rules.items()}
        if self.combined is not None:
            plain = self.combined.model_dump(mode="json", exclude_defaults=True, exclude={"origin", "tests"})
            counted = {name: found[name] for name in sorted(self.combined.weights)}
            found[COMBINED] = version(COMBINED, plain | {"rules": counted})
        return found

    def tests(self) -> Iterator[tuple[str, int, Tried]]:
        """Every test of a rule with the rule's name and its place there."""
        for name, rule in self.rules.items():
            for nth, test in enumerate(rule.tests):
                yield name, nth, test

    @property
    def number_of_tests(self) -> int:
        """Of all rules, and of the combined score."""
        return sum(1 for _ in self.tests()) + (len(self.combined.tests) if self.combined else 0)


def version(name: str, content: Mapping[str, Any]) -> str:
    """12 hex digits of the SHA-256 of a rule's canonical content."""
    whole = {"evaluator": EVALUATOR, "name": name, **content}
    return hashlib.sha256(_canonical(whole).encode()).hexdigest()[:12]


def _canonical(plain: Any) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _tips(condition: Condition) -> bool:
    if condition.feature in CONTEXT and not FEATURES[condition.feature].grows:
        return True
    return FEATURES[condition.feature].grows and condition.limit.comparison in ("more_than", "at_least")
