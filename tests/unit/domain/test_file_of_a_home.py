"""What else a home's file holds: parties, exemptions, departures, leads given back, other agencies, areas."""

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.judgement import Departure, Exemption, Party
from tests.unit.domain.reading import Judged, judged
from tests.unit.domain.story import (
    confirmed,
    corrected,
    deregistered,
    dispatched,
    due,
    exempted,
    extended,
    given,
    inspected,
    lead,
    moved_out,
    noticed,
    party,
    record_id,
    registered,
    retracted,
    say,
    us,
    verified,
)


def parties(then: Judged) -> list[tuple[str, str]]:
    rows = then.judgement.at(then.asked, Party)
    return sorted((p.party, p.role) for p in rows if then.asked <= p.until)


# -- parties ---------------------------------------------------------------------------------------


def test_a_link_whose_end_is_known_ends_at_that_days_end_without_a_further_fact():
    home = given(registered(), party("2025-02-01", "S-1", until_on="2025-04-30"))
    assert parties(judged(home, "2025-04-30")) == [("S-1", "sublandlord")]
    assert parties(judged(home, "2025-05-01")) == []


def test_a_party_may_have_two_roles_and_leave_one_of_them():
    unlinked = say(ev.PartyUnlinked, "2025-03-01", party="O-1", role="sublandlord", reason="let by an agency")
    home = given(party("2025-02-01", "O-1", role="owner"), party("2025-02-01", "O-1"), unlinked)
    assert parties(judged(home, "2025-02-15")) == [("O-1", "owner"), ("O-1", "sublandlord")]
    assert parties(judged(home)) == [("O-1", "owner")]


def test_linked_again_what_was_said_last_holds():
    home = given(party("2025-02-01", "S-1", certainty="suspected"), party("2025-03-01", "S-1"))
    assert [p.certainty for p in judged(home).judgement.at(us("2025-03-10"), Party)] == ["documented"]


# -- exemptions ------------------------------------------------------------------------------------


def exemptions(then: Judged) -> list[str]:
    return [e.cause for e in then.judgement.at(then.asked, Exemption) if then.asked <= e.until]


def ended(when: str, name: str) -> object:
    return say(ev.ExemptionEnded, when, exemption=record_id(name), reason="moved away")


def test_an_exemption_lasts_until_its_day_or_until_it_is_ended():
    home = given(exempted("2025-01-10", until="2025-06-30", record="one"), ended("2025-03-01", "one"))
    assert exemptions(judged(home[:1], "2025-06-30")) == ["family"]
    assert exemptions(judged(home[:1], "2025-07-01")) == []
    assert exemptions(judged(home, "2025-03-02")) == []


def test_ending_an_exemption_ends_what_it_was_corrected_to():
    other = exempted("2025-01-11", record="right")
    told = (exempted("2025-01-10", record="one"), corrected("one", other, recorded="2025-02-01 10:00"))
    then = judged(given(*told, ended("2025-03-01", "one")))
    assert (exemptions(then), then.irregular) == ([], [])


def test_an_exemption_mutes_rules_and_never_an_inspection():
    told = (exempted("2025-01-10"), lead("2025-04-01 09:00", by="2025-04-02 09:00"))
    then = judged(given(*told), "2025-04-30")
    assert (then.state.state, then.omitted) == ("suspected", True)
    found = judged(given(*told, inspected("2025-04-03 10:00", "v"), confirmed("2025-04-03 10:30", visit="v")))
    assert found.state.state == "confirmed"


# -- departures ------------------------------------------------------------------------------------


def test_departures_are_counted_where_they_are_recorded_and_nowhere_else():
    told = (moved_out("2025-03-01", 6, voluntary=False, action_id="a-7"), moved_out("2025-03-09", 4))
    rows = judged(given(*told)).judgement.at(us("2025-03-31"), Departure)
    assert sorted((d.persons, d.voluntary, d.action_id) for d in rows) == [(4, "", ""), (6, "no", "a-7")]


def test_a_departure_retracted_never_was():
    told = (say(ev.TenantsMovedOut, "2025-03-01", persons=6, record="out"), ())
    home = given(told[0], retracted("out", recorded="2025-03-05 10:00"))
    assert judged(home).judgement.at(us("2025-03-31"), Departure) == []


# -- leads -----------------------------------------------------------------------------------------

LEAD = lead("2025-03-03 20:00", by="2025-03-04 20:00", answer_due=due("2025-03-10"))


def returned(when: str) -> object:
    return say(ev.LeadReturned, when, channel="12345", ticket="T-1", reason="not in charge")


def answered(when: str, ticket: str = "T-1") -> object:
    return say(ev.LeadAnswered, when, channel="12345", ticket=ticket, outcome="explained")


def test_giving_a_lead_back_gains_no_time():
    told = (LEAD, dispatched("2025-03-04 08:00", by="2025-03-06"))
    assert judged(given(*told)).state.a_due == us("2025-03-06")
    back = (*told, returned("2025-03-04 10:00"))
    assert judged(given(*back)).state.a_due == us("2025-03-04 20:00")
    again = (*back, dispatched("2025-03-05 08:00", by="2025-03-09"))
    assert judged(given(*again)).state.a_due == us("2025-03-04 20:00")


