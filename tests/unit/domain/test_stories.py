"""The acceptance stories of domain §9 that need nothing but one home's file."""

from datetime import UTC, datetime

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Departure, Exemption
from rentalwatch.rulebooks import load
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    alert,
    alert_answered,
    assistance,
    claimed,
    confirmed,
    exempted,
    failed_visit,
    finding,
    given,
    inspected,
    known_by,
    lead,
    moment,
    moved_out,
    noticed,
    party,
    record_id,
    registered,
    say,
    us,
    verified,
)

OFFICERS = ("0427", "0431")


def test_b_tenants_back_after_a_joint_action_are_a_relapse_in_the_same_file():
    home = given(
        registered(),
        party("2025-02-20 10:00", "S-17"),
        inspected("2025-03-01 09:00", "morning", action_id="action-7", officers=OFFICERS),
        confirmed("2025-03-01 09:10", visit="morning"),
        moved_out("2025-03-01 11:00", 10, action_id="action-7", voluntary=False),
        verified("2025-03-01 11:30", action_id="action-7"),
        lead("2025-03-03 20:15", by="2025-03-04 20:15"),
        inspected("2025-03-04 10:00", "again", officers=OFFICERS),
        confirmed("2025-03-04 10:05", visit="again"),
    )
    at_noon, then = judged(home, "2025-03-01 12:00"), judged(home)
    assert (at_noon.state.state, at_noon.openings) == ("verified", ["original"])
    assert (then.state.state, then.openings) == ("confirmed", ["original", "relapse"])
    assert then.state.round_no == 2
    assert then.rounds[0].closing == "verification"
    assert then.rounds[1].opened_at == us("2025-03-04 10:05")
    assert then.irregular == []
    assert [(d.persons, d.action_id) for d in then.judgement.at(FOREVER, Departure)] == [(10, "action-7")]
    relapse = then.last
    assert relapse.caught_by == "complaint", (
        "no patrol, no manager and no rule saw it: all three lines failed"
    )
    assert (relapse.ground, relapse.operator) == ("same", "same")
    assert (relapse.watch, relapse.days_since) == ("under_watch", 3)


def test_c_staged_demolition_is_a_refuted_claim_and_no_relapse():
    home = given(
        confirmed("2025-03-01 09:00"),
        noticed("2025-03-01 10:00", by="2025-03-08"),
        claimed("2025-03-06 09:00", check_by="2025-03-09"),
        inspected("2025-03-10 09:00", "check"),
        confirmed("2025-03-10 09:30", visit="check"),
    )
    before, then = judged(home, "2025-03-09"), judged(home)
    assert before.fates == ["pending"]
    assert then.fates == ["refuted"]
    assert then.claims[0].refuted_at == us("2025-03-10 09:30")
    assert then.openings == ["original"]
    assert then.state.state == "noticed"


def on_site_due(reported: str) -> datetime:
    book, _ = load("pudong")
    due = book.due("on_site", moment(reported))
    assert due is not None
    return due


def a_lead_and_two_failed_visits(*, outside_office_hours: bool):
    due = on_site_due("2025-03-03 20:15")
    return (
        say(ev.LeadReported, "2025-03-03 20:15", channel="12345", ticket="T-1", due=due),
        failed_visit("2025-03-04 09:30"),
        failed_visit("2025-03-05 19:40", outside_office_hours=outside_office_hours),
    )


def test_e_pudong_counts_twenty_four_hours_from_the_report():
    assert on_site_due("2025-03-03 20:15") == datetime(2025, 3, 4, 12, 15, tzinfo=UTC)


def test_e_two_failed_visits_keep_the_lead_open_and_count():
    home = given(*a_lead_and_two_failed_visits(outside_office_hours=False), assistance("2025-03-05 20:00"))
    asked = judged(home, "2025-03-31")
    assert asked.state.a_due == us("2025-03-04 20:15")
    assert asked.state.a_due < asked.asked, "overdue: it counts as an omission"
    assert (asked.state.state, asked.state.unreached) == ("suspected", 0)
    assert [c.outcome for c in asked.clocks("on_site")] == ["running"]


