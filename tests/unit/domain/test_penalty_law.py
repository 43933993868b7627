"""A decision beside the law of its day and beside other cases: what only a look-up can tell."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rentalwatch.domain.folds.case import PenaltyCase
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.penalty import against_others, against_the_law, looked_up
from rentalwatch.rulebooks import load

LAW = load("shanghai")[0].law


def case(**stated: Any) -> PenaltyCase:
    """An individual fined at once under R2 for partitioning, in March 2025."""
    return PenaltyCase(
        number="P-1", dwelling="A", party="S-1", party_kind="individual", ground="partition",
        acted_on="2025-03-05", state="decided", decision="D-1", regime="R2", tier="at_once", least=10_000,
        most=50_000, amount=10_000, paid=0, standing=1, waived="", rulebook="", filed_at=0, decided_at=0,
        served_at=FOREVER, decision_due=FOREVER, service_due=FOREVER, irregular=0,
    )._replace(**stated)  # fmt: skip


def codes(decided: str = "2025-04-02", **stated: Any) -> list[str]:
    one = case(**stated)
    found = looked_up(one, LAW, date.fromisoformat(decided))
    assert found is not None
    return list(against_the_law(one, found))


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [
        ({}, []),
        ({"regime": "R1"}, ["regime-not-applicable"]),
        ({"ground": "short_let"}, ["regime-not-applicable"]),
        ({"amount": 50_001}, ["amount-outside-range"]),
        ({"amount": 60_000, "tier": "overdue"}, []),
        ({"amount": 60_000, "tier": ""}, []),
        ({"amount": 300_000, "tier": "in words of their own"}, ["amount-outside-range"]),
        ({"amount": 0}, []),
        ({"amount": 99, "standing": 0}, []),
    ],
)
def test_a_regime_and_an_amount_must_be_what_the_law_of_the_day_provides(
    stated: dict[str, Any], wrong: list[str]
) -> None:
    assert codes(**stated) == wrong


def test_story_g_headcount_across_three_laws_names_each_regime_that_may_apply() -> None:
    act: dict[str, Any] = {"ground": "headcount", "acted_on": "2025-08-10"}

    assert codes("2025-12-05", **act) == []
    assert codes("2025-12-05", **act, regime="R3", tier="refused", amount=2_000) == []
    assert codes("2025-12-05", **act, regime="R3", tier="refused", amount=20_000) == ["amount-outside-range"]
    company = {**act, "party_kind": "company"}
    assert codes("2025-12-05", **company, regime="R3", tier="refused", amount=20_000) == []
    assert codes("2025-12-05", **act, regime="R4") == ["regime-not-applicable"]


def test_the_tier_of_a_decision_says_whether_the_order_was_overdue() -> None:
    on = date(2025, 4, 2)

    assert not looked_up(case(), LAW, on, overdue=True).case.overdue  # type: ignore[union-attr]
    assert looked_up(case(tier="overdue"), LAW, on).case.overdue  # type: ignore[union-attr]
    assert looked_up(case(tier="", regime=""), LAW, on, overdue=True).case.overdue  # type: ignore[union-attr]


def test_there_is_nothing_to_look_up_where_nothing_was_filed_or_the_act_lies_ahead() -> None:
    assert looked_up(case(acted_on=""), LAW, date(2025, 4, 2)) is None
    assert looked_up(case(), LAW, date(2025, 3, 4)) is None


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({}, True),
        ({"ground": "headcount"}, True),
        ({"party": "S-2"}, False),
        ({"acted_on": "2025-06-01"}, False),
        ({"standing": 0}, False),
        ({"amount": 0}, False),
        ({"number": "P-1"}, False),
    ],
)
def test_one_act_is_fined_once_whatever_the_ground(other: dict[str, Any], wrong: bool) -> None:
    others = [case(**{"number": "P-2", **other})]

    assert list(against_others(case(), others)) == ["fined-twice-for-one-act"] * wrong
