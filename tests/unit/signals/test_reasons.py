"""Reasons: codes that are stored, words that are shown; outside nobody learns that somebody complained."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.features import FEATURES
from rentalwatch.domain.warning import COMBINED, COMPARISONS
from rentalwatch.rulebooks import load
from rentalwatch.signals.reasons import (
    NOT_OUTSIDE,
    TITLES,
    UNITS,
    Lang,
    all_words,
    code,
    fired,
    parse,
    tells_of_complaints,
    title,
    words,
)

RULES = load("shanghai")[0].warning.rules
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(st.sampled_from(sorted(FEATURES)), st.sampled_from(sorted(COMPARISONS)), finite, finite)
def test_a_code_says_what_it_was_made_of(feature: str, comparison: str, figure: float, limit: float) -> None:
    made = code(feature, comparison, figure, limit)  # type: ignore[arg-type]

    assert len(made) <= 200
    found = parse(made)
    assert found is not None
    assert (found.feature, found.comparison) == (feature, comparison)
    assert math.isclose(found.figure, figure, rel_tol=1e-5)
    assert math.isclose(found.limit, limit, rel_tol=1e-5)


def test_every_figure_has_a_title_and_a_unit_in_both_languages() -> None:
    assert set(TITLES) == {*FEATURES, COMBINED}
    assert {feature.unit for feature in FEATURES.values()} == set(UNITS)
    for en, zh in TITLES.values():
        assert en
        assert zh
        assert en != zh


@pytest.mark.parametrize(
    ("reason", "lang", "said"),
    [
        ("distinct_cards_7d=9>4", "en", "cards that passed in 7 days: 9 cards, more than 4 cards"),
        ("distinct_cards_7d=9>4", "zh", "7 日内不同门禁卡：9 张，超过 4 张"),
        ("area_a_person=4.9<5", "zh", "人均登记面积：4.9 平方米，低于 5 平方米"),
        ("gas_weekend_share=0.4>0.36", "en", "gas, share of weekends in 28 days: 40%, more than 36%"),
        ("combined=0.82>=0.6", "zh", "综合评分：82%，不低于 60%"),
        ("rule=cards_to_rooms", "en", "more than two cards for each designed room in seven days"),
        ("complaints_30d=3>=2", "en", "complaints in 30 days: 3 complaints, at least 2 complaints"),
    ],
)  # fmt: skip
def test_a_reason_says_which_figure_how_much_and_against_what(reason: str, lang: Lang, said: str) -> None:
    assert words(reason, lang, outside=False, rules=RULES) == said


@pytest.mark.parametrize("lang", get_args(Lang))
@pytest.mark.parametrize(
    "reason",
    [
        "complaints_30d=3>=2",
        "rule=complaints",
        "rule=a_rule_of_another_time",
        "hotline ticket 17",
        "rule=x y",
    ],
)
def test_outside_a_complaint_and_whatever_is_not_understood_is_other_hints(reason: str, lang: Lang) -> None:
    said = words(reason, lang, outside=True, rules=RULES)

    assert said == {"en": "other hints", "zh": "其他线索"}[lang]


@given(
    st.lists(st.text(max_size=30) | st.sampled_from([*(f"rule={n}" for n in RULES), "complaints_30d=9>=2"]))
)
def test_nothing_that_is_said_outside_speaks_of_complaints(stored: list[str]) -> None:
    for lang in get_args(Lang):
        said = all_words(stored, lang, outside=True, rules=RULES)

        assert not any("complain" in s or "投诉" in s or "12345" in s for s in said)
        assert len(said) == len(set(said))
        assert bool(said) == bool(stored)


def test_what_cannot_be_told_outside_is_said_once_and_last() -> None:
    stored = ["complaints_30d=3>=2", "often_run=3>=3", fired("complaints")]

    said = all_words(stored, "zh", outside=True, rules=RULES)

    assert said == ["单卡每日通行超过 10 次连续：3 天，不低于 3 天", "其他线索"]


def test_a_rule_that_counts_complaints_has_no_name_outside() -> None:
    assert title(RULES["complaints"], "zh", outside=True) == "其他线索"
    assert title(RULES["complaints"], "zh", outside=False) == "三十日内两件投诉"
    hidden = [n for n, rule in RULES.items() if NOT_OUTSIDE & {c.feature for c in rule.all}]
    assert hidden == ["complaints"]


def test_a_rule_is_known_by_its_reasons_to_count_complaints() -> None:
    assert tells_of_complaints(["often_run=3>=3", "complaints_30d=2>=2"])
    assert not tells_of_complaints(["often_run=3>=3", "rule=complaints", "hotline"])
