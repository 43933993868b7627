"""Warning rules against columns of figures: which rows of (home, day) fire, and with which reasons.

A column is an array with one figure a row, under the name that `domain.features` gives it; what is not known
is NaN, and a column that is not there is known of nobody. Everything is compared as float32, the precision
in which closed days are kept: a back-test on kept days compares the very same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rentalwatch.domain.warning import COMBINED, Combined, Comparison, Condition, WarningRule, Warnings
from rentalwatch.signals import reasons

Columns = Mapping[str, ArrayLike]
Mask = NDArray[np.bool_]
Figures = NDArray[np.float32]
When = Literal["monotone", "day_closed"]

ALERTS = UUID("6f0a7d0e-6a55-5f0e-9a0c-5d3b1f5f6a11")
"""The namespace of alert ids; never changed, since a rule that fires again must come to the same id."""

_COMPARE = {
    "more_than": np.greater,
    "at_least": np.greater_equal,
    "less_than": np.less,
    "at_most": np.less_equal,
}


class Fired(NamedTuple):
    """The rows in which one rule fired, in order."""

    name: str
    rule: WarningRule
    rows: NDArray[np.intp]


def evaluate(warnings: Warnings, columns: Columns, when: When | None = None) -> Iterator[Fired]:
    """Every rule that fires in some row, in the order of the rulebook; only those judged `when`, or all.
    Whether it raises something by itself is the rule's `alone`."""
    asked = _Asked(columns)
    for name, rule in warnings.rules.items():
        if when in (None, rule.when):
            rows = np.flatnonzero(_fires(rule, asked))
            if rows.size:
                yield Fired(name, rule, rows)


def fires(rule: WarningRule, columns: Columns) -> Mask:
    """In which rows one rule fires: bool, one a row."""
    return _fires(rule, _Asked(columns))


def counts(combined: Combined, rule: str, days: ArrayLike) -> Mask:
    """Whether a rule counts that fired on so many of the last `within_days` days, [n]."""
    found: Mask = np.asarray(days) >= combined.days.get(rule, 1)
    return found


def combine(combined: Combined, fired: Mapping[str, Mask | bool]) -> NDArray[np.float64]:
    """The combined score of each row, 0 to 1, given for each rule whether it counts there (`counts`). A
    rule that is not given does not."""
    missed: NDArray[np.float64] = np.ones(1)
    for name in sorted(combined.weights):  # one order of multiplying: the same score to the last bit
        missed = missed * np.where(fired.get(name, False), 1 - combined.weights[name], 1.0)
    return 1 - missed


def window_of(day: int, window_days: int) -> int:
    """Which block of days an alert belongs to. `day`: local days since 1970-01-01."""
    return day // window_days


def alert_id(rule: str, version: str, dwelling: str, window: int) -> UUID:
    """The id of the alert that a rule raises of a home in a window: whoever computes it comes to the same."""
    return uuid5(ALERTS, f"{rule}/{version}/{dwelling}/{window}")


class Hit(NamedTuple):
    """A rule that fired for one home: all that an alert says."""

    alert: UUID
    rule: str
    version: str
    dwelling: str
    day: int
    first_day: int
    """Of its window; it has `window_days`."""
    window_days: int
    relapse: bool
    score: float
    reasons: tuple[str, ...]
    level: str
    withheld: bool


def hit(warnings: Warnings, name: str, columns: Columns, row: int, dwelling: str, day: int) -> Hit:
    """What the rule `name` says of the home in `row`, where it fired. `day`: local days since 1970-01-01."""
    rule, asked = warnings.rules[name], _Asked(columns)
    version, window = warnings.versions[name], window_of(day, rule.window_days)
    said = tuple(_reason(condition, asked, row) for condition in rule.all)
    return Hit(
        alert_id(name, version, dwelling, window), name, version, dwelling, day,
        window * rule.window_days, rule.window_days, rule.relapse, rule.score, said,
        rule.level, rule.withheld,
    )  # fmt: skip


def combined_hit(
    warnings: Warnings, combined: Combined, fired: Iterable[str], score: float, dwelling: str, day: int
) -> Hit:
    """What the combined score says of a home, given which of the counted rules fired there lately."""
    version, window = warnings.versions[COMBINED], window_of(day, combined.window_days)
    counted = sorted((n for n in fired if n in combined.weights), key=lambda n: (-combined.weights[n], n))
    said = (reasons.score(score, combined.threshold), *map(reasons.fired, counted))
    return Hit(
        alert_id(COMBINED, version, dwelling, window), COMBINED, version, dwelling, day,
        window * combined.window_days, combined.window_days, False, score, said,
        combined.level, combined.withheld,
    )  # fmt: skip


class _Asked:
    """Columns as float32 arrays of one length, each converted when it is first asked for."""

    def __init__(self, columns: Columns) -> None:
        self._given = columns
        self._ready: dict[str, Figures] = {}
        self.length = max((np.size(column) for column in columns.values()), default=0)

    def __getitem__(self, name: str) -> Figures:
        if name not in self._ready:
            given = self._given.get(name)
            self._ready[name] = (
                np.full(self.length, np.nan, np.float32)
                if given is None
                else np.atleast_1d(np.asarray(given, np.float32))
            )
        return self._ready[name]

    def yes(self, name: str) -> Mask:
        """Where a figure that is 1 or 0 is 1; unknown is 0."""
        found: Mask = self[name] > 0
        return found

    def limit(self, condition: Condition) -> Figures:
        """What each row is compared with."""
        number = np.float32(condition.limit.number)
        return np.full(self.length, number) if condition.times is None else number * self[condition.times]


def _fires(rule: WarningRule, asked: _Asked) -> Mask:
    fire = _in_scope(rule, asked)
    for condition in rule.all:
        fire &= _holds(condition.limit.comparison, asked[condition.feature], asked.limit(condition))
    for cause in rule.mutes:
        fire &= ~asked.yes(f"exempt_{cause}")
    return fire


def _holds(comparison: Comparison, figures: Figures, limit: Figures) -> Mask:
    held: Mask = _COMPARE[comparison](figures, limit)
    return held  # False where one of the two is NaN


def _in_scope(rule: WarningRule, asked: _Asked) -> Mask:
    if rule.only == "any":
        return np.ones(asked.length, np.bool_)
    watched = asked.yes("under_watch")
    return watched if rule.only == "watched" else watched | asked.yes("released")


def _reason(condition: Condition, asked: _Asked, row: int) -> str:
    figure, limit = asked[condition.feature][row], asked.limit(condition)[row]
    return reasons.code(condition.feature, condition.limit.comparison, float(figure), float(limit))
