"""Chance as a function, not as a state: what falls to a home on a day is a hash of seed, estate, day, purpose
and home. So nothing depends on what was generated before it or beside it, or on the version of a library.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_WIDEST = np.uint64(1 << 12)
"""Draws of one id under one key at the most."""


def mixed(values: Ids) -> Ids:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit of it changes half of the result."""
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def key_of(*parts: object) -> int:
    """A number of 64 bits for what is named."""
    return int.from_bytes(blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


class Draws:
    """What chance gives under a key, by id: the same id gets the same, whoever else draws."""

    def __init__(self, *key: object) -> None:
        self._key = np.array([key_of(*key)], dtype=np.uint64)

    def bits(self, ids: Ids | Ints, width: int = 1) -> Ids:
        """64 random bits, [ids, width]."""
        first: Ids = ids.astype(np.uint64)[:, None] * _WIDEST
        each: Ids = np.arange(width, dtype=np.uint64)
        at = (first + each) * _GOLDEN
        return mixed(mixed(at + self._key) + self._key)

    def uniform(self, ids: Ids | Ints, width: int = 1) -> Floats:
        """In [0, 1), [ids, width]."""
        return (self.bits(ids, width) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def one(self, ids: Ids | Ints) -> Floats:
        """In [0, 1), one for each id."""
        return self.uniform(ids)[:, 0]

    def normal(self, ids: Ids | Ints, width: int = 1) -> Floats:
        """Of mean 0 and deviation 1, [ids, width] (Box and Muller)."""
        both = self.uniform(ids, 2 * width)
        radius: Floats = np.sqrt(-2.0 * np.log1p(-both[:, :width]))
        return radius * np.cos(2.0 * np.pi * both[:, width:])

    def poisson(self, ids: Ids | Ints, rate: Floats) -> Ints:
        """How many independent occurrences, `rate` expected for each id (by inversion; rates below 100)."""
        wanted, many = self.one(ids), np.zeros(len(ids), dtype=np.int64)
        likely = np.exp(-rate)
        below = likely.copy()
        for n in range(1, 400):
            more = wanted > below
            if not more.any():
                break
            many += more
            likely = likely * rate / n
            below += likely
        return many
