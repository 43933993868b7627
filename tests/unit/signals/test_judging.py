"""What rules say of rows of homes and days: at once where figures only grow, else when the day is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rentalwatch.domain.warning import Warnings
from rentalwatch.signals.judging import Judge, Judged
from rentalwatch.signals.rows import Rows

HOMES = ("dwelling-0", "dwelling-1", "dwelling-2")
NAN = float("nan")


def rule(when: str, feature: str, more_than: float, **more: Any) -> dict[str, Any]:
    tests = [
        {"given": {feature: more_than + 1}, "alert": True},
        {"given": {feature: more_than}, "alert": False},
    ]
    said = {"title": "t", "title_zh": "t", "when": when, "score": 0.5, "origin": "test", "tests": tests}
    return {**said, "all": [{"feature": feature, "more_than": more_than}], **more}


def warnings(**combined: Any) -> Warnings:
    return Warnings.model_validate(
        {
            "rules": {
                "many_cards": rule("monotone", "distinct_cards_7d", 4),
                "high_level": rule("day_closed", "electricity_to_peers", 2, window_days=1),
                "weak": rule("day_closed", "water_to_peers", 1, alone=False),
            },
            **({"combined": combined} if combined else {}),
        }
    )


COMBINED = {
    "weights": {"many_cards": 0.5, "weak": 0.5}, "threshold": 0.7, "within_days": 3, "window_days": 28,
    "origin": "test",
}  # fmt: skip


def rows(day: int, *, closed: bool = False, active: Sequence[bool] = (True,) * 3, **figures: Any) -> Rows:
    columns = {name: np.array(column, np.float32) for name, column in figures.items()}
    return Rows(
        estate="estate:e-7", path="sh/e-7/", day=day, begins=day * 86_400, ends=(day + 1) * 86_400,
        closed=closed, dwellings=HOMES, at=np.full(3, day * 86_400 + 7), active=np.array(active),
        withheld=np.zeros(3, np.bool_), columns=columns,
    )  # fmt: skip


def said(found: Sequence[Judged]) -> list[tuple[str, str]]:
    return [(one.hit.rule, one.hit.dwelling) for one in found]


def test_a_rule_over_figures_that_grow_fires_on_the_open_day_and_once_in_its_window() -> None:
    judge, book = Judge(), warnings()
    first = list(judge.judge(rows(20_461, distinct_cards_7d=[5, 4, NAN]), book))
    assert said(first) == [("many_cards", "dwelling-0")]
    assert (first[0].at, first[0].figures) == (20_461 * 86_400 + 7, {"distinct_cards_7d": 5.0})
    # more of the same day, and of the next within the window, says nothing new
    assert said(list(judge.judge(rows(20_461, distinct_cards_7d=[6, 5, NAN]), book))) == [
        ("many_cards", "dwelling-1")
    ]
    assert said(list(judge.judge(rows(20_461, closed=True, distinct_cards_7d=[6, 5, 1]), book))) == []
    later = list(judge.judge(rows(20_468, distinct_cards_7d=[6, 1, 1]), book))
    assert said(later) == [("many_cards", "dwelling-0")]
    assert later[0].hit.alert != first[0].hit.alert


def test_a_home_of_which_nothing_came_that_day_is_not_judged_by_what_came_before() -> None:
    found = Judge().judge(rows(20_461, active=(False, True, True), distinct_cards_7d=[9, 9, 1]), warnings())
    assert said(list(found)) == [("many_cards", "dwelling-1")]


def test_a_rule_over_closed_days_waits_until_the_day_is_closed() -> None:
    judge, book = Judge(), warnings()
    assert said(list(judge.judge(rows(20_461, electricity_to_peers=[3, 1, 1]), book))) == []
    found = judge.judge(rows(20_461, closed=True, active=(False,) * 3, electricity_to_peers=[3, 1, 1]), book)
    assert said(list(found)) == [("high_level", "dwelling-0")]


def test_a_rule_that_raises_nothing_alone_counts_in_the_combined_score() -> None:
    judge, book = Judge(), warnings(**COMBINED)
    assert said(list(judge.judge(rows(1, closed=True, water_to_peers=[2, 2, 0]), book))) == []
    found = list(judge.judge(rows(3, closed=True, distinct_cards_7d=[9, 0, 9]), book))
    assert said(found) == [
        ("many_cards", "dwelling-0"), ("many_cards", "dwelling-2"), ("combined", "dwelling-0"),
    ]  # fmt: skip
    assert "rule=weak" in found[-1].hit.reasons


def test_what_fired_longer_ago_than_a_score_counts_is_forgotten() -> None:
    judge, book = Judge(), warnings(**COMBINED)
    list(judge.judge(rows(1, closed=True, water_to_peers=[2, 2, 0]), book))
    found = list(judge.judge(rows(4, closed=True, distinct_cards_7d=[9, 0, 0]), book))
    assert said(found) == [("many_cards", "dwelling-0")]


def test_a_fold_that_is_taken_up_again_remembers_what_fired() -> None:
    judge, book = Judge(), warnings(**COMBINED)
    list(judge.judge(rows(1, closed=True, water_to_peers=[2, 2, 0]), book))
    again = Judge.from_bytes(judge.to_bytes())
    assert again.to_bytes() == judge.to_bytes()
    found = list(again.judge(rows(3, closed=True, distinct_cards_7d=[9, 0, 0]), book))
    assert ("combined", "dwelling-0") in said(found)


def test_homes_that_came_later_are_judged_beside_those_that_were_there() -> None:
    judge, book = Judge(), warnings(**COMBINED)
    two = rows(1, closed=True, water_to_peers=[2, 2, 0])
    few = Rows(**{f: getattr(two, f) for f in ("estate", "path", "day", "begins", "ends", "closed")},
               dwellings=HOMES[:2], at=two.at[:2], active=two.active[:2], withheld=two.withheld[:2],
               columns={n: c[:2] for n, c in two.columns.items()})  # fmt: skip
    list(judge.judge(few, book))
    found = list(judge.judge(rows(2, closed=True, distinct_cards_7d=[0, 9, 9]), book))
    assert said(found)[-1] == ("combined", "dwelling-1")


def test_another_version_of_a_rule_begins_anew() -> None:
    judge = Judge()
    list(judge.judge(rows(1, closed=True, water_to_peers=[2, 2, 0]), warnings(**COMBINED)))
    other = warnings(**COMBINED).model_dump(mode="json", exclude_none=True)
    other["rules"]["weak"]["all"][0]["more_than"] = 1.5
    found = judge.judge(rows(2, closed=True, distinct_cards_7d=[9, 0, 0]), Warnings.model_validate(other))
    assert said(list(found)) == [("many_cards", "dwelling-0")]


def test_a_combined_score_may_ask_that_a_rule_fired_on_several_days() -> None:
    book = warnings(**COMBINED | {"days": {"weak": 2}, "threshold": 0.5, "weights": {"weak": 0.5}})
    judge = Judge()

    first = judge.judge(rows(20_461, closed=True, water_to_peers=[2, 2, 2]), book)
    assert said(list(first)) == []
    second = judge.judge(rows(20_462, closed=True, water_to_peers=[2, 0, NAN]), book)
    assert said(list(second)) == [("combined", "dwelling-0")]
    # two of the last three days
    third = judge.judge(rows(20_463, closed=True, water_to_peers=[2, 2, 2]), book)
    assert said(list(third)) == [("combined", "dwelling-1"), ("combined", "dwelling-2")]
