"""Facts of one instant: the rank of their kinds decides, then the record, never the order of arrival."""

from itertools import permutations

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import standing
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    Said,
    claimed,
    confirmed,
    deregistered,
    extended,
    failed_visit,
    finding,
    given,
    inspected,
    lead,
    noticed,
    rejected,
    released,
    say,
    verified,
)

NOON = "2025-03-10 12:00"
A, B = finding("a"), finding("b")
RANKED: list[Said] = [
    say(ev.DwellingRegistered, NOON, label="12 / 302"),
    inspected(NOON, "check"),
    confirmed(NOON, A, implied=True),
    confirmed(NOON, A),
    noticed(NOON, A, by="2025-03-17"),
    extended(NOON, A, by="2025-03-20"),
    failed_visit(NOON),
    claimed(NOON, A),
    rejected(NOON, A),
    verified(NOON, A),
]


def kinds(told: list[Said]) -> list[tuple[type[ev.Event], bool]]:
    return [(type(f.event), getattr(f.event, "implied", False)) for f in standing(given(told))]


def test_at_one_instant_facts_are_judged_by_the_rank_of_their_kind():
    expected = [(type(s.event), getattr(s.event, "implied", False)) for s in RANKED]
    assert kinds(RANKED[::-1]) == expected
    assert kinds(RANKED[5:] + RANKED[:5]) == expected


@pytest.mark.parametrize("other", [lead(NOON), deregistered(NOON), released(NOON)])
def test_every_other_kind_comes_last(other):
    assert standing(given(other, RANKED))[-1].event == other.event


def test_found_claimed_and_seen_gone_at_one_instant_is_a_whole_round_in_any_order():
    told = [inspected(NOON, "check"), confirmed(NOON, A, visit="check"), claimed(NOON, A), verified(NOON, A)]
    for order in permutations(told):
        then = judged(given(*order))
        assert (then.state.state, then.fates, then.irregular) == ("verified", ["verified"], [])


def test_confirmed_and_verified_on_one_day_known_only_to_the_day_is_a_round_closed():
    home = given(verified("2025-03-10", A), confirmed("2025-03-10", A))
    assert judged(home).state.state == "verified"


def test_a_claim_of_a_day_lies_after_a_confirmation_at_any_time_of_it():
    home = given(
        confirmed("2025-03-01", A), claimed("2025-03-10", A), confirmed("2025-03-10 23:59:59.999998", B)
    )
    assert judged(home).fates == ["pending"]


def test_a_rejection_of_the_day_of_the_claim_ends_it():
    home = given(confirmed("2025-03-01", A), rejected("2025-03-10", A), claimed("2025-03-10", A))
    assert judged(home).fates == ["rejected"]


def test_records_of_one_kind_and_instant_are_judged_by_record_id():
    one, other = confirmed(NOON, A, record="one"), confirmed(NOON, B, record="other")
    by_id = sorted([one.event, other.event], key=lambda e: e.record_id.int)
    assert [f.event for f in standing(given(one, other))] == by_id
    assert [f.event for f in standing(given(other, one))] == by_id
