"""What runs against whom: on site, notice, deadline, verification; and the shown state beside them."""

import pytest

from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judgement import EVER
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    annulled,
    claimed,
    confirmed,
    dispatched,
    extended,
    finding,
    given,
    inspected,
    lead,
    noticed,
    rejected,
    us,
    verified,
)

A, B = finding("a"), finding("b")


def test_an_unserved_notice_runs_until_the_notice():
    home = given(
        confirmed("2025-03-01", A, notice_by="2025-03-03"), noticed("2025-03-05", A, by="2025-03-12")
    )
    assert judged(home, "2025-03-04").state.b1_due == us("2025-03-03")
    assert judged(home).state.b1_due == FOREVER
    assert [c.outcome for c in judged(home).clocks("notice")] == ["met"]


def test_verified_on_the_spot_needs_no_notice_any_more():
    home = given(confirmed("2025-03-01 09:00", A, notice_by="2025-03-03"), verified("2025-03-01 11:00", A))
    assert [c.outcome for c in judged(home).clocks("notice")] == ["void"]
    assert judged(home).state.state == "verified"


def test_an_extension_granted_moves_the_deadline_and_a_refused_one_does_not():
    told = [confirmed("2025-03-01", A), noticed("2025-03-02", A, by="2025-03-09")]
    granted = given(*told, extended("2025-03-08", A, by="2025-03-20"))
    refused = given(*told, extended("2025-03-08", A, by="2025-03-20", granted=False))
    assert judged(granted, "2025-03-07").state.b2_due == us("2025-03-09")
    assert judged(granted).state.b2_due == us("2025-03-20")
    assert judged(refused).state.b2_due == us("2025-03-09")


def test_an_extension_of_a_deadline_never_set_is_irregular_and_no_notice():
    home = given(
        confirmed("2025-03-01", A, notice_by="2025-03-03"), extended("2025-03-02", A, by="2025-03-20")
    )
    then = judged(home)
    assert then.irregular == ["extended-before-notice"]
    assert (then.state.b1_due, then.state.b2_due) == (FOREVER, us("2025-03-20"))
    assert [c.outcome for c in then.clocks("notice")] == ["void"]


def test_a_second_notice_without_a_deadline_leaves_the_first_ones_deadline():
    home = given(
        confirmed("2025-03-01", A), noticed("2025-03-02", A, by="2025-03-09"), noticed("2025-03-03", A)
    )
    assert judged(home).state.b2_due == us("2025-03-09")
    assert [c.due for c in judged(home).clocks("deadline")] == [us("2025-03-09")]


def test_the_deadline_is_kept_per_finding_and_the_earliest_shown():
    home = given(
        confirmed("2025-03-01", A, B),
        noticed("2025-03-02", A, by="2025-03-09"),
        noticed("2025-03-02", B, by="2025-03-06"),
        verified("2025-03-05", B),
    )
    assert judged(home, "2025-03-04").state.b2_due == us("2025-03-06")
    assert judged(home).state.b2_due == us("2025-03-09")


def test_a_pending_claim_suspends_the_deadline_and_starts_the_verification_clock():
    home = given(
        confirmed("2025-03-01", A),
        noticed("2025-03-02", A, by="2025-03-09"),
        claimed("2025-03-05", A, check_by="2025-03-08"),
    )
    then = judged(home, "2025-03-31")
    assert (then.state.b2_due, then.state.b3_due) == (FOREVER, us("2025-03-08"))
    assert [c.outcome for c in then.clocks("deadline")] == ["claimed"]
    assert [c.outcome for c in then.clocks("verification")] == ["running"]


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [(rejected("2025-03-07", A), "met"), (confirmed("2025-03-07", B), "void")],
    ids=["rejected", "refuted"],
)
def test_a_rejection_or_refutation_resumes_the_deadline(ending, outcome):
    home = given(
        confirmed("2025-03-01", A),
        noticed("2025-03-02", A, by="2025-03-09"),
        claimed("2025-03-05", A, check_by="2025-03-08"),
        ending,
    )
    then = judged(home)
    assert (then.state.b2_due, then.state.b3_due) == (us("2025-03-09"), FOREVER)
    assert [c.outcome for c in then.clocks("deadline")] == ["running"]
    assert [c.outcome for c in then.clocks("verification")] == [outcome]


