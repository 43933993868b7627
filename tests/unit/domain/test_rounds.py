"""Rounds: what opens one, what closes it, and which opening is a relapse (domain §3.3)."""

import pytest

from rentalwatch.domain.instants import FOREVER
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    annulled,
    claimed,
    confirmed,
    corrected,
    deregistered,
    finding,
    given,
    inspected,
    lead,
    noticed,
    rejected,
    retracted,
    us,
    verified,
)

A, B = finding("a"), finding("b")


def test_a_further_finding_in_an_open_round_is_no_relapse():
    home = given(confirmed("2025-03-01", A), verified("2025-03-05", A), confirmed("2025-03-10", A))
    further = given(confirmed("2025-03-01", A, B), verified("2025-03-05", A), confirmed("2025-03-10", A))
    assert judged(home).openings == ["original", "relapse"]
    assert judged(further).openings == ["original"]
    assert judged(further).state.open_findings == 2


def test_a_claim_closes_no_round():
    home = given(confirmed("2025-03-01", A), claimed("2025-03-05", A), confirmed("2025-06-01", A))
    assert judged(home).openings == ["original"]


def test_a_round_closes_with_its_last_finding():
    home = given(
        confirmed("2025-03-01 09:00", A, B), verified("2025-03-05 09:00", A), verified("2025-03-06 09:00", B)
    )
    assert judged(home, "2025-03-05").rounds[0].closed_at == FOREVER
    assert judged(home).rounds[0].closed_at == us("2025-03-06 09:00")
    assert judged(home).rounds[0].closing == "verification"


def test_implied_never_is_a_relapse_but_a_later_opening_may_be():
    home = given(
        confirmed("2025-03-01", A),
        verified("2025-03-05", A),
        confirmed("2025-03-10", A, implied=True),
        verified("2025-03-12", A),
        confirmed("2025-03-20", A),
    )
    assert judged(home).openings == ["original", "implied", "relapse"]


def test_of_two_confirmations_at_one_instant_the_implied_one_opens_the_round():
    home = given(
        confirmed("2025-03-01", A),
        verified("2025-03-05", A),
        confirmed("2025-03-10", A, record="plain"),
        confirmed("2025-03-10", B, implied=True),
    )
    assert judged(home).openings == ["original", "implied"]


def test_an_annulled_confirmation_opened_a_round_until_the_annulment_and_never_after_it():
    home = given(
        confirmed("2025-03-01 09:00", A, record="wrong home"), annulled("2025-03-20 09:00", "wrong home")
    )
    before, after = judged(home, "2025-03-20 09:00"), judged(home, "2025-03-20")
    assert (before.state.state, before.openings) == ("confirmed", ["original"])
    assert (after.state.state, after.openings) == ("known", [])
    assert after.state.first_confirmed_at == FOREVER


def test_a_round_closed_by_annulment_makes_no_later_round_a_relapse():
    home = given(
        confirmed("2025-03-01", A, record="wrong home"),
        verified("2025-03-05", A),
        annulled("2025-03-20", "wrong home"),
        confirmed("2025-04-01", A),
    )
    assert judged(home, "2025-03-10").rounds[0].closing == "verification"
    assert judged(home).openings == ["original"]


def test_annulling_the_last_open_finding_leaves_the_round_closed_by_its_verified_one():
    home = given(
        confirmed("2025-03-01", A),
        confirmed("2025-03-02", B, record="wrong room"),
        verified("2025-03-05", A),
        annulled("2025-03-20", "wrong room"),
        confirmed("2025-04-01", A),
    )
    assert judged(home, "2025-03-19").rounds[0].closed_at == FOREVER
    assert judged(home, "2025-03-21").state.state == "verified"
    assert judged(home).openings == ["original", "relapse"]


def test_a_relapse_annulled_is_a_relapse_no_more():
    home = given(
        confirmed("2025-03-01", A),
        verified("2025-03-05", A),
        confirmed("2025-03-10", A, record="relapse"),
        annulled("2025-03-20", "relapse"),
    )
    assert judged(home, "2025-03-19").openings == ["original", "relapse"]
    assert judged(home).openings == ["original"]
    assert judged(home).state.state == "verified"


