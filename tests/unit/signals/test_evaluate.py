"""Rules against columns: the same as one comparison after the other, unknown never fires, exemptions mute."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.features import FEATURES
from rentalwatch.domain.warning import COMBINED, WarningRule, Warnings
from rentalwatch.rulebooks import load
from rentalwatch.signals.evaluate import (
    alert_id,
    combine,
    combined_hit,
    counts,
    evaluate,
    fires,
    hit,
    window_of,
)

SHANGHAI = load("shanghai")[0].warning
COMPARE = {
    "more_than": operator.gt, "at_least": operator.ge, "less_than": operator.lt, "at_most": operator.le,
}  # fmt: skip

figures = st.one_of(st.integers(0, 40).map(float), st.floats(0, 40, width=32), st.just(math.nan))
days = st.fixed_dictionaries({}, optional=dict.fromkeys(FEATURES, figures))


def rule_of(**said: Any) -> WarningRule:
    given_ = {
        "title": "t", "title_zh": "标题", "when": "day_closed", "score": 0.4, "origin": "test",
        "all": [{"feature": "passes", "more_than": 2}],
        "tests": [{"given": {"passes": 3}, "alert": True}, {"given": {"passes": 2}, "alert": False}],
    }  # fmt: skip
    return WarningRule.model_validate(given_ | said)


def one_by_one(rule: WarningRule, day: dict[str, float]) -> bool:
    """The rule as its words say it, for one home and one day."""
    known = {name: figure for name, figure in day.items() if not math.isnan(figure)}
    watched, released = known.get("under_watch", 0) > 0, known.get("released", 0) > 0
    if (rule.only == "watched" and not watched) or (
        rule.only == "released_or_watched" and not (watched or released)
    ):
        return False
    if any(known.get(f"exempt_{cause}", 0) > 0 for cause in rule.mutes):
        return False
    for condition in rule.all:
        times = known.get(condition.times) if condition.times else 1.0
        if condition.feature not in known or times is None:
            return False
        limit = float(np.float32(condition.limit.number) * np.float32(times))
        if not COMPARE[condition.limit.comparison](known[condition.feature], limit):
            return False
    return True


@given(st.lists(days, min_size=1, max_size=12))
def test_columns_fire_where_each_home_fires_by_itself(homes: list[dict[str, float]]) -> None:
    columns = {name: [home.get(name, math.nan) for home in homes] for name in FEATURES}

    found = {(fired.name, int(row)) for fired in evaluate(SHANGHAI, columns) for row in fired.rows}

    assert found == {
        (name, row)
        for name, rule in SHANGHAI.rules.items()
        for row, home in enumerate(homes)
        if one_by_one(rule, home)
    }


@given(days, st.sampled_from(sorted(FEATURES)))
def test_nothing_fires_on_what_nobody_knows(home: dict[str, float], forgotten: str) -> None:
    known = {name: [figure] for name, figure in home.items() if name != forgotten}
    asking = [rule for rule in SHANGHAI.rules.values() if forgotten in {c.feature for c in rule.all}]

    assert not any(fires(rule, known).any() for rule in asking if known)


@given(days, st.sampled_from(sorted(n for n, f in FEATURES.items() if f.grows)), st.integers(0, 50))
def test_what_is_judged_at_once_never_unfires_while_the_day_grows(
    home: dict[str, float], growing: str, more: int
) -> None:
    before = {name: [figure] for name, figure in home.items()} | {growing: [home.get(growing, 0.0)]}
    after = before | {growing: [before[growing][0] + more]}

    first = {fired.name for fired in evaluate(SHANGHAI, before, "monotone")}

    assert first <= {fired.name for fired in evaluate(SHANGHAI, after, "monotone")}


def test_only_the_rules_of_the_asked_moment_are_judged() -> None:
    columns = {"often_run": [3, 0], "water_to_peers": [0, 3], "water_peer_mads": [0, 9]}

    assert [(f.name, f.rows.tolist()) for f in evaluate(SHANGHAI, columns, "monotone")] == [
        ("same_card_often", [0])
    ]
    assert [(f.name, f.rows.tolist()) for f in evaluate(SHANGHAI, columns, "day_closed")] == [
        ("water_level", [1])
    ]


@pytest.mark.parametrize(
    ("only", "expected"),
    [("any", [1, 1, 1]), ("watched", [0, 1, 0]), ("released_or_watched", [0, 1, 1])],
)
def test_a_rule_looks_only_at_the_homes_that_it_is_for(only: str, expected: list[int]) -> None:
    columns = {"passes": [9, 9, 9], "under_watch": [0, 1, 0], "released": [0, 0, 1]}

    assert fires(rule_of(only=only), columns).tolist() == [bool(e) for e in expected]


def test_a_threshold_with_a_fraction_means_the_same_live_and_on_kept_days() -> None:
    rule = rule_of(all=[{"feature": "water_to_before", "at_least": 0.85}])
    kept = np.array([0.85], np.float32)

    live = np.array([0.85], np.float64)

    assert fires(rule, {"water_to_before": live}).tolist() == [True]
    assert fires(rule, {"water_to_before": kept}).tolist() == [True]
    assert fires(rule, {"water_to_before": kept.astype(np.float64)}).tolist() == [True]


def test_no_rows_no_hits() -> None:
    assert list(evaluate(SHANGHAI, {})) == []
    assert list(evaluate(SHANGHAI, {"passes": []})) == []


def test_a_hit_says_the_figures_and_what_they_were_compared_with() -> None:
    columns = {"distinct_cards_7d": [3, 9], "rooms": [2, 3]}

    found = hit(SHANGHAI, "cards_to_rooms", columns, 1, "dwelling-1", day=20_001)

    assert found.reasons == ("distinct_cards_7d=9>6",)
    assert (found.first_day, found.window_days) == (19_999, 7)
    assert found.version == SHANGHAI.versions["cards_to_rooms"]
    assert found.score == SHANGHAI.rules["cards_to_rooms"].score


@given(st.integers(0, 40_000), st.integers(1, 366))
def test_every_day_lies_in_the_window_that_begins_at_or_before_it(day: int, length: int) -> None:
    first = window_of(day, length) * length

    assert first <= day < first + length


def test_whoever_computes_an_alert_comes_to_the_same_id_and_to_another_for_anything_else() -> None:
    one = alert_id("a", "0123456789ab", "dwelling-1", 7)

    assert one == alert_id("a", "0123456789ab", "dwelling-1", 7)
    others = [
        alert_id("b", "0123456789ab", "dwelling-1", 7),
        alert_id("a", "0123456789ac", "dwelling-1", 7),
        alert_id("a", "0123456789ab", "dwelling-2", 7),
        alert_id("a", "0123456789ab", "dwelling-1", 8),
    ]
    assert len({one, *others}) == 5
    assert (
        str(one) == "4f3b1428-7fa9-58e8-93c1-b99a9ac58bc0"
    )  # for ever: an alert that was raised is known by it


fired_rules = st.sets(st.sampled_from(sorted(SHANGHAI.combined.weights if SHANGHAI.combined else [])))


@given(fired_rules, fired_rules)
def test_more_rules_that_agree_never_lower_the_score(some: set[str], more: set[str]) -> None:
    assert SHANGHAI.combined is not None

    few = combine(SHANGHAI.combined, dict.fromkeys(some, True))[0]
    many = combine(SHANGHAI.combined, dict.fromkeys(some | more, True))[0]

    assert 0 <= few <= many < 1
    weights = [SHANGHAI.combined.weights[name] for name in some]
    assert few == pytest.approx(1 - math.prod(1 - w for w in weights))


def test_the_combined_score_is_told_with_the_rules_behind_it_the_heaviest_first() -> None:
    rule = rule_of()
    warnings = Warnings.model_validate(
        {
            "rules": {"a": rule, "b": rule, "c": rule},
            "combined": {"weights": {"a": 0.3, "b": 0.5}, "threshold": 0.6, "origin": "test"},
        }
    )
    assert warnings.combined is not None
    score = combine(warnings.combined, {"a": np.array([True, True]), "b": np.array([False, True])})

    said = combined_hit(warnings, warnings.combined, ["a", "b", "c"], float(score[1]), "dwelling-1", day=28)

    assert score.tolist() == pytest.approx([0.3, 0.65])
    assert said.reasons == ("combined=0.65>=0.6", "rule=b", "rule=a")
    assert (said.rule, said.first_day, said.score) == (COMBINED, 28, pytest.approx(0.65))


def test_a_rule_counts_once_it_fired_on_enough_of_the_last_days() -> None:
    rules = {"a": rule_of(), "b": rule_of()}
    said = {"weights": {"a": 0.3, "b": 0.5}, "days": {"a": 8}, "threshold": 0.6, "origin": "test"}
    combined = Warnings.model_validate({"rules": rules, "combined": said}).combined
    assert combined is not None

    assert counts(combined, "a", [0, 7, 8, 28]).tolist() == [False, False, True, True]
    assert counts(combined, "b", [0, 1]).tolist() == [False, True]
