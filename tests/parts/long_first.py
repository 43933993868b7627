"""Which tests are begun first when several workers share a run: a long one that begins last is waited for.

xdist hands each worker a stretch of the list, as long as the others', and lets whoever is idle take from the
end of another's. So every stretch begins with long ones, of about as many seconds as the others'. A file
whose tests share what takes long to make goes to one worker: each that has a part of it would make it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar


class Long(NamedTuple):
    """Tests by what their node ids begin with, and about how many seconds each takes, or all that stay
    together."""

    beginning: str
    seconds: int
    together: bool = False


LONG = (
    Long("tests/e2e/test_through_a_cluster.py", 180),
    Long(
        "tests/faults/cluster/test_faults.py::test_a_cluster_loses_and_doubles_nothing[kill -9 of a leader",
        100,
    ),
    Long("tests/e2e/test_make_run.py", 50, together=True),
    Long("tests/integration/importers/test_toronto.py", 45, together=True),
    Long("tests/integration/sample/test_writing.py", 35, together=True),
    Long("tests/integration/sample/test_year.py", 30, together=True),
    Long("tests/unit/sample/test_year.py", 30, together=True),
    Long("tests/faults/cluster/test_faults.py", 25),
    Long("tests/integration/importers/test_export.py::test_new_york", 40),
    Long("tests/integration/projections/test_bitemporal.py", 25),
    Long("tests/integration/projections/test_order.py", 25, together=True),
    Long("tests/integration/projections/test_rebuild_under_load.py", 25),
    Long("tests/integration/relay/test_brokers_killed.py", 25),
    Long("tests/e2e/test_documented_examples.py", 20),
    Long("tests/integration/dev/test_cluster.py", 15),
    Long("tests/e2e/test_wheel.py", 15),
    Long("tests/integration/streams/test_processes.py", 15),
    Long("tests/integration/streams/test_standstill.py", 15),
    Long("tests/integration/kafka/test_outsider.py", 15, together=True),
    Long("tests/integration/importers/", 10),
    Long("tests/faults/test_full_disk.py", 10),
)
"""The first that fits holds. What is missing here, or wrong, runs all the same, in a worse order."""

T = TypeVar("T")


def long_one(test: str) -> Long | None:
    """The line of a test, named by its node id; None if it is not one of the long ones."""
    return next((long for long in LONG if test.startswith(long.beginning)), None)


def spread(tests: Sequence[T], workers: int, named: Callable[[T], str]) -> list[T]:
    """All tests, so that every worker's stretch begins with its share of the long ones."""
    sizes = stretches(len(tests), workers)
    hands: list[list[int]] = [[] for _ in sizes]
    seconds = [0] * workers
    taken = set()
    for long, numbers in _shares([named(test) for test in tests]):
        fits = [n for n, hand in enumerate(hands) if len(hand) + len(numbers) <= sizes[n]]
        if fits:
            hand = min(fits, key=seconds.__getitem__)
            hands[hand] += numbers
            seconds[hand] += long.seconds
            taken.update(numbers)
    rest = iter([n for n in range(len(tests)) if n not in taken])
    for hand, size in zip(hands, sizes, strict=True):
        hand += [n for _, n in zip(range(size - len(hand)), rest, strict=False)]
    return [tests[n] for hand in hands for n in hand]


def _shares(names: Sequence[str]) -> list[tuple[Long, list[int]]]:
    """The long tests by number, those that stay together as one; the longest first."""
    found = [(long, n) for n, name in enumerate(names) if (long := long_one(name))]
    together = sorted((one for one in found if one[0].together), key=lambda one: one[0].beginning)
    shares = [(long, [n for _, n in ones]) for long, ones in groupby(together, key=lambda one: one[0])]
    shares += [(long, [n]) for long, n in found if not long.together]
    return sorted(shares, key=lambda share: -share[0].seconds)


def stretches(tests: int, workers: int) -> list[int]:
    """How many tests xdist hands to each worker at the beginning."""
    sizes = []
    for left in range(workers, 0, -1):
        sizes.append(tests // left)
        tests -= sizes[-1]
    return sizes
