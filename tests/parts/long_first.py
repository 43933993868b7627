"""Which tests are begun first when several workers share a run: a long one that begins last is waited for.

xdist hands each worker a stretch of the list, as long as the others', and lets whoever is idle take from the
end of another's. So every stretch begins with its share of the long ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

LONG = (
    "tests/e2e/test_through_a_cluster.py",
    "tests/integration/projections/test_rebuild_under_load.py",
    "tests/faults/cluster/test_faults.py",
    "tests/integration/relay/test_brokers_killed.py",
    "tests/integration/dev/test_cluster.py",
    "tests/e2e/test_documented_examples.py",
    "tests/e2e/test_wheel.py",
    "tests/integration/sample/",
    "tests/unit/sample/",
    "tests/integration/streams/test_processes.py",
    "tests/integration/streams/test_standstill.py",
    "tests/integration/importers/",
    "tests/faults/test_full_disk.py",
)
"""Where tests of ten seconds and more lie, the longest first; what is missing here runs all the same."""

T = TypeVar("T")


def nth_long(test: str) -> int | None:
    """The place of a test, named by its node id, among the long ones; None if it is not one of them."""
    return next((n for n, beginning in enumerate(LONG) if test.startswith(beginning)), None)


def spread(tests: Sequence[T], workers: int, named: Callable[[T], str]) -> list[T]:
    """All tests, so that every worker's stretch begins with its share of the long ones."""
    places = [nth_long(named(test)) for test in tests]
    long = sorted((place, n) for n, place in enumerate(places) if place is not None)
    rest = iter([test for test, place in zip(tests, places, strict=True) if place is None])
    spread_out: list[T] = []
    for worker, size in enumerate(stretches(len(tests), workers)):
        hand = [tests[n] for _, n in long[worker::workers]]
        spread_out += hand
        spread_out += [test for _, test in zip(range(size - len(hand)), rest, strict=False)]
    return [*spread_out, *rest]


def stretches(tests: int, workers: int) -> list[int]:
    """How many tests xdist hands to each worker at the beginning."""
    sizes = []
    for left in range(workers, 0, -1):
        sizes.append(tests // left)
        tests -= sizes[-1]
    return sizes
