"""A penalty case: how it stands after each step, and where it left the lawful order."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.case import CASE_STATES, PenaltyCase
from rentalwatch.domain.instants import DAY, FOREVER, micros
from rentalwatch.domain.irregularities import IRREGULARITIES
from rentalwatch.domain.judge import Running, judge
from rentalwatch.domain.judgement import Clock, Judgement
from tests.unit.domain.story import Said, due, given, moment, retracted, say, us


def filed(when: str = "2025-03-10", **more: Any) -> Said:
    stated = {
        "number": "P-1", "dwelling": "e-7/302", "party": "S-1", "party_kind": "individual",
        "ground": "partition", "acted_on": date(2025, 3, 7), "keys": ("case:P-1",),
    }  # fmt: skip
    return say(ev.PenaltyFiled, when, **{**stated, **more})


def notified(when: str) -> Said:
    return say(ev.PenaltyNotified, when, intended_rmb=10_000, hearing_offered=True)


def heard(when: str, **more: Any) -> Said:
    return say(ev.DefenceHeard, when, **more)


def decided(when: str, amount: int = 10_000, number: str = "D-1", **more: Any) -> Said:
    stated = {"regime": "R2", "tier": "at_once", "range_from_rmb": 10_000, "range_to_rmb": 50_000}
    return say(ev.PenaltyDecided, when, number=number, amount_rmb=amount, **{**stated, **more})


def served(when: str) -> Said:
    return say(ev.PenaltyServed, when, manner="in person")


def paid(when: str, amount: int = 10_000) -> Said:
    return say(ev.PenaltyPaid, when, amount_rmb=amount)


def reviewed(when: str, outcome: str, **more: Any) -> Said:
    return say(ev.ReviewDecided, when, instance="court", outcome=outcome, **more)


LAWFUL = (filed(), notified("2025-03-20"), heard("2025-03-25"), decided("2025-04-10"))
"""A case up to its decision, step by step as the law has it."""


def judged(*told: Said) -> Judgement:
    return judge(given(*told), of="case")


def case_of(judgement: Judgement, as_of: str = "") -> PenaltyCase:
    (row,) = judgement.at(us(as_of) if as_of else FOREVER, PenaltyCase)
    return row


def irregular(*told: Said) -> list[str]:
    return [i.code for i in judged(*told).irregular]


def clock(judgement: Judgement, kind: str) -> Clock:
    (found,) = [c for c in judgement.at(FOREVER, Clock) if c.kind == kind]
    return found


def test_a_case_goes_from_filing_to_payment_and_stood_otherwise_before():
    case = judged(*LAWFUL, served("2025-04-12"), paid("2025-04-20"))

    days = ("2025-03-10", "2025-03-20", "2025-03-26", "2025-04-10", "2025-04-12", "2025-04-21")
    assert [case_of(case, day).state for day in days] == [
        "filed", "notified", "heard", "decided", "served", "paid",
    ]  # fmt: skip
    assert [case_of(case, day).standing for day in days] == [0, 0, 0, 1, 1, 1]
    assert case.irregular == ()


def test_the_steps_of_one_day_are_in_the_order_of_the_law_however_they_were_told():
    day = "2025-04-10"

    assert irregular(decided(day), heard(day), notified(day), filed(day)) == []


@pytest.mark.parametrize(
    ("left_out", "code"),
    [(1, "decided-before-notified"), (2, "decided-before-defence"), (0, "case-not-open")],
)
def test_a_decision_with_a_step_left_out_stands_and_is_said_to_be_irregular(left_out: int, code: str):
    told = [step for nth, step in enumerate(LAWFUL) if nth != left_out]

    case = judged(*told)

    assert code in [i.code for i in case.irregular]
    assert case_of(case).standing == 1


def test_a_right_to_be_heard_that_was_waived_is_no_irregularity():
    assert (
        irregular(filed(), notified("2025-03-20"), heard("2025-03-25", made=False), decided("2025-04-10"))
        == []
    )


def test_a_defence_that_was_heard_after_the_decision_comes_too_late():
    assert irregular(filed(), notified("2025-03-20"), decided("2025-04-10"), heard("2025-04-11")) == [
        "decided-before-defence"
    ]


def test_a_hearing_that_was_asked_for_must_be_held_before_the_decision():
    asked = say(ev.HearingRequested, "2025-03-22")
    held = say(ev.HearingHeld, "2025-04-01")
    review = say(ev.LegalReviewed, "2025-04-05")

    assert irregular(*LAWFUL, asked) == ["decided-before-hearing"]
    assert irregular(*LAWFUL, asked, held, review) == []


def test_after_a_hearing_the_decision_needs_a_legal_review():
    held = (say(ev.HearingRequested, "2025-03-22"), say(ev.HearingHeld, "2025-04-01"))

    assert irregular(*LAWFUL, *held) == ["decided-without-review"]


def test_a_decision_against_the_legal_review_is_irregular_until_the_review_agrees():
    against = say(ev.LegalReviewed, "2025-04-05", agreed=False)
    again = say(ev.LegalReviewed, "2025-04-08", agreed=True)

    assert irregular(*LAWFUL, against) == ["decided-against-review"]
    assert irregular(*LAWFUL, against, again) == []


def test_ninety_days_for_the_decision_as_the_rulebook_counted_them():
    told = (filed(decision_due=due("2025-04-09")), *LAWFUL[1:])

    late = judged(*told)

    assert [i.code for i in late.irregular] == ["decided-late"]
    assert clock(late, "penalty_decision")._replace(opened_at=0) == Clock(
        "penalty_decision", "P-1", 0, us("2025-04-09"), "met", micros(moment("2025-04-11T00:00")) - 1
    )
    assert irregular(filed(decision_due=due("2025-04-10")), *LAWFUL[1:]) == []


def test_the_clock_of_the_decision_runs_until_something_is_decided_or_the_case_is_withdrawn():
    open_case = filed(decision_due=due("2025-06-08"))
    spared = say(ev.PenaltyWaived, "2025-04-01", basis="first_offence")
    dropped = say(ev.CaseWithdrawn, "2025-04-01", reason="facts not made out")

    assert clock(judged(open_case), "penalty_decision").outcome == "running"
    assert clock(judged(open_case, spared), "penalty_decision").outcome == "met"
    assert clock(judged(open_case, dropped), "penalty_decision").outcome == "void"


def test_a_decision_must_be_served_in_time():
    told = (*LAWFUL[:3], decided("2025-04-10", service_due=due("2025-04-21")))

    assert irregular(*told, served("2025-04-21")) == []
    assert irregular(*told, served("2025-04-22")) == ["served-late"]
    assert clock(judged(*told), "penalty_service").outcome == "running"


def test_filed_after_the_limitation():
    assert irregular(filed("2027-03-07", limitation_due=due("2027-03-07"))) == []
    assert irregular(filed("2027-03-08", limitation_due=due("2027-03-07"))) == ["filed-beyond-limitation"]


def test_one_officer_is_too_few_and_unknown_officers_are_not_blamed():
    assert irregular(filed(officers=("A-1",))) == ["case-of-one-officer"]
    assert irregular(filed(officers=("A-1", "A-2"))) == irregular(filed()) == []


@pytest.mark.parametrize(("amount", "codes"), [(9_999, 1), (10_000, 0), (50_000, 0), (50_001, 1)])
def test_an_amount_outside_the_range_that_the_decision_names(amount: int, codes: int):
    assert irregular(*LAWFUL[:3], decided("2025-04-10", amount)) == ["amount-outside-range"] * codes


def test_one_act_is_not_fined_twice():
    case = judged(*LAWFUL, decided("2025-05-01", 20_000, "D-2"))

    assert [i.code for i in case.irregular] == ["decided-twice"]
    assert case_of(case).irregular == 1


@pytest.mark.parametrize(
    ("fall", "state"),
    [
        (reviewed("2025-06-01", "annulled"), "annulled"),
        (say(ev.PenaltyRevoked, "2025-06-01", reason="wrong party"), "revoked"),
    ],
)
def test_a_decision_that_fell_stands_no_more_and_another_may_follow(fall: Said, state: str):
    case = judged(*LAWFUL, fall)

    assert (case_of(case).state, case_of(case).standing) == (state, 0)
    assert case_of(case, "2025-05-01").standing == 1
    again = judged(*LAWFUL, fall, decided("2025-07-01", 20_000, "D-2"))
    assert (case_of(again).state, case_of(again).amount, again.irregular) == ("decided", 20_000, ())


def test_a_review_may_uphold_or_change_the_amount():
    assert case_of(judged(*LAWFUL, reviewed("2025-06-01", "upheld"))).amount == 10_000
    changed = case_of(
        judged(*LAWFUL, reviewed("2025-06-01", "changed", amount_rmb=8_000), paid("2025-06-02", 8_000))
    )
    assert (changed.amount, changed.state, changed.standing) == (8_000, "paid", 1)


def test_paid_in_parts_is_paid_once_all_is_paid():
    part = (*LAWFUL, served("2025-04-12"), paid("2025-04-20", 4_000))

    assert case_of(judged(*part)).state == "served"
    assert case_of(judged(*part, paid("2025-05-20", 6_000))).state == "paid"


@pytest.mark.parametrize(
    "step",
    [
        served("2025-04-12"),
        paid("2025-04-12"),
        reviewed("2025-04-12", "annulled"),
        say(ev.PenaltyRevoked, "2025-04-12", reason="wrong party"),
        say(ev.CourtEnforcementSought, "2025-04-12"),
    ],
)
def test_what_needs_a_decision_rests_on_nothing_without_one(step: Said):
    assert irregular(filed(), step) == ["nothing-decided"]
    assert case_of(judged(filed(), step)).state == "filed"


def test_a_case_is_not_withdrawn_once_it_is_decided():
    dropped = say(ev.CaseWithdrawn, "2025-05-01", reason="facts not made out")

    case = judged(*LAWFUL, dropped)

    assert [i.code for i in case.irregular] == ["withdrawn-after-decision"]
    assert (case_of(case).state, case_of(case).standing) == ("decided", 1)
    assert case_of(judged(filed(), dropped)).state == "withdrawn"


def test_a_case_that_was_declined_has_no_steps():
    no_case = say(ev.FilingDeclined, "2025-03-10", number="P-2", dwelling="e-7/302", reason="minor")

    assert case_of(judged(no_case)).state == "declined"
    assert irregular(no_case, notified("2025-03-20")) == ["case-not-open"]


def test_a_decision_that_was_retracted_was_never_made():
    slip = decided("2025-04-10", record="slip")

    case = judged(*LAWFUL[:3], slip, retracted("slip", recorded="2025-04-15"))

    assert (case_of(case).state, case_of(case).standing) == ("heard", 0)


DUE, OUTCOMES = due("2025-03-12"), ("upheld", "changed", "annulled")
_STEPS: list[Said] = [
    *(filed(f"2025-03-{d}", decision_due=DUE, officers=o) for d in (10, 12) for o in ((), ("A-1",))),
    *(notified(f"2025-03-{d}") for d in (10, 11, 14)),
    *(heard(f"2025-03-{d}", made=m) for d in (10, 12) for m in (True, False)),
    *(say(cls, f"2025-03-{d}") for cls in (ev.HearingRequested, ev.HearingHeld) for d in (11, 13)),
    *(say(ev.LegalReviewed, f"2025-03-{d}", agreed=a) for d in (12, 14) for a in (True, False)),
    *(decided(f"2025-03-{d}", a, f"D-{d}", service_due=DUE) for d in (11, 13) for a in (0, 10_000, 90_000)),
    *(say(ev.PenaltyWaived, f"2025-03-{d}", basis="first_offence") for d in (12, 15)),
    *(step(f"2025-03-{d}") for step in (served, paid) for d in (12, 13, 16)),
    *(reviewed(f"2025-03-{d}", o, amount_rmb=5_000) for d in (14, 17) for o in OUTCOMES),
    *(say(ev.PenaltyRevoked, f"2025-03-{d}", reason="because") for d in (12, 16)),
    *(say(ev.CaseWithdrawn, f"2025-03-{d}", reason="because") for d in (11, 15)),
    say(ev.CourtEnforcementSought, "2025-03-17"),
]
"""Steps on few days, so that ties and every wrong order are frequent."""


def _life(seed: int, length: int) -> list[Fact]:
    return given(*Random(seed).sample(_STEPS, length))


lives = st.builds(_life, st.integers(0, 2**32), st.integers(1, 25))


@drawn(lives, st.randoms(use_true_random=False))
def test_any_order_of_arrival_and_any_split_gives_the_same_judgement(facts: list[Fact], chance: Any):
    whole = judge(facts, of="case")
    mixed = chance.sample(facts, len(facts))
    cut = chance.randint(0, len(facts))
    running = Running(of="case")
    running.add(mixed[:cut])
    running.add(mixed[cut:])

    assert sorted(judge(mixed, of="case").spans) == sorted(running.spans()) == sorted(whole.spans)
    assert judge(mixed, of="case").irregular == whole.irregular


@drawn(lives)
def test_whatever_was_recorded_a_case_has_one_known_state_and_every_irregularity_an_article(
    facts: list[Fact],
):
    case = judge(facts, of="case")
    begin = min(f.at for f in facts)

    for at in range(begin + 1, begin + 10 * DAY, DAY):
        (row,) = case.at(at, PenaltyCase)
        assert row.state in CASE_STATES
        assert row.irregular == sum(i.at < at for i in case.irregular)
    assert {i.code for i in case.irregular} <= set(IRREGULARITIES)
