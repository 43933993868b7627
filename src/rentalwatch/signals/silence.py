"""Silence 无读数: a meter that always gave readings and gives none any more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.columns import Floats, Mask, Packed

USUAL_DAYS = 28
USUALLY = 25
"""Of the `USUAL_DAYS` before: nearly each."""
ESTATE_SPEAKS = 0.5
"""Where fewer of those that usually have readings have one, it is the estate's line that is silent, not a
home: that day is no day of silence for anybody, and none of readings either."""

_WINDOW = np.uint64(2**USUAL_DAYS - 1)
_ONE = np.uint64(1)


def next_day(seen: Packed, had: Mask) -> tuple[Packed, Floats]:
    """One day on. `seen` [n]: bit k says whether there was a reading k days before, among days on which the
    estate spoke; `had` [n]: which homes have a reading on the new day. Gives the new bits, and for how many
    days each home has been silent, NaN where nothing was usual (or the estate is silent)."""
    usual = np.bitwise_count(seen & _WINDOW) >= USUALLY
    speaks = bool(had.any()) and (not usual.any() or float(had[usual].mean()) >= ESTATE_SPEAKS)
    if not speaks:
        return seen, np.full(had.size, np.nan)
    seen = (seen << _ONE) | had.astype(np.uint64)
    lowest = seen & (~seen + _ONE)
    silent: NDArray[np.uint8] = np.bitwise_count(lowest - _ONE)
    before = np.bitwise_count((seen >> np.minimum(silent, 63).astype(np.uint64)) & _WINDOW)
    return seen, np.where((silent < 64) & (before >= USUALLY), silent.astype(np.float64), np.nan)
