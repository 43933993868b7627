"""Waits grow and are spread; what the other side asks for is obeyed, within bounds; giving up is certain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.delivery.rate import Bucket, burst
from rentalwatch.delivery.retrying import Retries
from rentalwatch.domain.instants import SECOND

USUAL = Retries()
DRAWS = st.floats(0, 1, exclude_max=True)
NOW = 1_767_240_000 * SECOND


def wait(retries: Retries, tries: int, asked: float | None = None, draw: float = 1.0) -> float | None:
    """Seconds until the next try, of a message first tried just now."""
    at = retries.next_at(NOW, tries, NOW, asked, lambda: draw)
    return None if at is None else (at - NOW) / SECOND


def test_the_longest_wait_doubles_up_to_its_bound() -> None:
    longest = [wait(USUAL, tries) for tries in range(1, 15)]
    assert longest[:4] == [5, 10, 20, 40]
    assert longest[-1] == USUAL.longest_seconds


def test_it_is_drawn_from_nothing_to_the_longest() -> None:
    assert wait(USUAL, 4, draw=0.0) == 0
    assert wait(USUAL, 4, draw=0.5) == 20


@given(st.integers(1, 49), DRAWS, st.floats(allow_nan=False))
def test_what_is_asked_for_is_obeyed_within_bounds(tries: int, draw: float, asked: float) -> None:
    waited = wait(USUAL, tries, asked, draw)
    assert waited is not None
    assert min(asked, USUAL.longest_seconds) - 1e-6 <= waited <= USUAL.longest_seconds


def test_it_is_given_up_after_so_many_tries_or_hours() -> None:
    assert wait(USUAL, USUAL.attempts - 1) is not None
    assert wait(USUAL, USUAL.attempts) is None
    day_ago = NOW - 24 * 3_600 * SECOND
    assert USUAL.next_at(NOW, 2, day_ago, None, lambda: 0.5) is None
    assert USUAL.next_at(NOW, 2, day_ago + SECOND, None, lambda: 0.5) is not None


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(0, 9)), max_size=80))
def test_no_minute_holds_more_than_is_allowed_wherever_it_begins(
    per_minute: int, asked: list[tuple[int, int]]
) -> None:
    bucket, now = Bucket(float(burst(per_minute)), NOW), NOW
    went: list[int] = []
    for pause, wanted in asked:
        now += pause
        granted, bucket = bucket.taken(wanted, now, per_minute)
        went += [now] * granted
    for begin in went:
        assert sum(begin <= at < begin + 60 * SECOND for at in went) <= per_minute


def test_a_robots_twenty_a_minute_come_about_in_the_long_run() -> None:
    bucket, went = Bucket(float(burst(20)), NOW), 0
    for second in range(3_600):
        granted, bucket = bucket.taken(1, NOW + second * SECOND, 20)
        went += granted
    assert 15 * 60 <= went <= 20 * 60


def test_a_clock_set_back_fills_no_bucket() -> None:
    assert Bucket(0.0, NOW).taken(5, NOW - 3_600 * SECOND, 20) == (0, Bucket(0.0, NOW))
