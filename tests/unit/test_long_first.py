"""A run that workers share begins with its long tests, and runs every test once."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.terminal import ROOT
from tests.parts.long_first import LONG, Long, long_one, spread, stretches

SHORT = "tests/unit/a.py"
ALONE = [long for long in LONG if not long.together]
TOGETHER = [long for long in LONG if long.together]
tests = st.lists(st.sampled_from([*(long.beginning for long in LONG), SHORT, "tests/unit/b.py"]), max_size=60)


def hands_of(found: list[str], workers: int) -> list[list[str]]:
    """What each worker begins with."""
    ordered = spread(found, workers, str)
    bounds = [0, *accumulate(stretches(len(found), workers))]
    return [ordered[a:b] for a, b in pairwise(bounds)]


def seconds(hand: list[str]) -> int:
    return sum(long.seconds for test in hand if (long := long_one(test)))


@given(tests, st.integers(1, 8))
def test_every_test_runs_once(found: list[str], workers: int) -> None:
    numbered = list(enumerate(found))

    assert sorted(spread(numbered, workers, lambda test: test[1])) == numbered


@given(st.lists(st.sampled_from(ALONE), max_size=40), st.integers(60, 300), st.integers(1, 8))
def test_every_worker_begins_with_its_share_of_the_long_ones(
    long: list[Long], short: int, workers: int
) -> None:
    found = [SHORT] * short + [one.beginning for one in long]

    hands = hands_of(found, workers)

    for hand in hands:
        lengths = [one.seconds if (one := long_one(test)) else 0 for test in hand]
        assert lengths == sorted(lengths, reverse=True)
    if all(SHORT in hand for hand in hands):  # there was room for more
        longest = max((one.seconds for one in long), default=0)
        assert max(map(seconds, hands)) - min(map(seconds, hands)) <= longest


@given(st.permutations(TOGETHER), st.integers(1, 9), st.integers(2, 8))
def test_tests_that_share_what_takes_long_to_make_stay_with_one_worker(
    files: list[Long], each: int, workers: int
) -> None:
    found = [f"{file.beginning}::{n}" for n in range(each) for file in files] + [SHORT] * 500

    hands = hands_of(found, workers)

    for file in files:
        with_it = [hand for hand in hands if any(test.startswith(file.beginning) for test in hand)]
        assert len(with_it) == 1
        mine = [test for test in with_it[0] if test.startswith(file.beginning)]
        assert mine == [f"{file.beginning}::{n}" for n in range(each)]


def test_the_longest_of_all_is_the_very_first() -> None:
    found = [SHORT, LONG[1].beginning, LONG[0].beginning, SHORT, SHORT, SHORT]

    assert spread(found, 2, str) == [LONG[0].beginning, SHORT, SHORT, LONG[1].beginning, SHORT, SHORT]


def test_what_is_named_there_is_there() -> None:
    places = [long.beginning.partition("::")[0] for long in LONG]
    assert [place for place in places if not (ROOT / place).exists()] == []