def test_verification_ends_both_clocks():
    home = given(
        confirmed("2025-03-01", A),
        noticed("2025-03-02", A, by="2025-03-09"),
        claimed("2025-03-05", A, check_by="2025-03-08"),
        verified("2025-03-07 09:00", A),
    )
    then = judged(home)
    assert (then.state.b2_due, then.state.b3_due) == (FOREVER, FOREVER)
    ended = us("2025-03-07 09:00")
    for kind in ("deadline", "verification"):
        assert [(c.outcome, c.ended_at) for c in then.clocks(kind)] == [("met", ended)]


def test_a_dispatch_opens_the_on_site_clock_anew_and_one_without_a_due_instant_leaves_it():
    told = lead("2025-03-01 08:00", by="2025-03-02 08:00")
    sent = given(told, dispatched("2025-03-01 12:00", by="2025-03-02 12:00"))
    unsaid = given(told, dispatched("2025-03-01 12:00"))
    assert judged(sent).state.a_due == us("2025-03-02 12:00")
    assert judged(sent).state.a_due == judged(sent).clocks("on_site")[0].due
    assert judged(unsaid).state.a_due == us("2025-03-02 08:00")


def test_the_same_ticket_twice_is_one_lead():
    home = given(
        lead("2025-03-01 08:00", by="2025-03-02 08:00"), lead("2025-03-05 08:00", by="2025-03-06 08:00")
    )
    assert [c.due for c in judged(home).clocks("on_site")] == [us("2025-03-02 08:00")]


def test_annulment_ends_the_clocks_it_had_started_and_not_before():
    home = given(
        confirmed("2025-03-01", A, notice_by="2025-03-03", record="wrong home"),
        annulled("2025-03-20", "wrong home"),
    )
    assert judged(home, "2025-03-19").state.b1_due == us("2025-03-03")
    assert judged(home).state.b1_due == FOREVER
    assert judged(home).clocks("notice") == []


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([], "confirmed"),
        ([noticed("2025-03-02", A)], "confirmed"),
        ([noticed("2025-03-02", A, B)], "noticed"),
        ([noticed("2025-03-02", A, B), claimed("2025-03-03", B)], "noticed"),
        ([noticed("2025-03-02", A), claimed("2025-03-03", B)], "noticed"),
        ([claimed("2025-03-03", B)], "confirmed"),
        ([claimed("2025-03-03", A, B)], "claimed"),
        ([noticed("2025-03-02", A, B), claimed("2025-03-03", A, B), rejected("2025-03-04", A)], "noticed"),
        ([claimed("2025-03-03", A, B), verified("2025-03-04", A)], "claimed"),
        ([verified("2025-03-04", A, B)], "verified"),
    ],
)
def test_the_shown_state_is_that_of_the_least_advanced_finding(told, shown):
    assert judged(given(confirmed("2025-03-01", A, B), *told)).state.state == shown


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([inspected("2025-03-01 09:00")], "cleared"),
        ([inspected("2025-03-01 09:00", access="partial")], "known"),
        ([inspected("2025-03-01 09:00"), lead("2025-03-02 09:00")], "suspected"),
    ],
)
def test_without_a_finding_a_home_is_known_suspected_or_cleared(told, shown):
    assert judged(given(*told)).state.state == shown


@pytest.mark.parametrize(
    ("told", "bits"),
    [
        ([], {"confirmed"}),
        ([lead("2025-03-02")], {"confirmed", "a"}),
        ([confirmed("2025-03-02", B, notice_by="2025-03-05")], {"confirmed", "b1"}),
        ([noticed("2025-03-02", A)], {"confirmed"}),
        ([noticed("2025-03-02", A, by="2025-03-09")], {"confirmed", "b2"}),
        ([claimed("2025-03-02", A)], {"confirmed", "claimed"}),
        ([claimed("2025-03-02", A, check_by="2025-03-05")], {"confirmed", "claimed", "b3"}),
        ([claimed("2025-03-02", B, check_by="2025-03-05")], {"confirmed", "claimed"}),
        ([verified("2025-03-02", A)], {"confirmed", "verified"}),
    ],
)
def test_the_denominators_remember_what_ever_was_under_a_clock(told, bits):
    ever = judged(given(confirmed("2025-03-01", A), *told)).state.ever
    assert {name for name, bit in EVER.items() if ever & bit} == bits
