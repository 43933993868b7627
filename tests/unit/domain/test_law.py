"""The law by date: twenty-three cases worked by hand, the first and last day of every regime, and what the
look-up never does (domain §4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.applicable import Applicable, Case, look_up
from rentalwatch.domain.law import AFTER_ORDER, PARTIES, Law, Party
from rentalwatch.rulebooks import load

BOOK = load("shanghai")[0]
LAW = BOOK.law


class Worked(NamedTuple):
    """A case and what the officer must be shown: regime, tier compared, range; which is lighter; remarks."""

    ground: str
    party: Party
    acted: str
    decided: str
    overdue: bool
    candidates: list[tuple[str, str, int, int]]
    lighter: list[str]
    remarks: list[str]


CASES: dict[str, Worked] = {
    # Story (g). R2 was in force in August 2025; by December R3 is, and R4, which has no headcount.
    # 10,000 < 50,000: R3 is lighter, and fines only one who refuses the order.
    "g: a person, act under R2, decision under R3": Worked(
        "headcount", "individual", "2025-08-10", "2025-12-05", False,
        [("R2", "at_once", 10_000, 50_000), ("R3", "refused", 2_000, 10_000)], ["R3"], ["order_first"]),
    # The same of a company: 50,000 < 100,000, so R2 is; that R3 begins with a warning is a remark.
    "g: a company": Worked(
        "headcount", "company", "2025-08-10", "2025-12-05", False,
        [("R2", "at_once", 10_000, 50_000), ("R3", "refused", 20_000, 100_000)], ["R2"], ["order_first"]),
    # Once the order's time has run out R2 goes up to 200,000; now R3 is lighter for a company too.
    "g: a company that let the order's time run out": Worked(
        "headcount", "company", "2025-08-10", "2025-12-05", True,
        [("R2", "overdue", 50_000, 200_000), ("R3", "refused", 20_000, 100_000)], ["R3"], []),
    "g: a person who did": Worked(
        "headcount", "individual", "2025-08-10", "2025-12-05", True,
        [("R2", "overdue", 50_000, 200_000), ("R3", "refused", 2_000, 10_000)], ["R3"], []),
    # Story (a): ten persons, rectified in time; nothing but R2 in 2024: its minimum is 10,000.
    "a: put right in time": Worked(
        "headcount", "individual", "2024-05-06", "2024-06-14", False,
        [("R2", "at_once", 10_000, 50_000)], [], []),
    "a: had it not been": Worked(
        "headcount", "individual", "2024-05-06", "2024-06-14", True,
        [("R2", "overdue", 50_000, 200_000)], [], []),
    # R1 fines only what is overdue, up to 100,000; R2 at once, up to 50,000. By range R2 is lighter, but
    # under R1 nothing could be imposed yet: the remark says so.
    "act under R1, decision under R2": Worked(
        "headcount", "individual", "2022-12-20", "2023-03-01", False,
        [("R1", "overdue", 10_000, 100_000), ("R2", "at_once", 10_000, 50_000)], ["R2"], ["order_first"]),
    # Both overdue: 100,000 < 200,000, the old law stays.
    "act under R1, decision under R2, overdue": Worked(
        "headcount", "individual", "2022-12-20", "2023-03-01", True,
        [("R1", "overdue", 10_000, 100_000), ("R2", "overdue", 50_000, 200_000)], ["R1"], []),
    "R1 alone: first an order": Worked(
        "partition", "individual", "2020-05-05", "2020-07-01", False,
        [("R1", "overdue", 10_000, 100_000)], [], ["order_first"]),
    "R1 alone, overdue": Worked(
        "partition", "company", "2020-05-05", "2020-07-01", True,
        [("R1", "overdue", 10_000, 100_000)], [], []),
    # Only R1 has letting by the bed. After it nobody does: perhaps no longer unlawful, art. 37.
    "a ground that the new law dropped": Worked(
        "bed_letting", "individual", "2022-12-20", "2023-03-01", True,
        [("R1", "overdue", 10_000, 100_000)], [], ["dropped"]),
    "a ground of the old law, done under the new": Worked(
        "bed_letting", "individual", "2024-03-01", "2024-05-01", False, [], [], ["no_basis"]),
    # Art. 11 has a range of its own, with no tier for what is overdue; "serious" is shown beside it.
    "collective letting under R1": Worked(
        "collective_letting", "company", "2019-04-01", "2019-06-01", False,
        [("R1", "at_once", 10_000, 30_000)], [], []),
    "collective letting under R1, overdue": Worked(
        "collective_letting", "company", "2019-04-01", "2019-06-01", True,
        [("R1", "at_once", 10_000, 30_000)], [], []),
    # R2 and R4 threaten the same: no newer law is lighter, that of the act applies.
    "partition across the amendment": Worked(
        "partition", "individual", "2025-08-10", "2025-12-05", False,
        [("R2", "at_once", 10_000, 50_000), ("R4", "at_once", 10_000, 50_000)], [], ["equal"]),
    # R3 is in force too, but has no partition.
    "partition while R2 and R3 are in force": Worked(
        "partition", "individual", "2025-10-20", "2025-11-20", False,
        [("R2", "at_once", 10_000, 50_000)], [], []),
    "partition under R4": Worked(
        "partition", "company", "2025-12-01", "2026-01-15", True,
        [("R4", "overdue", 50_000, 200_000)], [], []),
    # Nothing had changed use in October 2025; R4 has it since November. It does not reach back.
    "a law that came after the act": Worked(
        "changed_use", "individual", "2025-10-01", "2025-12-05", False,
        [("R4", "at_once", 10_000, 50_000)], [], ["not_at_act"]),
    "R3 alone: a person, not yet refused": Worked(
        "headcount", "individual", "2025-12-01", "2026-01-15", False,
        [("R3", "refused", 2_000, 10_000)], [], ["order_first"]),
    # From 15 September to 26 November 2025 both R2 and R3 were in force: which prevails is not ours to say.
    "R2 and R3 both in force at the act": Worked(
        "area", "individual", "2025-10-08", "2025-11-10", False,
        [("R2", "at_once", 10_000, 50_000), ("R3", "refused", 2_000, 10_000)],
        ["R3"], ["several_at_act", "order_first"]),
    "the same of a company, overdue, decided under R3 alone": Worked(
        "non_living_space", "company", "2025-10-08", "2025-12-10", True,
        [("R2", "overdue", 50_000, 200_000), ("R3", "refused", 20_000, 100_000)], ["R3"], ["several_at_act"]),
    "a ground that no regime has": Worked(
        "staff_dormitory", "company", "2025-08-10", "2025-12-05", False, [], [], ["no_basis"]),
    # Decided more than two years after the act: when was it found? (art. 36)
    "a late decision": Worked(
        "headcount", "individual", "2021-01-04", "2023-06-01", True,
        [("R1", "overdue", 10_000, 100_000), ("R2", "overdue", 50_000, 200_000)], ["R1"], ["time_limit"]),
}  # fmt: skip


def asked(
    ground: str, party: Party, acted: str, decided: str, overdue: bool = False, law: Law = LAW
) -> Applicable:
    case = Case(ground, party, date.fromisoformat(acted), date.fromisoformat(decided), overdue)
    return look_up(law, case)


@pytest.mark.parametrize("worked", CASES.values(), ids=CASES.keys())
def test_a_case_worked_by_hand(worked: Worked) -> None:
    found = asked(*worked[:5])

    assert [(c.name, c.compared.tier, *c.range) for c in found.candidates] == worked.candidates
    assert list(found.lighter) == worked.lighter
    assert [r.name for r in found.remarks] == worked.remarks


def test_the_articles_come_with_the_ranges() -> None:
    old, new = asked("headcount", "individual", "2025-08-10", "2025-12-05").candidates

    assert (old.covered.article, old.compared.article) == ("第十五条第二款", "第五十二条")
    assert (new.covered.article, new.compared.article) == ("第七条", "第三十九条")


def test_what_else_a_regime_threatens_is_shown() -> None:
    (collective,) = asked("collective_letting", "company", "2019-04-01", "2019-06-01").candidates
    (national,) = asked("headcount", "company", "2025-12-01", "2026-01-15").candidates

    assert [(s.tier, s.fine) for s in collective.sanctions] == [
        ("at_once", (10_000, 30_000)),
        ("serious", (30_000, 100_000)),
    ]
    assert [s.tier for s in national.open_now] == ["warning"], "a warning now, a fine when it is refused"
    assert national.order_first


def test_the_law_of_the_act_comes_first_whatever_the_order_in_the_text() -> None:
    backwards = LAW.model_copy(update={"regimes": dict(reversed(LAW.regimes.items()))})
    case = ("headcount", "individual", "2025-08-10", "2025-12-05", False)

    assert asked(*case, law=backwards) == asked(*case)


FIRST_AND_LAST = {  # its first day, its last, a ground of its own
    "R1": ("2011-10-01", "2023-01-31", "bed_letting"),
    "R2": ("2023-02-01", "2025-11-26", "partition"),
    "R3": ("2025-09-15", None, "headcount"),
    "R4": ("2025-11-27", None, "changed_use"),
}


@pytest.mark.parametrize("regime", FIRST_AND_LAST)
def test_a_regime_holds_from_its_first_day_to_the_last(regime: str) -> None:
    first, last, ground = FIRST_AND_LAST[regime]

    def holds(day: date) -> bool:
        found = look_up(LAW, Case(ground, "individual", day, day))
        return any(c.name == regime and c.at_act and c.at_decision for c in found.candidates)

    begin = date.fromisoformat(first)
    assert not holds(begin - timedelta(days=1))
    assert holds(begin)
    if last is None:
        assert holds(date(2099, 12, 31))
    else:
        end = date.fromisoformat(last)
        assert holds(end)
        assert not holds(end + timedelta(days=1))


def test_the_numbers_outlive_the_sanctions_that_they_came_with() -> None:
    for day in (date(2011, 10, 1), date(2023, 2, 1), date(2026, 11, 25)):
        assert LAW.defined("persons_a_room", day) == 2
        assert LAW.defined("m2_a_person", day) == 5
    assert LAW.defined("persons_a_room", date(2011, 9, 30)) is None
    assert LAW.defined("collective_rooms", date(2023, 1, 31)) == 10
    assert LAW.defined("collective_rooms", date(2023, 2, 1)) is None


def test_what_counts_as_group_rental_is_told_by_the_regime() -> None:
    (partition,) = asked("partition", "individual", "2025-12-01", "2025-12-02").candidates
    (changed_use,) = asked("changed_use", "individual", "2025-12-01", "2025-12-02").candidates

    assert partition.covered.counts_as_group_rental
    assert not changed_use.covered.counts_as_group_rental


def test_how_long_it_may_have_gone_unnoticed() -> None:
    found = asked("headcount", "individual", "2024-02-29", "2024-06-01")

    assert found.found_by == date(2026, 2, 28)
    assert found.found_by_where_life_or_health == date(2029, 2, 28)


def own_law(old: tuple[int, int], new: tuple[int, int]) -> Law:
    """Two regimes, one after the other, for one ground."""

    def regime(since: str, until: str | None, fine: tuple[int, int]) -> dict[str, object]:
        return {
            "title": "t", "title_zh": "t", "rank": "local_rules",
            "in_force": {"since": since, "until": until},
            "grounds": {"headcount": {"article": "1"}},
            "sanctions": [{"tier": "at_once", "fine": fine, "article": "2"}],
        }  # fmt: skip

    regimes = {"old": regime("2020-01-01", "2024-12-31", old), "new": regime("2025-01-01", None, new)}
    return Law.model_validate({"regimes": regimes})


def test_with_equal_maxima_the_lower_minimum_is_lighter() -> None:
    found = asked("headcount", "individual", "2024-06-01", "2025-06-01", law=own_law((5, 50), (1, 50)))

    assert (found.lighter, found.by) == (("new",), "minimum")


def test_a_lower_maximum_with_a_higher_minimum_is_told() -> None:
    found = asked("headcount", "individual", "2024-06-01", "2025-06-01", law=own_law((1, 100), (5, 50)))

    assert (found.lighter, found.by) == (("new",), "maximum")
    assert [(r.name, r.regimes) for r in found.remarks] == [("crossing", ("new",))]


def test_a_decision_before_the_act_is_no_question() -> None:
    with pytest.raises(ValueError, match="before"):
        asked("headcount", "individual", "2025-12-05", "2025-08-10")


DAYS = st.dates(date(2009, 1, 1), date(2029, 12, 31))
ANY_CASE = st.builds(
    lambda ground, party, days, overdue: Case(ground, party, min(days), max(days), overdue),
    st.sampled_from(sorted(BOOK.grounds)),
    st.sampled_from(PARTIES),
    st.tuples(DAYS, DAYS),
    st.booleans(),
)


@given(ANY_CASE)
def test_every_regime_in_force_then_that_has_the_ground_is_shown_and_no_other(case: Case) -> None:
    expected = {
        name
        for name, r in LAW.regimes.items()
        if case.ground in r.grounds
        and any(
            (r.in_force.since or date.min) <= day <= (r.in_force.until or date.max)
            for day in (case.acted, case.decided)
        )
    }

    assert {c.name for c in look_up(LAW, case).candidates} == expected


@given(ANY_CASE)
def test_the_lighter_one_is_a_candidate_that_no_other_undercuts(case: Case) -> None:
    found = look_up(LAW, case)
    by_name = {c.name: c for c in found.candidates}

    for name in found.lighter:
        assert all(by_name[name].range.most <= c.range.most for c in found.candidates)
    assert bool(found.lighter) == bool(found.by)
    assert not found.lighter or found.basis
    assert len(found.lighter) < max(2, len(found.candidates)), "not all of them are lighter than the others"


@given(ANY_CASE)
def test_what_may_be_imposed_needs_its_order(case: Case) -> None:
    for c in look_up(LAW, case).candidates:
        assert set(c.open_now) <= set(c.sanctions)
        assert case.overdue or not {s.tier for s in c.open_now} & AFTER_ORDER
        assert all(s.party in (case.party, "any") for s in c.sanctions)
        assert c.order_first == (c.compared not in c.open_now)
        assert not (case.overdue and c.order_first)