def test_e_unreached_is_a_label_and_still_counts():
    home = given(*a_lead_and_two_failed_visits(outside_office_hours=True), assistance("2025-03-05 20:00"))
    asked = judged(home, "2025-03-31")
    assert (asked.state.state, asked.state.unreached) == ("unreached", 1)
    assert asked.state.a_due == us("2025-03-04 20:15")


@pytest.mark.parametrize(
    "told",
    [
        a_lead_and_two_failed_visits(outside_office_hours=True),
        (*a_lead_and_two_failed_visits(outside_office_hours=True)[:2], assistance("2025-03-05 20:00")),
        (
            a_lead_and_two_failed_visits(outside_office_hours=True)[0],
            failed_visit("2025-03-05 09:30"),
            failed_visit("2025-03-05 19:40", outside_office_hours=True),
            assistance("2025-03-05 20:00"),
        ),
    ],
    ids=["no assistance requested", "one visit", "both visits on one day"],
)
def test_e_less_than_the_whole_of_it_is_not_unreached(told):
    assert judged(given(*told)).state.state == "suspected"


def test_e_getting_in_ends_the_lead_and_the_label():
    home = given(
        *a_lead_and_two_failed_visits(outside_office_hours=True),
        assistance("2025-03-05 20:00"),
        inspected("2025-03-07 09:00"),
    )
    then = judged(home)
    assert (then.state.state, then.state.unreached, then.state.a_due) == ("cleared", 0, FOREVER)
    assert [(c.outcome, c.ended_at) for c in then.clocks("on_site")] == [("met", us("2025-03-07 09:00"))]


def test_h_a_family_of_six_is_inspected_and_exempted_and_no_omission():
    home = given(
        registered(),
        alert("2025-04-01 08:00", "2025-04-02 08:00", on_site_by="2025-04-03"),
        alert_answered("2025-04-01 19:00", "suspicious"),
        inspected("2025-04-02 10:00", "visit", officers=OFFICERS, persons_found=6),
        exempted("2025-04-02 11:00"),
    )
    before, then = judged(home, "2025-04-02 09:00"), judged(home, "2025-04-30")
    assert (before.state.state, before.alerts[0].status) == ("suspected", "answered")
    assert then.alerts[0].status == "false", "an inspection answered the rule: it was wrong about this home"
    assert (then.state.state, then.omitted, then.irregular) == ("cleared", False, [])
    assert [e.cause for e in then.judgement.at(then.asked, Exemption)] == ["family"]


def test_i_the_same_records_in_any_order_give_the_same_judgement():
    home = given(
        registered(),
        confirmed("2025-03-01", finding("a"), finding("b")),
        noticed("2025-03-02", finding("a"), finding("b"), by="2025-03-09"),
        claimed("2025-03-05", finding("a")),
        confirmed("2025-03-07", finding("c")),
        verified("2025-03-08", finding("a"), finding("b"), finding("c")),
        lead("2025-03-20 08:00", by="2025-03-21 08:00"),
        inspected("2025-03-20 12:00", "again"),
        confirmed("2025-03-20 12:10", visit="again"),
    )
    told_forward, told_backward = judge(home), judge(reversed(home))
    assert told_forward == told_backward
    assert judge(home[4:] + home[:4]) == told_forward
    assert judged(home).openings == ["original", "relapse"]


def test_j_a_late_entry_changes_what_is_known_now_but_not_what_was_known_then():
    home = given(
        confirmed("2025-02-03 09:00", finding("a")),
        verified("2025-02-10 09:00", finding("a")),
        confirmed("2025-02-20 09:00", finding("a"), record="late", recorded="2025-03-05 10:00"),
    )
    then = judged(known_by(home, "2025-03-01"), "2025-02-28")
    now = judged(known_by(home, "2025-03-31"), "2025-02-28")
    assert (then.state.state, then.openings) == ("verified", ["original"])
    assert (now.state.state, now.openings) == ("confirmed", ["original", "relapse"])
    (difference,) = set(known_by(home, "2025-03-31")) - set(known_by(home, "2025-03-01"))
    assert difference.event.record_id == record_id("late")
