"""A claim is refuted by the first later confirmation in the file while anything it names is unverified."""

from rentalwatch.domain.instants import FOREVER
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    annulled,
    claimed,
    confirmed,
    finding,
    given,
    inspected,
    rejected,
    us,
    verified,
)

A, B, C = finding("a"), finding("b"), finding("c")


def test_a_confirmation_of_any_other_finding_refutes():
    home = given(confirmed("2025-03-01", A), claimed("2025-03-05", A), confirmed("2025-03-10", B))
    assert judged(home).fates == ["refuted"]
    assert judged(home).openings == ["original"]


def test_a_claim_is_refuted_even_if_rejected_meanwhile():
    home = given(
        confirmed("2025-03-01", A),
        claimed("2025-03-05", A),
        rejected("2025-03-07", A),
        confirmed("2025-03-10", B),
    )
    assert judged(home, "2025-03-08").fates == ["rejected"]
    assert judged(home).fates == ["refuted"]


def test_one_finding_left_unverified_is_enough():
    home = given(
        confirmed("2025-03-01", A, B),
        claimed("2025-03-05", A, B),
        verified("2025-03-07", A),
        confirmed("2025-03-10", C),
    )
    assert judged(home).fates == ["refuted"]


def test_a_claim_wholly_verified_before_is_never_refuted():
    home = given(
        confirmed("2025-03-01", A, B),
        claimed("2025-03-05", A, B),
        verified("2025-03-07", A),
        verified("2025-03-08", B),
        confirmed("2025-03-10", A),
        confirmed("2025-03-12", C),
    )
    then = judged(home)
    assert then.fates == ["verified"]
    assert then.openings == ["original", "relapse"]


def test_the_first_later_confirmation_is_the_one_that_refutes():
    home = given(
        confirmed("2025-03-01", A),
        claimed("2025-03-05", A),
        confirmed("2025-03-10 09:00", A),
        confirmed("2025-03-20 09:00", A),
    )
    assert judged(home).claims[0].refuted_at == us("2025-03-10 09:00")


def test_every_claim_still_unverified_is_refuted_and_later_ones_stay():
    home = given(
        confirmed("2025-03-01", A, B),
        claimed("2025-03-04", A),
        claimed("2025-03-05", B),
        confirmed("2025-03-10", C),
        claimed("2025-03-12", C),
    )
    assert judged(home).fates == ["refuted", "refuted", "pending"]


def test_a_confirmation_of_the_same_day_lies_before_the_claim():
    home = given(confirmed("2025-03-01", A), claimed("2025-03-05", A), confirmed("2025-03-05", B))
    assert judged(home).fates == ["pending"]


def test_a_confirmation_that_rests_on_no_inspection_refutes_nothing():
    home = given(
        confirmed("2025-03-01", A),
        claimed("2025-03-05", A),
        confirmed("2025-03-10", B, visit="never made"),
    )
    assert judged(home).fates == ["pending"]
    assert judged(home).irregular == ["confirmed-without-inspection"]


def test_annulling_the_confirmation_takes_the_refutation_back():
    home = given(
        confirmed("2025-03-01", A),
        claimed("2025-03-05 09:00", A, check_by="2025-03-08"),
        confirmed("2025-03-07 09:00", B, record="wrong home"),
        annulled("2025-03-20 09:00", "wrong home"),
    )
    before, after = judged(home, "2025-03-19"), judged(home)
    assert before.fates == ["refuted"]
    assert (after.fates, after.claims[0].refuted_at) == (["pending"], FOREVER)
    assert after.state.b3_due == us("2025-03-09 00:00")


def test_a_second_claim_while_the_first_waits_replaces_it_and_checks_nothing():
    home = given(
        confirmed("2025-03-01", A),
        claimed("2025-03-05 09:00", A, check_by="2025-03-08"),
        claimed("2025-03-07 09:00", A, check_by="2025-03-10"),
    )
    then = judged(home)
    assert then.fates == ["replaced", "pending"]
    assert [c.outcome for c in then.clocks("verification")] == ["void", "running"]


def test_a_claim_of_something_not_open_waits_for_nothing():
    home = given(confirmed("2025-03-01", A), claimed("2025-03-05", B, check_by="2025-03-08"))
    then = judged(home)
    assert then.fates == ["idle"]
    assert (then.state.pending_findings, then.state.b3_due) == (0, FOREVER)
    assert then.clocks("verification") == []
    assert then.irregular == ["finding-not-open"]


def test_a_finding_named_twice_in_one_claim_is_claimed_once():
    home = given(confirmed("2025-03-01", A), claimed("2025-03-05", A, A, check_by="2025-03-08"))
    then = judged(home)
    assert (then.fates, then.state.pending_findings, then.irregular) == (["pending"], 1, [])


def test_pending_is_per_finding():
    home = given(
        confirmed("2025-03-01", A, B, C),
        claimed("2025-03-05", A, B, C),
        inspected("2025-03-06 09:00", "check"),
        verified("2025-03-06 09:30", A, visit="check"),
        rejected("2025-03-06 09:40", B),
    )
    assert judged(home).state.pending_findings == 1
    assert judged(home).fates == ["pending"]
