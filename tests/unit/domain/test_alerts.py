"""Alerts: who must answer by when, what an answer is worth, and when somebody must get in."""

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import FOREVER
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    alert,
    alert_answered,
    alert_closed,
    confirmed,
    corrected,
    deregistered,
    escalated,
    exempted,
    failed_visit,
    given,
    inspected,
    record_id,
    say,
    us,
    verified,
)

RAISED = alert("2025-04-01 08:00", "2025-04-02 08:00", on_site_by="2025-04-03")
MONTH_END = "2025-04-30"
NOTHING = alert_answered("2025-04-01 12:00", "nothing", "windows dark")


def status(*told):
    (row,) = judged(given(*told)).alerts
    return row.status


def test_an_alert_that_nobody_answers_is_overdue_and_an_omission():
    then = judged(given(RAISED), MONTH_END)
    assert [(c.outcome, c.due) for c in then.clocks("alert_answer")] == [("running", us("2025-04-02 08:00"))]
    assert (then.state.state, then.state.a_due, then.omitted) == ("suspected", us("2025-04-03"), True)


def test_without_an_instant_of_its_own_somebody_must_be_on_site_by_the_time_of_the_answer():
    assert judged(given(alert("2025-04-01 08:00", "2025-04-02 08:00"))).state.a_due == us("2025-04-02 08:00")


def test_an_answer_that_names_what_was_seen_ends_both_clocks():
    then = judged(given(RAISED, NOTHING), MONTH_END)
    assert (then.omitted, then.state.a_due, then.state.a_first_due) == (False, FOREVER, FOREVER)
    assert [c.outcome for c in then.clocks("alert_answer") + then.clocks("on_site")] == ["met", "void"]
    assert (then.state.state, then.irregular) == ("known", [])


def test_unfounded_without_an_observation_is_irregular_and_stops_nothing():
    then = judged(given(RAISED, alert_answered("2025-04-01 12:00", "nothing")), MONTH_END)
    assert then.irregular == ["unfounded-without-observation"]
    assert (then.omitted, then.clocks("alert_answer")[0].outcome) == (True, "running")


@pytest.mark.parametrize("answer", ["suspicious", "unclear", "reported"])
def test_any_other_answer_is_an_answer_and_somebody_must_still_get_in(answer):
    then = judged(given(RAISED, alert_answered("2025-04-01 12:00", answer)), MONTH_END)
    assert (then.clocks("alert_answer")[0].outcome, then.omitted) == ("met", True)


def test_known_to_be_exempt_is_an_answer_only_where_an_exemption_is_on_file():
    exempt = alert_answered("2025-04-01 12:00", "exempt")
    on_file = judged(given(exempted("2025-01-10 09:00"), RAISED, exempt), MONTH_END)
    ended = judged(given(exempted("2025-01-10 09:00", until="2025-03-31"), RAISED, exempt), MONTH_END)
    assert (on_file.omitted, on_file.irregular) == (False, [])
    assert (ended.omitted, ended.irregular) == (True, ["exempt-without-exemption"])


def test_of_several_answers_the_last_holds():
    then = judged(given(RAISED, NOTHING, alert_answered("2025-04-02 12:00", "suspicious")), MONTH_END)
    assert then.omitted


def test_attempts_do_not_count_and_partial_access_does_not_either():
    told = (RAISED, failed_visit("2025-04-02 09:00"), inspected("2025-04-02 10:00", access="partial"))
    assert judged(given(*told), MONTH_END).omitted


def test_an_inspection_with_full_access_settles_it():
    then = judged(given(RAISED, inspected("2025-04-02 10:00")), MONTH_END)
    assert (then.omitted, then.alerts[0].status, then.state.state) == (False, "false", "cleared")
    assert [(c.outcome, c.ended_at) for c in then.clocks("on_site")] == [("met", us("2025-04-02 10:00"))]
    assert then.clocks("alert_answer")[0].outcome == "void", "nobody needs to answer any more"
    assert then.state.a_first_due == us("2025-04-03"), "it was due, and was handled"


def test_what_the_inspection_confirms_was_right():
    visit = inspected("2025-04-02 10:00", "visit")
    told = (RAISED, visit, confirmed("2025-04-05 09:00", visit="visit"))
    assert status(*told) == "confirmed"
    assert status(*told[:2], confirmed("2025-09-05 09:00")) == "false", "found later, and not by this visit"


def test_confirmed_with_partial_access_it_still_waits_for_somebody_to_see_it_all():
    visit = inspected("2025-04-02 10:00", "visit", access="partial")
    then = judged(given(RAISED, visit, confirmed("2025-04-02 10:30", visit="visit")), MONTH_END)
    assert (then.alerts[0].status, then.omitted) == ("confirmed", True)


def test_an_alert_about_a_home_with_a_finding_open_is_not_false_once_it_is_put_right():
    told = (confirmed("2025-03-20"), RAISED, inspected("2025-04-02 10:00"), verified("2025-04-02 11:00"))
    assert status(*told) == "confirmed"


