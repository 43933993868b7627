"""A rule tried on closed days: what it would have raised, found, missed, and what it would have cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.instants import DAY, FOREVER, Micros
from rentalwatch.domain.warning import Warnings
from rentalwatch.early_warning.backtest import Seen, Tried, Visit, together, tried, visits, would_raise
from rentalwatch.signals.rows import Rows

FIRST = 20_454
"""A local day on which a window of seven days begins."""
HOMES = ("dwelling-0", "dwelling-1", "dwelling-2")
HORIZON = 30 * DAY


def book(more_than: float = 4, **combined: Any) -> Warnings:
    tests = [{"given": {"water_total": 99}, "alert": True}, {"given": {"water_total": 0}, "alert": False}]
    said = {"title": "t", "title_zh": "t", "when": "day_closed", "score": 0.5, "origin": "o", "tests": tests}
    rules = {
        "water": said | {"all": [{"feature": "water_total", "more_than": more_than}]},
        "power": said | {"all": [{"feature": "electricity_total", "more_than": 9}]},
    }
    rules["power"]["tests"] = [
        {"given": {"electricity_total": 99}, "alert": True},
        {"given": {"electricity_total": 0}, "alert": False},
    ]
    return Warnings.model_validate({"rules": rules, **({"combined": combined} if combined else {})})


def day(n: int, *water: float, power: tuple[float, ...] = (0, 0, 0), estate: str = "estate:e-7") -> Rows:
    """A closed day, n days after the first."""
    number = FIRST + n
    columns = {"water_total": np.array(water, np.float32), "electricity_total": np.array(power, np.float32)}
    return Rows(
        estate=estate, path="sh/e-7/", day=number, begins=number * 86_400, ends=(number + 1) * 86_400,
        closed=True, dwellings=HOMES, at=np.full(3, (number + 1) * 86_400 - 1), active=np.ones(3, np.bool_),
        withheld=np.zeros(3, np.bool_), columns=columns,
    )  # fmt: skip


def at(n: float) -> Micros:
    """The instant n days after the first began."""
    return round((FIRST + n) * DAY)


def came_to(days: list[Rows], seen: dict[str, Seen], rules: Warnings | None = None, to: int = 100) -> Tried:
    asked = visits(would_raise(days, rules or book()), seen, HORIZON)
    (water,) = [t for t in tried(asked, seen, at(0), at(to)) if t.rule == "water"]
    return water


def test_what_a_rule_would_have_found_missed_and_cost() -> None:
    # given three homes with much water, and what inspections found later
    days = [day(0, 9, 9, 9)]
    seen = {
        HOMES[0]: Seen(((at(11), FOREVER),), (at(11),)),  # found after ten days
        HOMES[1]: Seen((), (at(6),)),  # somebody got in: nothing
        HOMES[2]: Seen(),  # nobody looked
        "dwelling-3": Seen(((at(20), FOREVER),), (at(20),)),  # found without the rule
    }

    found = came_to(days, seen)

    assert (found.alerts, found.visits, found.found, found.false, found.unlooked) == (3, 3, 1, 1, 1)
    assert (found.missed, found.recall, found.visits_a_find) == (1, 0.5, 3)
    assert found.precision is not None
    assert found.precision.low == pytest.approx(0.0945, abs=1e-4)
    assert found.median_lead is not None
    assert round(found.median_lead / DAY) == 10


def test_another_threshold_is_tried_on_the_same_counts() -> None:
    days, seen = [day(0, 3, 5, 9)], {home: Seen() for home in HOMES}

    assert [came_to(days, seen, book(more)).alerts for more in (2, 4, 8)] == [3, 2, 1]
    assert not list(would_raise(days, book(10)))


def test_alerts_week_after_week_are_one_visit_until_somebody_got_in() -> None:
    days = [day(n, 9, 0, 0) for n in range(28)]

    nobody = came_to(days, {HOMES[0]: Seen()})
    looked = came_to(days, {HOMES[0]: Seen((), (at(10.5),))})

    assert (nobody.alerts, nobody.visits, nobody.unlooked) == (4, 1, 1)
    assert (looked.alerts, looked.visits, looked.false, looked.unlooked) == (4, 2, 1, 1)


def test_where_a_round_is_open_already_nobody_need_go() -> None:
    days = [day(n, 9, 0, 0) for n in range(21)]
    seen = {HOMES[0]: Seen(((at(-5), at(16)),), (at(-5),))}

    found = came_to(days, seen)

    assert (found.known, found.visits, found.alerts) == (1, 0, 3)
    assert found.visits_a_find is None


def test_what_is_found_beyond_the_horizon_was_not_found_because_of_it() -> None:
    seen = {HOMES[0]: Seen(((at(40), FOREVER),), (at(40),))}

    found = came_to([day(0, 9, 0, 0)], seen)

    assert (found.found, found.unlooked, found.missed) == (0, 1, 1)
    assert came_to([day(0, 9, 0, 0)], seen, to=30).missed == 0


def test_the_combined_score_is_tried_with_the_rules_that_it_counts() -> None:
    rules = book(weights={"water": 0.5, "power": 0.5}, threshold=0.7, origin="o")
    days = [day(0, 9, 9, 0), day(1, 0, 0, 0, power=(10, 0, 0))]

    raised = [(j.hit.rule, j.hit.dwelling) for j in would_raise(days, rules)]

    assert ("combined", HOMES[0]) in raised
    assert [home for rule, home in raised if rule == "combined"] == [HOMES[0]]


def test_rules_together_cost_a_home_one_visit() -> None:
    days, seen = [day(0, 9, 0, 0, power=(10, 0, 0))], {HOMES[0]: Seen()}

    raised = list(would_raise(days, book()))
    (both,) = tried(visits(together(raised), seen, HORIZON), seen, at(0), at(9))

    assert (len(raised), both.alerts, both.visits) == (2, 2, 1)


instants = st.lists(st.integers(0, 60), max_size=6).map(lambda days: tuple(sorted(at(n) for n in set(days))))


@given(
    st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=40),
    st.tuples(instants, instants, instants),
    st.tuples(instants, instants, instants),
)
def test_every_alert_belongs_to_one_visit_and_every_round_is_found_or_missed_at_most_once(
    water: list[tuple[int, int, int]],
    looked: tuple[tuple[Micros, ...], ...],
    opened: tuple[tuple[Micros, ...], ...],
) -> None:
    days = [day(n, *amounts) for n, amounts in enumerate(water)]
    seen = {
        home: Seen(tuple((o, o + DAY // 2) for o in opened[n]), looked[n]) for n, home in enumerate(HOMES)
    }
    raised = list(would_raise(days, book()))

    asked: list[Visit] = list(visits(raised, seen, HORIZON))
    counted = tried(asked, seen, at(0), at(100))

    assert sum(visit.alerts for visit in asked) == len(raised)
    for one in counted:
        assert one.visits == one.found + one.false + one.unlooked
        assert one.found + one.missed == sum(map(len, opened))
