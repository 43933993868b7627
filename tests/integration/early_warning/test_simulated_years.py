"""The shipped rules on simulated readings, through the door and the state that judge live.

Two small districts that no rule was tuned on and no figure is taken on; what holds on twenty is in
docs/rules.md, measured with `python -m bench.simulated_years`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from bench.simulated_years import added, measured
from rentalwatch.domain.warning import COMBINED
from rentalwatch.rulebooks import load

SEEDS = (21, 22)
HOMES, DAYS = 100, 120


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    total: dict[str, dict[str, Any]] = defaultdict(dict)
    for seed in SEEDS:
        for name, counts in measured(seed, HOMES, DAYS, load("shanghai")[0].warning).items():
            added(total[name], counts)
    return total


def precision(counts: dict[str, Any]) -> float:
    return float(counts["stays_right"] / (counts["stays_right"] + counts["stays_wrong"]))


def recall(counts: dict[str, Any]) -> float:
    return float(counts["found"] / (counts["found"] + counts["missed"]))


def test_rules_that_agree_find_most_group_rentals_and_are_more_often_right_than_wrong(
    found: dict[str, dict[str, Any]],
) -> None:
    assert found[COMBINED]["found"] + found[COMBINED]["missed"] >= 10
    assert recall(found[COMBINED]) >= 0.7
    assert precision(found[COMBINED]) >= 0.5


def test_no_rule_by_itself_finds_as_many_with_as_few_visits_for_nothing(
    found: dict[str, dict[str, Any]],
) -> None:
    for name in load("shanghai")[0].warning.rules:
        alone = found[name]
        if alone["found"] >= found[COMBINED]["found"]:
            assert alone["stays_wrong"] > found[COMBINED]["stays_wrong"], name
