"""Which monthly reports of property managers are missing, and who is liable."""

from __future__ import annotations

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from rentalwatch.domain.folds.estate import Chaser, Report
from tests.unit.domain.estate_words import (
    appointed,
    chased,
    ended,
    estate,
    filed,
    odd,
    rows,
    sent,
    silent,
)
from tests.unit.domain.story import given, known_by, us

BEGUN = (estate(), appointed("2026-01-01"), sent("2026-03-05", "2026-03", "a", "b"))


def months(facts, as_of):
    return [found.month for found in silent(facts, as_of)]


def test_a_report_is_missing_once_the_tenth_of_the_next_month_is_over():
    facts = given(*BEGUN)
    assert months(facts, "2026-04-09") == []
    assert months(facts, "2026-04-10") == [], "due by the end of that day, and not before"
    assert months(facts, "2026-04-11 00:00:01") == ["2026-03"]
    assert months(facts, "2026-06-30") == ["2026-03", "2026-04", "2026-05"]


def test_whoever_asks_for_the_end_of_time_is_answered():
    assert len(silent(given(*BEGUN), "9999-12-31")) == 12 * 74 - 3


def test_no_list_no_report():
    assert silent(given(estate(), appointed("2026-01-01")), "2027-01-01") == []


def test_the_list_says_by_which_day_from_its_own_month_on():
    facts = given(*BEGUN, sent("2026-05-02", "2026-05", by=5))
    assert [(m.month, m.due) for m in silent(facts, "2026-06-08")] == [
        ("2026-03", us("2026-04-10")),
        ("2026-04", us("2026-05-10")),
        ("2026-05", us("2026-06-05")),
    ]


def test_a_list_that_came_after_the_day_on_which_a_report_was_due_asks_for_the_next_one():
    facts = given(estate(), appointed("2026-01-01"), sent("2026-04-20", "2026-02"))
    assert months(facts, "2026-06-30") == ["2026-04", "2026-05"]


def test_sending_the_list_again_gives_no_more_time():
    facts = given(*BEGUN, sent("2026-05-20", "2026-03", "b", "c"))
    assert months(facts, "2026-05-31") == ["2026-03", "2026-04"]


def test_a_report_that_comes_late_was_missing_until_then():
    facts = given(*BEGUN, filed("2026-04-15", "2026-03"))
    assert months(facts, "2026-04-14") == ["2026-03"]
    assert months(facts, "2026-04-15") == []
    (report,) = rows(facts, "2026-04-15", Report)
    assert (report.month, report.result, report.filed_at) == ("2026-03", "zero", us("2026-04-15") - 1)


def test_reports_filed_ahead_of_their_month_do_not_count():
    ahead = [filed("2026-03-06", f"2026-{month:02}") for month in range(3, 13)]
    facts = given(*BEGUN, *ahead)
    assert months(facts, "2026-05-31") == ["2026-03", "2026-04"]
    assert odd(facts) == ["report-before-month-end"] * 10
    assert months(given(*BEGUN, filed("2026-03-31", "2026-03")), "2026-04-30") == []


def test_a_report_put_right_keeps_the_day_on_which_it_came():
    facts = given(*BEGUN, filed("2026-04-08", "2026-03"), filed("2026-05-01", "2026-03", relapses=2))
    (report,) = rows(facts, "2026-05-02", Report)
    assert (report.result, report.relapses, report.filed_at) == ("relapse_found", 2, us("2026-04-08") - 1)


def test_liable_is_the_last_manager_in_charge_in_the_month():
    facts = given(
        *BEGUN,
        ended("2026-04-30"),
        appointed("2026-05-16", "M-2"),
        ended("2026-06-20", "M-2"),
    )
    found = silent(facts, "2026-08-31")
    assert [(m.month, m.party) for m in found] == [
        ("2026-03", "M-1"), ("2026-04", "M-1"), ("2026-05", "M-2"), ("2026-06", "M-2"), ("2026-07", ""),
    ]  # fmt: skip


def test_a_new_manager_ends_the_charge_of_the_one_before():
    facts = given(*BEGUN, appointed("2026-04-01", "M-2"))
    assert [(m.month, m.party) for m in silent(facts, "2026-05-31")] == [
        ("2026-03", "M-1"), ("2026-04", "M-2"),
    ]  # fmt: skip
    assert odd(given(*BEGUN, ended("2026-04-01", "M-9"))) == ["manager-not-in-charge"]


def test_d_a_manager_who_misses_the_tenth_stays_on_record_when_a_relapse_is_found_later():
    # given an estate with a list of rectified homes, and a manager who reported in March
    facts = given(
        *BEGUN,
        filed("2026-04-08", "2026-03"),
        # when nothing comes on April, the manager is asked for it
        chased("2026-05-12 09:00", "2026-04"),
        # and a relapse is found there in June, upon which the report comes
        filed("2026-06-20", "2026-04", relapses=1),
    )
    # then on the 10th of May nothing was missing, and the day after it was
    assert months(facts, "2026-05-10") == []
    assert [(m.month, m.party) for m in silent(facts, "2026-05-11")] == [("2026-04", "M-1")]
    # the chaser is on record, before the relapse was known
    (chaser,) = rows(facts, "2026-05-31", Chaser)
    assert (chaser.month, chaser.times) == ("2026-04", 1)
    # today April is reported on, and May is what is missing
    assert months(facts, "2026-06-30") == ["2026-05"]
    (_, late) = rows(facts, "2026-06-30", Report)
    assert (late.month, late.relapses) == ("2026-04", 1)
    assert late.filed_at > us("2026-05-10"), "the silence is on record: it came after its day"
    # and whoever asks what was known on the day the relapse was found sees the report missing still
    then = known_by(facts, "2026-06-19")
    assert months(then, "2026-06-19") == ["2026-04", "2026-05"]


acts = st.one_of(
    st.builds(filed, st.sampled_from(["2026-04-08", "2026-05-20"]), st.sampled_from(["2026-03", "2026-04"])),
    st.builds(appointed, st.sampled_from(["2026-03-20", "2026-05-02"]), st.sampled_from(["M-2", "M-3"])),
    st.builds(ended, st.sampled_from(["2026-04-02", "2026-05-30"]), st.sampled_from(["M-1", "M-2"])),
    st.builds(sent, st.sampled_from(["2026-04-01", "2026-06-01"]), st.sampled_from(["2026-02", "2026-05"])),
    st.builds(chased, st.just("2026-05-12"), st.just("2026-04")),
)


@settings(max_examples=100, derandomize=True, deadline=None)
@for_all(st.lists(acts, max_size=6), st.randoms(use_true_random=False))
def test_silence_does_not_depend_on_the_order_of_arrival(said, random):
    facts = given(*BEGUN, *said)
    expected = [silent(facts, day) for day in ("2026-04-30", "2026-07-31")]
    random.shuffle(facts)
    assert [silent(facts, day) for day in ("2026-04-30", "2026-07-31")] == expected
