"""Intervals of shares of few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.shares import wilson


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_published_intervals_come_out(hits: int, tries: int, low: float, high: float) -> None:
    found = wilson(hits, tries)

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_share_lies_in_its_interval_and_the_interval_in_what_is_possible(hits: int, misses: int) -> None:
    found = wilson(hits, hits + misses)

    if hits + misses == 0:
        assert found is None
        return
    assert found is not None
    assert 0 <= found.low <= hits / (hits + misses) <= found.high <= 1


@given(st.integers(0, 50), st.integers(1, 50), st.integers(2, 20))
def test_more_tries_of_the_same_share_say_more(hits: int, misses: int, times: int) -> None:
    few, many = wilson(hits, hits + misses), wilson(hits * times, (hits + misses) * times)

    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


def test_more_hits_than_tries_are_no_share() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
