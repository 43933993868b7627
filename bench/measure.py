"""What a benchmark returns, and how ours and the peer are timed side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

SMALLER_IS_BETTER = {"ms", "MB"}


class Row(NamedTuple):
    """One line of the table. `floor` and `goal` are of the ratio; where there is no peer, of `ours`."""

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    floor: float | None
    goal: float | None
    unit: str

    @property
    def judged(self) -> float:
        """The number that floor and goal speak of."""
        return self.ours if self.ratio is None else self.ratio

    def meets(self, bound: float | None) -> bool | None:
        """Whether a floor or goal is met; None if there is none."""
        if bound is None:
            return None
        return self.judged <= bound if self.unit in SMALLER_IS_BETTER else self.judged >= bound


Timed = Callable[[], float]
"""Does its work once and returns its rate (things a second)."""


def alternate(ours: Timed, peer: Timed, rounds: int = 3) -> tuple[float, float, float]:
    """(ours, peer, ratio): medians over rounds that take turns, so that noise of the machine hits both."""
    pairs = [(ours(), peer()) if n % 2 else (peer(), ours())[::-1] for n in range(rounds)]
    return (
        median(mine for mine, _ in pairs),
        median(theirs for _, theirs in pairs),
        median(mine / theirs for mine, theirs in pairs),
    )


class Watch:
    """How long a block took, in seconds."""

    seconds = 0.0

    def rate(self, things: int) -> float:
        return things / self.seconds


@contextmanager
def timed() -> Iterator[Watch]:
    watch = Watch()
    began = time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - began


def milliseconds(act: Callable[[], object], times: int) -> list[float]:
    """How long each of several calls took, sorted."""
    took = []
    for _ in range(times):
        with timed() as watch:
            act()
        took.append(watch.seconds * 1000)
    return sorted(took)
