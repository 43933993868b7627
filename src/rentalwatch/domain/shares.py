"""How far a share of few may be from what it is a sample of."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054
"""The standard normal's 97.5 % quantile: an interval that holds in 95 of 100 samples."""


class Interval(NamedTuple):
    """From 0 to 1."""

    low: float
    high: float


def wilson(hits: int, tries: int, z: float = Z_95) -> Interval | None:
    """The score interval of a share (E. B. Wilson, JASA 22, 1927): it stays within 0 and 1, and means
    something for few tries, where "± standard error" does not. None without a try.

    Raises ValueError if there are more hits than tries.
    """
    if not 0 <= hits <= tries:
        raise ValueError(f"{hits} of {tries}")
    if tries == 0:
        return None
    share, spread = hits / tries, z * z / tries
    middle = share + spread / 2
    half = z * sqrt(share * (1 - share) / tries + spread / (4 * tries))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return Interval(0.0 if hits == 0 else low, 1.0 if hits == tries else high)
