"""An estate's file: leads that wait to be located, monthly figures, where it lies."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.estate import NOT_TOLD, Estate, EstateLead, Figures
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judgement import Clock
from tests.unit.domain.estate_words import answered, estate, located, odd, returned, rows, told
from tests.unit.domain.story import dispatched, due, given, lead, say, us

NOISE = lead("2026-03-02 09:00", by="2026-03-04", building="12")


def clock(facts, as_of):
    (found,) = rows(facts, as_of, Clock)
    return (found.kind, found.due, found.outcome)


def waiting(facts, as_of):
    (found,) = rows(facts, as_of, EstateLead)
    return found


def test_a_lead_without_a_home_waits_until_it_is_located():
    facts = given(estate(), NOISE, located("2026-03-06 10:00", "2026-03-02 09:00"))
    assert clock(facts, "2026-03-05") == ("location", us("2026-03-04"), "running")
    assert clock(facts, "2026-03-07") == ("location", us("2026-03-04"), "met")
    assert (waiting(facts, "2026-03-05").status, waiting(facts, "2026-03-05").building) == ("reported", "12")
    assert (waiting(facts, "2026-03-07").status, waiting(facts, "2026-03-07").dwelling) == (
        "located", "12-302",
    )  # fmt: skip


def test_the_same_ticket_twice_is_one_lead_and_gives_no_more_time():
    facts = given(estate(), NOISE, lead("2026-03-03 09:00", by="2026-03-20"))
    assert clock(facts, "2026-03-10") == ("location", us("2026-03-04"), "running")
    other = lead("2026-03-03 09:00", ticket="T-2", by="2026-03-20")
    assert len(rows(given(estate(), NOISE, other), "2026-03-10", EstateLead)) == 2


def test_a_dispatch_names_the_unit_and_its_day_and_a_second_one_gives_no_more_time():
    sent = dispatched("2026-03-02 11:00", by="2026-03-06", unit="squad 3")
    facts = given(estate(), NOISE, sent, dispatched("2026-03-05 11:00", by="2026-03-20", unit="squad 4"))
    assert waiting(facts, "2026-03-03").unit == "squad 3"
    assert (waiting(facts, "2026-03-08").unit, waiting(facts, "2026-03-08").due) == (
        "squad 4", us("2026-03-06"),
    )  # fmt: skip


def test_returned_or_answered_is_not_located():
    facts = given(
        estate(), NOISE, dispatched("2026-03-02 11:00", by="2026-03-04", unit="squad 3"),
        returned("2026-03-03"), answered("2026-03-03"),
    )  # fmt: skip
    assert clock(facts, "2026-03-08")[2] == "running"
    assert (waiting(facts, "2026-03-08").status, waiting(facts, "2026-03-08").answer) == (
        "returned", "explained",
    )  # fmt: skip


def test_a_lead_without_a_day_runs_no_clock_and_is_listed_all_the_same():
    facts = given(estate(), lead("2026-03-02 09:00"))
    assert rows(facts, "2026-03-08", Clock) == []
    assert waiting(facts, "2026-03-08").due == FOREVER


def test_locating_a_lead_that_nobody_reported_is_listed_and_does_not_fit():
    facts = given(estate(), located("2026-03-06 10:00", "2026-03-02 09:00", by="2026-03-04"))
    assert odd(facts) == ["refers-to-nothing"]
    assert (waiting(facts, "2026-03-07").status, waiting(facts, "2026-03-07").reported_at) == (
        "located", us("2026-03-02 09:00"),
    )  # fmt: skip


def test_monthly_figures_are_completed_and_put_right_by_what_is_told_later():
    facts = given(
        estate(),
        told("2026-04-02", "2026-03", complaints=12),
        told("2026-04-05", "2026-03", complaints=11, satisfaction=87.5),
    )
    assert rows(facts, "2026-04-03", Figures) == [Figures("2026-03", 12, NOT_TOLD, NOT_TOLD)]
    assert rows(facts, "2026-04-06", Figures) == [Figures("2026-03", 11, NOT_TOLD, 8750)]


def test_an_estate_lies_where_the_boundary_of_that_day_has_it():
    facts = given(estate(households=820), say(ev.AreaReassigned, "2026-05-01", area="pudong/jinyang/e7/"))
    assert rows(facts, "2026-04-30", Estate) == [Estate("pudong/weifang/e7/", "E-7", 820)]
    assert rows(facts, "2026-05-01", Estate) == [Estate("pudong/jinyang/e7/", "E-7", 820)]


def answer_clock(facts, as_of):
    return [c.outcome for c in rows(facts, as_of, Clock) if c.kind == "answer_complainant"]


def test_the_complainant_is_answered_in_the_estates_file_until_the_home_is_known():
    asked = lead("2026-03-02 09:00", by="2026-03-04", answer_due=due("2026-03-09"))
    facts = given(estate(), asked, answered("2026-03-05"))
    assert (answer_clock(facts, "2026-03-04"), answer_clock(facts, "2026-03-05")) == (["running"], ["met"])
    moved = located("2026-03-06 10:00", "2026-03-02 09:00", answer_by="2026-03-09")
    assert answer_clock(given(estate(), asked, moved), "2026-03-07") == ["void"], "the home's file has it now"
    assert answer_clock(given(estate(), asked, answered("2026-03-05"), moved), "2026-03-07") == ["met"]
    stays = located("2026-03-06 10:00", "2026-03-02 09:00")
    assert answer_clock(given(estate(), asked, stays), "2026-03-07") == ["running"]


def test_giving_a_lead_back_gains_no_time():
    late = dispatched("2026-03-03 11:00", by="2026-03-10", unit="squad 3")
    facts = given(estate(), NOISE, late, returned("2026-03-05"))
    assert clock(facts, "2026-03-04")[1:] == (us("2026-03-10"), "running")
    assert clock(facts, "2026-03-06")[1:] == (us("2026-03-04"), "running")
