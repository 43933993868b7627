"""A run that workers share begins with its long tests, and runs every test once."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.terminal import ROOT
from tests.parts.long_first import LONG, nth_long, spread, stretches

tests = st.lists(st.sampled_from([*LONG, "tests/unit/a.py", "tests/unit/b.py"]), max_size=60)


@given(tests, st.integers(1, 8))
def test_every_test_runs_once(found: list[str], workers: int) -> None:
    numbered = list(enumerate(found))

    assert sorted(spread(numbered, workers, lambda test: test[1])) == numbered


@given(st.integers(0, 40), st.integers(60, 300), st.integers(1, 8))
def test_every_worker_begins_with_its_share_of_the_long_ones(long: int, short: int, workers: int) -> None:
    found = ["tests/unit/a.py"] * short + [LONG[n % len(LONG)] for n in range(long)]

    ordered = spread(found, workers, str)

    bounds = [0, *accumulate(stretches(len(found), workers))]
    hands = [[nth_long(test) is not None for test in ordered[a:b]] for a, b in pairwise(bounds)]
    assert [sum(hand) for hand in hands] == [len(range(w, long, workers)) for w in range(workers)]
    assert all(hand == sorted(hand, reverse=True) for hand in hands)


def test_the_longest_of_all_is_the_very_first() -> None:
    found = ["tests/unit/a.py", LONG[2], LONG[1], LONG[0], "tests/unit/b.py", "tests/unit/c.py"]

    assert spread(found, 2, str) == [
        LONG[0],
        LONG[2],
        "tests/unit/a.py",
        LONG[1],
        "tests/unit/b.py",
        "tests/unit/c.py",
    ]


def test_what_is_named_there_is_there() -> None:
    assert [place for place in LONG if not (ROOT / place).exists()] == []
