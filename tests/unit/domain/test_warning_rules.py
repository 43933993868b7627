"""Warning rules as data: what makes another version, what does not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.features import FEATURES
from rentalwatch.domain.warning import COMBINED, Warnings
from rentalwatch.rulebooks import load

RULE: dict[str, Any] = {
    "title": "many cards",
    "title_zh": "门禁卡多",
    "when": "monotone",
    "all": [
        {"feature": "distinct_cards_7d", "more_than": 2, "times": "rooms"},
        {"feature": "passes", "at_least": 9},
    ],
    "score": 0.4,
    "mutes": ["family", "shop"],
    "origin": "practice",
    "tests": [
        {"given": {"distinct_cards_7d": 9, "rooms": 2, "passes": 9}, "alert": True},
        {"given": {"passes": 9}, "alert": False},
    ],
}
OTHER = RULE | {"all": [{"feature": "night_entries", "more_than": 3}]}


def warnings(rule: dict[str, Any] = RULE, **combined: Any) -> Warnings:
    score = {"weights": {"a": 0.4, "b": 0.5}, "threshold": 0.6, "origin": "assumed"} | combined
    return Warnings.model_validate({"rules": {"a": rule, "b": OTHER}, "combined": score})


def test_the_same_content_is_the_same_version_however_it_is_written() -> None:
    written_otherwise = {
        **{k: RULE[k] for k in reversed(RULE)},
        "all": RULE["all"][::-1],
        "mutes": ["shop", "family", "shop"],
        "window_days": 7,  # said, though it is so anyway
        "score": 0.40,
        "title": "cards, many",
        "origin": "practice of two districts",
        "tests": RULE["tests"][::-1],
    }

    assert warnings(written_otherwise).versions == warnings().versions
    assert all(re.fullmatch(r"[0-9a-f]{12}", v) for v in warnings().versions.values())


@pytest.mark.parametrize(
    "changed",
    [
        {"score": 0.41},
        {"mutes": ["family"]},
        {"when": "day_closed"},
        {"alone": False},
        {"window_days": 14},
        {"level": "squad"},
        {"withheld": True},
        {"only": "watched"},
        {"all": [{"feature": "distinct_cards_7d", "more_than": 3, "times": "rooms"}]},
        {"all": [{"feature": "distinct_cards_7d", "at_least": 2, "times": "rooms"}]},
        {"all": [{"feature": "distinct_cards_7d", "more_than": 2}]},
    ],
    ids=str,
)
def test_a_rule_that_fires_or_acts_otherwise_is_another_version_of_itself_and_of_the_score_that_counts_it(
    changed: dict[str, Any],
) -> None:
    before, after = warnings().versions, warnings(RULE | changed).versions

    assert after["a"] != before["a"]
    assert after["b"] == before["b"]
    assert after[COMBINED] != before[COMBINED]


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": {"a": 0.41, "b": 0.5}},
        {"weights": {"a": 0.4}},
        {"threshold": 0.7},
        {"within_days": 14},
        {"days": {"a": 2}},
    ],
    ids=str,
)
def test_another_weight_is_another_version_of_the_combined_score_alone(changed: dict[str, Any]) -> None:
    before, after = warnings().versions, warnings(**changed).versions

    assert after[COMBINED] != before[COMBINED]
    assert (after["a"], after["b"]) == (before["a"], before["b"])


def test_the_version_is_pinned_so_that_a_released_rule_keeps_it() -> None:
    assert warnings().versions["b"] == "63afd3dee148"


@given(st.floats(0.01, 0.99), st.integers(1, 366))
def test_two_rules_have_one_version_only_if_they_are_alike(score: float, days: int) -> None:
    changed = warnings(RULE | {"score": score, "window_days": days})

    alike = (score, days) == (0.4, 7)
    assert (changed.versions["a"] == warnings().versions["a"]) == alike


def test_the_shipped_rules_ask_for_every_kind_of_signal_that_the_field_knows() -> None:
    rules = load("shanghai")[0].warning.rules

    assert len(rules) >= 10
    asked = {FEATURES[c.feature].signal for rule in rules.values() for c in rule.all}
    assert asked == {"gate_pass", "electricity", "water", "listing", "context"}
    assert any(rule.relapse for rule in rules.values())


def test_a_rulebook_without_rules_raises_nothing() -> None:
    assert not load("new_york")[0].warning.rules
