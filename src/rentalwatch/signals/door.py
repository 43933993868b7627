"""The door 入口: which readings of a batch are taken, and why others are not. Each is counted once, under the
first reason that holds, in the order of the lines below.

The wall clock is not asked: a record says when it was sent, which is written where it enters.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.batches import AHEAD_SECONDS, Batch
from rentalwatch.signals.columns import Floats, Ints, Mask
from rentalwatch.signals.days import DAY
from rentalwatch.signals.records import FIRST_SECOND

OLDEST_SECONDS = 30 * DAY
"""Raw readings are kept for 30 days: nobody can send an older one."""

GREATEST_REGISTER = 2**32 - 1
"""In Wh or litres: 4.3 million kWh or 4.3 million m³, which no home's meter reaches."""
A_THOUSAND = 1000
IN_THE_SMALL = {"kWh": A_THOUSAND, "m3": A_THOUSAND, "Wh": 1, "l": 1}
"""Registers are kept in Wh and litres, as whole numbers."""
MOST_ROOMS = 63


class Passed(NamedTuple):
    """Which readings are taken (places in the batch), of which homes, and how many of the others why not."""

    taken: NDArray[np.intp]
    home: Ints
    counted: Counter[str]


def passed(batch: Batch, places: dict[str, int]) -> Passed:
    """Looks at every reading. `places`: name of a home → its place in the estate."""
    found = chain(map(places.get, batch.names, repeat(-1)), (-1,))
    of_name = np.fromiter(found, dtype=np.int64, count=len(batch.names) + 1)
    home = of_name[np.where(batch.bad_index | batch.no_number, len(batch.names), batch.home)]
    counted: Counter[str] = Counter()
    rest = np.ones(batch.size, dtype=np.bool_)
    for reason, wrong in _reasons(batch, home):
        hit = rest & wrong
        n = int(np.count_nonzero(hit))
        if n:
            counted[reason] += n
            rest &= ~hit
    taken = np.flatnonzero(rest)
    return Passed(taken, home[taken], counted)


def _reasons(batch: Batch, home: Ints) -> list[tuple[str, Mask]]:
    at, sent = batch.at, batch.sent_at
    return [
        ("not_a_number", batch.no_number),
        ("bad_index", batch.bad_index),
        ("unknown_dwelling", home < 0),
        ("future", at > sent + AHEAD_SECONDS),
        ("too_old", at < max(FIRST_SECOND, sent - OLDEST_SECONDS)),
        *_of_values(batch),
    ]


def _of_values(batch: Batch) -> list[tuple[str, Mask]]:
    if batch.value is not None:
        register = batch.value * IN_THE_SMALL[batch.unit]
        beyond = register > GREATEST_REGISTER
        as_smaller = batch.value <= GREATEST_REGISTER if batch.unit in ("kWh", "m3") else False
        return [("negative", batch.value < 0), ("unit_suspect", beyond & as_smaller), ("too_large", beyond)]
    if batch.rooms is not None and batch.by_bed is not None:
        return [
            ("negative", (batch.rooms < 0) | (batch.by_bed < 0)),
            ("too_large", (batch.rooms > MOST_ROOMS) | (batch.by_bed > 1)),
        ]
    return []


def is_small(unit: str) -> bool:
    """Whether readings come in the unit in which they are kept."""
    return IN_THE_SMALL[unit] == 1


def in_the_small(values: Floats, unit: str) -> Ints:
    """Registers in Wh or litres, rounded to whole ones."""
    return np.rint(values * IN_THE_SMALL[unit]).astype(np.int64)