def test_a_later_confirmation_makes_an_unfounded_answer_a_miss():
    found = (inspected("2025-05-10 10:00", "found"), confirmed("2025-05-10 10:30", visit="found"))
    (row,) = judged(given(RAISED, NOTHING, *found)).alerts
    assert (row.status, row.missed, row.answer) == ("confirmed", 1, "nothing")
    (suspected,) = judged(given(RAISED, alert_answered("2025-04-01 12:00", "suspicious"), *found)).alerts
    assert suspected.missed == 0


def test_every_unfounded_answer_since_somebody_last_looked_is_a_miss():
    again = alert("2025-04-10 08:00", "2025-04-11 08:00", name="again")
    dark = alert_answered("2025-04-10 12:00", "nothing", "windows dark", name="again")
    told = (RAISED, NOTHING, again, dark)
    assert [a.missed for a in judged(given(*told, confirmed("2025-05-10"))).alerts] == [1, 1]
    looked = (RAISED, NOTHING, inspected("2025-04-05 10:00"), again, dark, confirmed("2025-05-10"))
    assert [a.missed for a in judged(given(*looked)).alerts] == [0, 1]


def test_an_annulled_confirmation_missed_nothing():
    told = (RAISED, NOTHING, confirmed("2025-05-10", record="wrong"))
    annulment = say(
        ev.ConfirmationAnnulled, "2025-06-01", confirmation=record_id("wrong"), reason="wrong home"
    )
    assert judged(given(*told, annulment), "2025-05-20").alerts[0].missed == 1
    assert judged(given(*told, annulment)).alerts[0].missed == 0


def test_escalating_asks_the_next_level_and_gives_no_more_time_to_get_in():
    then = judged(given(RAISED, escalated("2025-04-02 09:00", "squad", "2025-04-05")), MONTH_END)
    manager, squad = sorted(then.clocks("alert_answer"), key=lambda c: c.opened_at)
    assert (manager.outcome, manager.ended_at > manager.due) == ("void", True), "the silence is on record"
    assert (squad.outcome, squad.due, then.alerts[0].level) == ("running", us("2025-04-05"), "squad")
    assert then.state.a_due == us("2025-04-03")


def test_closing_it_without_looking_changes_no_judgement():
    then = judged(given(RAISED, alert_closed("2025-04-01 12:00", reason="sensor")), MONTH_END)
    assert (then.alerts[0].status, then.omitted) == ("lifted", True)
    assert then.clocks("alert_answer")[0].outcome == "running"


@pytest.mark.parametrize(
    ("visits", "irregular"),
    [
        ([], ["closed-without-inspection"]),
        ([inspected("2025-04-01 10:00", "visit", access="partial")], ["closed-without-inspection"]),
        ([inspected("2025-04-01 10:00", "visit")], []),
    ],
)
def test_closed_by_an_inspection_that_did_not_get_in_is_irregular(visits, irregular):
    closing = alert_closed("2025-04-01 12:00", inspection_id="visit")
    assert judged(given(RAISED, *visits, closing)).irregular == irregular


def test_an_alert_raised_by_a_confirmation_asks_nobody_to_look_again():
    told = (confirmed("2025-04-01 07:00"), alert("2025-04-01 08:00", "2025-04-02", raised_by="confirmation"))
    then = judged(given(*told), MONTH_END)
    assert (then.alerts[0].kind, then.alerts[0].status, then.omitted) == ("relapse_alert", "confirmed", False)


def test_an_alert_is_no_evidence():
    then = judged(given(RAISED, confirmed("2025-04-02 09:00", visit=str(record_id("alert")))))
    assert (then.rounds, then.irregular) == ([], ["alert-as-evidence"])


def test_an_answer_to_an_alert_that_the_file_does_not_hold_is_said():
    assert judged(given(NOTHING)).irregular == ["refers-to-nothing"]


def test_an_answer_goes_on_to_the_alert_as_it_was_corrected():
    other = alert("2025-04-01 08:30", "2025-04-02 08:30", name="as it was")
    then = judged(given(RAISED, NOTHING, *corrected("alert", other, recorded="2025-04-03 10:00")))
    assert ([a.answer for a in then.alerts], then.irregular) == (["nothing"], [])


def test_an_alert_that_a_file_took_over_is_answered_by_the_id_it_had():
    was = ev.MovedFrom(stream="dwelling-1", record=record_id("alert"))
    moved = alert("2025-04-01 08:00", "2025-04-02 08:00", name="taken over", moved_from=was)
    then = judged(given(moved, NOTHING))
    assert ([a.answer for a in then.alerts], then.irregular) == (["nothing"], [])


def test_a_home_that_is_gone_owes_no_answer():
    then = judged(given(RAISED, deregistered("2025-04-01 12:00")), MONTH_END)
    assert (then.omitted, {c.outcome for c in then.clocks("alert_answer") + then.clocks("on_site")}) == (
        False,
        {"void"},
    )
