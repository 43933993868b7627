"""The tests inside warning rules: given these figures, then an alert or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rentalwatch.domain.warning import COMBINED, Combined, Tried, TriedCombined, WarningRule, Warnings
from rentalwatch.signals.evaluate import combine, counts, fires
from rentalwatch.signals.trial_estate import raises


class Failed(NamedTuple):
    """A test of a rule, or of the combined score, that came out otherwise."""

    rule: str
    nth: int
    test: Tried | TriedCombined

    @property
    def place(self) -> tuple[str | int, ...]:
        """Where it stands in the rules."""
        of = (COMBINED,) if self.rule == COMBINED else ("rules", self.rule)
        return (*of, "tests", self.nth)

    @property
    def what(self) -> str:
        parts = [f"{name} {figure:g}" for name, figure in self.test.given.items()]
        if isinstance(self.test, Tried):
            parts += [f"{r.days} days of {r.signal}" for r in self.test.readings]
        given = ", ".join(parts) or "nothing"
        wanted, came = ("an alert", "none") if self.test.alert else ("no alert", "one")
        return f"given {given} it wants {wanted}, and there is {came}"


def failed(warnings: Warnings) -> Iterator[Failed]:
    """The tests that fail, in the order of the text."""
    for rule, nth, test in warnings.tests():
        if _fires(warnings.rules[rule], test) != test.alert:
            yield Failed(rule, nth, test)
    if warnings.combined is not None:
        for nth, tried in enumerate(warnings.combined.tests):
            if _is_raised(warnings.combined, tried) != tried.alert:
                yield Failed(COMBINED, nth, tried)


def _fires(rule: WarningRule, test: Tried) -> bool:
    if test.readings:
        return raises(rule, test)
    return bool(fires(rule, {name: [figure] for name, figure in test.given.items()})[0])


def _is_raised(combined: Combined, test: TriedCombined) -> bool:
    there = {name: counts(combined, name, [days]) for name, days in test.given.items()}
    return bool(combine(combined, there)[0] >= combined.threshold)