@pytest.mark.parametrize("annulled_id", ["wrong home", "wrong home, retyped"])
def test_an_annulment_reaches_the_confirmation_through_its_correction(annulled_id):
    home = given(
        confirmed("2025-03-01", A, record="wrong home"),
        corrected(
            "wrong home",
            confirmed("2025-03-01", B, record="wrong home, retyped"),
            recorded="2025-03-25 09:00",
        ),
        annulled("2025-03-20", annulled_id),
    )
    assert judged(home).openings == []


def test_a_finding_confirmed_twice_stays_open_if_one_confirmation_is_annulled():
    home = given(
        confirmed("2025-03-01 09:00", A, record="first"),
        confirmed("2025-03-04 09:00", A),
        annulled("2025-03-20", "first"),
    )
    assert judged(home).rounds[0].opened_at == us("2025-03-04 09:00")


def test_a_retracted_record_was_never_there_and_a_correction_takes_its_place():
    told = confirmed("2025-03-01", A, record="slip")
    gone = given(told, retracted("slip", recorded="2025-03-10 09:00"))
    moved = given(told, corrected("slip", confirmed("2025-02-01 09:00", B), recorded="2025-03-10 09:00"))
    assert judged(gone, "2025-03-05").openings == []
    assert judged(moved).rounds[0].opened_at == us("2025-02-01 09:00")
    assert judged(moved).state.open_findings == 1


def test_of_several_corrections_the_last_recorded_holds():
    told = confirmed("2025-03-01 09:00", A, record="slip")
    first = corrected("slip", confirmed("2025-03-03 09:00", A), recorded="2025-03-10 09:00")
    second = corrected("slip", confirmed("2025-03-02 09:00", A), recorded="2025-03-11 09:00")
    for story in (given(told, first, second), given(second, told, first)):
        assert judged(story).rounds[0].opened_at == us("2025-03-02 09:00")


def test_a_home_that_is_gone_is_not_verified_and_never_counts():
    home = given(
        confirmed("2025-03-01", A, B, notice_by="2025-03-05"),
        noticed("2025-03-02", B, by="2025-03-09"),
        claimed("2025-03-03", B, check_by="2025-03-06"),
        rejected("2025-03-04", B),
        claimed("2025-03-05", B, check_by="2025-03-08"),
        lead("2025-03-06", by="2025-03-07"),
        deregistered("2025-03-20"),
    )
    before, then = judged(home, "2025-03-19").state, judged(home).state
    assert FOREVER not in (before.a_due, before.b1_due, before.b3_due)
    assert then.state == "gone"
    assert {then.a_due, then.b1_due, then.b2_due, then.b3_due} == {FOREVER}


def test_partial_access_confirms_but_never_verifies_clears_or_handles_a_lead():
    home = given(
        lead("2025-03-01 08:00", by="2025-03-02 08:00"),
        inspected("2025-03-01 12:00", "half", access="partial"),
        confirmed("2025-03-01 12:10", A, visit="half"),
        inspected("2025-03-05 12:00", "half again", access="partial"),
        verified("2025-03-05 12:10", A, visit="half again"),
    )
    then = judged(home)
    assert (then.state.state, then.openings) == ("confirmed", ["original"])
    assert then.irregular == ["verified-without-full-access"]
    assert then.state.a_due == us("2025-03-02 08:00")
    uneventful = given(lead("2025-03-01 08:00"), inspected("2025-03-01 12:00", access="partial"))
    assert judged(uneventful).state.state == "suspected"


@pytest.mark.parametrize("visit", ["never made", "later"])
def test_a_confirmation_on_an_inspection_not_known_by_then_is_irregular_and_opens_nothing(visit):
    home = given(confirmed("2025-03-01 09:00", A, visit=visit), inspected("2025-03-01 10:00", "later"))
    assert judged(home).irregular == ["confirmed-without-inspection"]
    assert judged(home).openings == []
    assert judged(home).state.state == "cleared"


def test_verification_of_something_not_open_is_irregular_and_makes_no_relapse():
    home = given(verified("2025-03-01", A), confirmed("2025-03-05", A))
    assert judged(home).irregular == ["finding-not-open"]
    assert judged(home).openings == ["original"]
