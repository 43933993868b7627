"""Alerts that say again what an open one says, that managers may not see, and the tenth that is inspected."""

from uuid import UUID, uuid4

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.alerts import LEVELS, is_drawn, next_level
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judgement import RelapseCall
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    alert,
    alert_answered,
    alert_closed,
    confirmed,
    escalated,
    finding,
    given,
    inspected,
    lead,
    record_id,
    released,
    say,
    us,
    verified,
)

FIRST = alert("2025-04-01 08:00", "2025-04-02 08:00", on_site_by="2025-04-03")
AGAIN = alert("2025-04-08 08:00", "2025-04-09 08:00", on_site_by="2025-04-10", name="again")
PUT_RIGHT = (confirmed("2025-01-05"), verified("2025-01-20"))


def test_a_rule_that_is_suspicious_again_while_its_alert_is_open_is_counted_there():
    (row,) = judged(given(FIRST, AGAIN)).alerts
    assert (row.record, row.repeats, row.last_seen_at) == (
        str(record_id("alert")), 1, us("2025-04-08 08:00"),
    )  # fmt: skip
    assert row.due == us("2025-04-02 08:00"), "saying it again gives nobody more time"


def test_an_answer_to_either_is_an_answer_to_both():
    (row,) = judged(given(FIRST, AGAIN, alert_answered("2025-04-08 12:00", "unclear", name="again"))).alerts
    assert (row.status, row.waiting) == ("answered", 0)


@pytest.mark.parametrize(
    "between",
    [
        alert_answered("2025-04-02 07:00", "nothing", "windows_dark"),
        inspected("2025-04-02 07:00"),
        alert_closed("2025-04-02 07:00", reason="duplicate"),
    ],
    ids=["unfounded", "inspected", "closed by hand"],
)
def test_once_it_was_answered_as_unfounded_or_is_over_the_next_one_is_an_alert_of_its_own(between):
    assert [a.repeats for a in judged(given(FIRST, between, AGAIN)).alerts] == [0, 0]


def test_another_rule_says_something_else():
    other = alert("2025-04-08 08:00", "2025-04-09 08:00", name="again", rule="night_entries")
    assert len(judged(given(FIRST, other)).alerts) == 2


@pytest.mark.parametrize("level", ["manager", "neighbourhood"])
def test_what_is_withheld_from_managers_begins_with_the_squad(level):
    told = alert("2025-04-01 08:00", "2025-04-02 08:00", level=level, withheld_from_manager=True)
    (row,) = judged(given(told)).alerts
    assert (row.level, row.withheld) == ("squad", 1)


def test_who_is_asked_waits_anew_after_each_escalation_until_somebody_answers():
    up = escalated("2025-04-02 09:00", "neighbourhood", "2025-04-03 09:00")
    (row,) = judged(given(FIRST, up)).alerts
    assert (row.level, row.asked_at, row.due, row.waiting) == (
        "neighbourhood", us("2025-04-02 09:00"), us("2025-04-03 09:00"), 1,
    )  # fmt: skip


def test_there_is_nobody_above_the_subdistrict():
    assert [next_level(level) for level in LEVELS] == [*LEVELS[1:], None]


def test_about_one_in_ten_is_drawn_and_always_the_same_ones():
    ids = [UUID(int=n) for n in range(20_000)]
    drawn = [i for i in ids if is_drawn(i)]
    assert 0.09 < len(drawn) / len(ids) < 0.11
    assert drawn == [i for i in ids if is_drawn(i)]


def drawn_name() -> str:
    return next(n for n in map(str, range(100)) if is_drawn(record_id(n)))


def test_of_the_drawn_only_those_answered_as_unfounded_are_to_be_inspected():
    name = drawn_name()
    told = alert("2025-04-01 08:00", "2025-04-02 08:00", name=name)

    def answered(*answer):
        (row,) = judged(given(told, alert_answered("2025-04-01 12:00", *answer, name=name))).alerts
        return row.drawn

    assert answered("nothing", "windows_dark") == 1
    assert answered("nothing") == answered("suspicious") == answered("unclear") == 0


def patrolled(when, seen):
    return say(ev.PatrolRecorded, when, seen=seen)


def calls(*told):
    return sorted(judged(given(*told)).judgement.at(FOREVER, RelapseCall))


def test_a_report_of_a_home_under_watch_or_released_calls_for_a_relapse_alert():
    told = lead("2025-03-01 09:00", "T-1")
    seen = patrolled("2025-03-01 09:00", "suspicious")
    assert [c.raised_by for c in calls(*PUT_RIGHT, told)] == ["report"]
    assert [c.raised_by for c in calls(*PUT_RIGHT, released("2025-02-01"), seen)] == ["report"]
    assert calls(*PUT_RIGHT, patrolled("2025-03-01 09:00", "nothing")) == []
    assert calls(told) == calls(confirmed("2025-01-05"), told) == [], "nothing was put right there"


def test_a_confirmation_judged_as_relapse_calls_for_one_and_no_other_does():
    again = confirmed("2025-03-01")
    (call,) = calls(*PUT_RIGHT, again)
    assert (call.raised_by, call.record, call.alerted) == ("confirmation", str(again.event.record_id), 0)
    assert calls(*PUT_RIGHT, again, confirmed("2025-03-02", finding("room-2")))[0] == call
    assert len(calls(*PUT_RIGHT, again, confirmed("2025-03-02", finding("room-2")))) == 1


def test_a_call_is_answered_by_an_alert_that_names_it_in_whatever_order_they_lie():
    told = lead("2025-03-01 09:00", "T-1")
    for when in ("2025-03-01 09:00", "2025-03-02 09:00"):
        raised = alert(when, "2025-03-03", raised_by="report", follows=told.event.record_id)
        (call,) = calls(*PUT_RIGHT, told, raised)
        assert call.alerted == 1
    other = alert("2025-03-02 09:00", "2025-03-03", raised_by="report", follows=uuid4())
    assert calls(*PUT_RIGHT, told, other)[0].alerted == 0


def test_an_alert_that_follows_a_complaint_leaves_it_a_complaint_that_caught_the_relapse():
    told = lead("2025-03-01 09:00", "T-1")
    raised = alert("2025-03-01 09:00", "2025-03-03", raised_by="report", follows=told.event.record_id)
    looked = inspected("2025-03-02 09:00", "I-2")
    found = confirmed("2025-03-02 09:30", visit="I-2")
    last = judged(given(*PUT_RIGHT, told, raised, looked, found)).last
    assert (last.opening, last.caught_by) == ("relapse", "complaint")