def test_a_lead_that_had_no_time_limit_but_the_dispatchs_keeps_that_one_when_given_back():
    told = (lead("2025-03-03 20:00"), dispatched("2025-03-04 08:00", by="2025-03-06"))
    assert judged(given(*told, returned("2025-03-04 10:00"))).state.a_due == us("2025-03-06")


def test_answered_is_not_inspected():
    then = judged(given(LEAD, answered("2025-03-04 09:00")), "2025-03-31")
    assert [(c.outcome, c.due) for c in then.clocks("answer_complainant")] == [("met", us("2025-03-10"))]
    assert then.omitted


def test_an_inspection_does_not_answer_the_complainant():
    then = judged(given(LEAD, inspected("2025-03-04 09:00")), "2025-03-31")
    assert ([c.outcome for c in then.clocks("answer_complainant")], then.omitted) == (["running"], False)


def test_a_work_order_closed_changes_no_judgement():
    closing = say(ev.WorkOrderClosed, "2025-03-04 09:00", channel="12345", ticket="T-1", reason="done")
    assert judged(given(LEAD, closing), "2025-03-31").state == judged(given(LEAD), "2025-03-31").state


def test_a_lead_located_later_counts_from_when_it_was_reported():
    located = lead("2025-03-03 20:00", by="2025-03-04 20:00", located_from="estate-1")
    assert judged(given(located), "2025-03-31").omitted


# -- other agencies --------------------------------------------------------------------------------


def test_a_transfer_runs_until_the_other_agency_accepts_it():
    told = (
        say(
            ev.Transferred,
            "2025-03-03",
            agency="fire",
            reference="F-1",
            reason="escape route",
            due=due("2025-03-06"),
        ),
        say(ev.TransferAccepted, "2025-03-10", agency="fire", reference="F-1"),
    )
    before, then = judged(given(*told), "2025-03-09"), judged(given(*told))
    assert [c.outcome for c in before.clocks("transfer")] == ["running"]
    assert [(c.outcome, c.ended_at > c.due) for c in then.clocks("transfer")] == [("met", True)]


def test_assistance_runs_until_it_is_answered():
    told = (
        say(ev.AssistanceRequested, "2025-03-03", agency="police", due=due("2025-03-06")),
        say(ev.AssistanceAnswered, "2025-03-05", agency="police", outcome="officers sent"),
    )
    assert [c.outcome for c in judged(given(*told)).clocks("assistance")] == ["met"]


def test_seals_papers_and_leases_change_no_judgement():
    told = (registered(), confirmed("2025-03-01"))
    more = (
        say(ev.HazardSealed, "2025-03-02", reference="F-2", until=due("2025-04-01")),
        say(ev.SealLifted, "2025-03-12", reference="F-2"),
        say(ev.UndertakingSigned, "2025-03-03", party="O-1", number="U-1"),
        say(ev.LeaseFiled, "2025-03-20", reference="L-1", persons=3),
        say(ev.LettingRegularised, "2025-03-21", basis="lease on file"),
    )
    then = judged(given(*told, *more))
    assert (then.state, then.rounds, then.irregular) == (
        judged(given(*told)).state,
        judged(given(*told)).rounds,
        [],
    )


# -- where it lies, and its end --------------------------------------------------------------------


def test_after_a_boundary_moved_history_is_counted_where_the_home_lay_then():
    home = given(
        registered("pudong/weifang/"),
        confirmed("2025-03-01"),
        say(ev.AreaReassigned, "2025-06-01", area="pudong/tangqiao/"),
    )
    assert judged(home, "2025-05-31").state.area == "pudong/weifang/"
    assert judged(home, "2025-06-01").state.area == "pudong/tangqiao/"


def test_gone_is_never_verified_and_what_is_recorded_afterwards_is_said():
    home = given(confirmed("2025-03-01"), deregistered("2025-04-01"), verified("2025-05-01"))
    then = judged(home)
    assert (then.state.state, then.irregular) == ("gone", ["after-deregistration"])


# -- the lawful order ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("officers", "irregular"),
    [((), []), (("A",), ["one-officer"]), (("A", "A"), ["one-officer"]), (("A", "B"), [])],
)
def test_an_inspection_takes_two_officers_and_counts_with_one_all_the_same(officers, irregular):
    home = given(
        inspected("2025-03-01 09:00", "v", officers=officers), confirmed("2025-03-01 10:00", visit="v")
    )
    assert (judged(home).irregular, judged(home).state.state) == (irregular, "confirmed")


def test_a_notice_before_the_confirmation_is_irregular_and_served_all_the_same():
    home = given(noticed("2025-03-01 09:00", by="2025-03-08"), confirmed("2025-03-02 09:00"))
    assert (judged(home).irregular, judged(home).state.state) == (["noticed-before-confirmation"], "noticed")


def test_an_extension_before_anything_was_confirmed_is_irregular_once():
    home = given(extended("2025-03-01 09:00", by="2025-03-08"), confirmed("2025-03-02 09:00"))
    assert judged(home).irregular == ["extended-before-notice"]


@pytest.mark.parametrize("channel", ["photo", "照片"])
def test_a_photograph_alone_verifies_nothing(channel):
    home = given(confirmed("2025-03-01"), verified("2025-03-05", channel=channel))
    assert (judged(home).irregular, judged(home).state.state) == (["verified-by-photograph"], "confirmed")
