"""The tests inside warning rules: given these figures, then an alert or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rentalwatch.domain.warning import Tried, Warnings
from rentalwatch.signals.evaluate import fires


class Failed(NamedTuple):
    """A test of a rule that came out otherwise."""

    rule: str
    nth: int
    test: Tried

    @property
    def what(self) -> str:
        given = ", ".join(f"{name} {figure:g}" for name, figure in self.test.given.items())
        wanted, came = ("an alert", "none") if self.test.alert else ("no alert", "one")
        return f"given {given} it wants {wanted}, and there is {came}"


def failed(warnings: Warnings) -> Iterator[Failed]:
    """The tests that fail, in the order of the text."""
    for rule, nth, test in warnings.tests():
        fired = fires(warnings.rules[rule], {name: [figure] for name, figure in test.given.items()})
        if bool(fired[0]) != test.alert:
            yield Failed(rule, nth, test)
