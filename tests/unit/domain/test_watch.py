"""The watch 回头看: planned revisits, release, and what a relapse does to it."""

import pytest

from rentalwatch.domain.events import WatchTerms
from rentalwatch.domain.instants import DAY, FOREVER
from rentalwatch.domain.judgement import Watch
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    confirmed,
    deregistered,
    given,
    inspected,
    released,
    us,
    verified,
)

VERIFIED = "2025-01-01 12:00"
ROUND = (confirmed("2025-01-01 09:00"), verified(VERIFIED))
CLEAN = tuple(inspected(f"2025-{month:02}-20 10:00") for month in (1, 3, 5, 6))


def test_the_first_revisit_is_due_three_days_after_and_the_next_a_month_after_the_last_made():
    home = given(*ROUND, inspected("2025-01-02 10:00"), inspected("2025-02-10 10:00"))
    clocks = {c.key: c for c in judged(home).clocks("revisit")}
    assert clocks["1.1"].due == us(VERIFIED) + 3 * DAY
    assert clocks["1.2"].due == us("2025-01-02 10:00") + 30 * DAY
    assert clocks["1.3"].due == us("2025-02-10 10:00") + 30 * DAY
    assert [clocks[k].outcome for k in sorted(clocks)] == ["met", "met", "running"]
    assert clocks["1.2"].ended_at > clocks["1.2"].due, "made, but late"


def test_a_visit_with_partial_access_is_no_revisit():
    home = given(*ROUND, inspected("2025-01-02 10:00", access="partial"))
    assert [(c.key, c.outcome) for c in judged(home).clocks("revisit")] == [("1.1", "running")]


def test_the_inspection_that_verified_is_not_its_own_revisit():
    home = given(
        confirmed("2025-01-01 09:00"), inspected(VERIFIED, "check"), verified(VERIFIED, visit="check")
    )
    assert [c.key for c in judged(home).clocks("revisit")] == ["1.1"]


def test_released_after_the_plan_is_regular_and_ends_the_revisits():
    home = given(*ROUND, *CLEAN, released("2025-07-10 09:00"))
    then = judged(home)
    assert (then.state.state, then.irregular) == ("released", [])
    assert [c.outcome for c in then.clocks("revisit")] == ["met"] * 4 + ["void"]


@pytest.mark.parametrize(
    ("revisits", "when"),
    [
        (CLEAN, "2025-06-25 09:00"),
        (CLEAN[2:], "2025-07-10 09:00"),
        (CLEAN, "2025-07-25 09:00"),
        ((), "2025-07-10 09:00"),
    ],
    ids=["before 180 days", "two revisits only", "the last too long ago", "no revisit"],
)
def test_released_before_the_plan_is_fulfilled_is_irregular_and_released_all_the_same(revisits, when):
    home = given(*ROUND, *revisits, released(when))
    assert judged(home).irregular == ["released-early"]
    assert judged(home).state.state == "released"


def test_a_plan_without_revisits_is_fulfilled_by_time_alone():
    terms = WatchTerms(clean_revisits=0)
    told = (confirmed("2025-01-01 09:00"), verified(VERIFIED, watch=terms))
    assert judged(given(*told, released("2025-07-10 09:00"))).irregular == []
    assert judged(given(*told, released("2025-02-10 09:00"))).irregular == ["released-early"]


def test_nothing_to_release_is_irregular():
    assert judged(given(confirmed("2025-01-01"), released("2025-02-01"))).irregular == [
        "released-without-watch"
    ]


def test_a_relapse_under_watch_voids_the_revisit_still_due():
    home = given(*ROUND, inspected("2025-01-02 10:00"), confirmed("2025-01-10 09:00"))
    then = judged(home)
    assert then.openings == ["original", "relapse"]
    assert [(c.key, c.outcome) for c in then.clocks("revisit")] == [("1.1", "met"), ("1.2", "void")]


def test_a_relapse_after_release_is_still_a_relapse_and_gets_a_watch_of_its_own():
    home = given(
        *ROUND,
        *CLEAN,
        released("2025-07-10 09:00"),
        confirmed("2026-01-10 09:00"),
        verified("2026-01-20 09:00"),
    )
    assert judged(home).openings == ["original", "relapse"]
    assert judged(home, "2026-01-15").state.state == "confirmed"
    assert judged(home).state.state == "verified"
    assert judged(home).clocks("revisit")[-1].key == "2.1"


def test_no_revisit_is_asked_of_a_home_that_is_gone():
    home = given(*ROUND, deregistered("2025-01-02"))
    assert judged(home).state.state == "gone"
    assert [c.outcome for c in judged(home).clocks("revisit")] == ["void"]


def watch_of(*told):
    rows = judged(given(*told)).judgement.at(FOREVER, Watch)
    return rows[0] if rows else None


def test_the_row_of_a_watch_says_what_is_due_and_from_when_to_when_it_may_be_released():
    begun = watch_of(*ROUND)
    assert (begun.revisits, begun.due, begun.release_from) == (0, us(VERIFIED) + 3 * DAY, FOREVER)
    plan = watch_of(*ROUND, *CLEAN)
    assert (plan.revisits, plan.due) == (4, us("2025-07-20 10:00"))
    assert (plan.release_from, plan.release_until) == (us(VERIFIED) + 180 * DAY, us("2025-07-20 10:00"))
    over = watch_of(*ROUND, *CLEAN, released("2025-07-10 09:00"))
    assert (over.released_at, over.due) == (us("2025-07-10 09:00"), FOREVER)
    assert watch_of(*ROUND, confirmed("2025-03-01 09:00")) is None


@pytest.mark.parametrize(
    "when", ["2025-06-29 12:00", "2025-06-30 12:00", "2025-07-20 10:00", "2025-07-20 10:01"]
)
def test_a_release_is_regular_exactly_in_the_window_that_the_row_names(when):
    row = watch_of(*ROUND, *CLEAN)
    early = "released-early" in judged(given(*ROUND, *CLEAN, released(when))).irregular
    assert early == (not row.release_from <= us(when) <= row.release_until)
