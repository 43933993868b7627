"""How many messages a channel may be sent: chat robots take 20 a minute and lock out who sends more."""

from __future__ import annotations

from typing import NamedTuple

from rentalwatch.domain.instants import SECOND, Micros

BURST_SHARE = 4
"""A quarter of a minute's messages may go at once. The bucket then fills with the other three quarters a
minute, so that *no* sixty seconds, wherever they begin, hold more than what is allowed."""


class Bucket(NamedTuple):
    """A token bucket as it stood at an instant."""

    tokens: float
    at: Micros

    def taken(self, wanted: int, now: Micros, per_minute: int) -> tuple[int, Bucket]:
        """How many of those wanted may go now, and the bucket after it. A clock set back fills nothing."""
        filled = min(float(burst(per_minute)), self.tokens + self._seconds(now) * _per_second(per_minute))
        granted = min(wanted, int(filled))
        return granted, Bucket(filled - granted, max(now, self.at))

    def _seconds(self, now: Micros) -> float:
        return max(0, now - self.at) / SECOND


def burst(per_minute: int) -> int:
    """How many may go at once after a pause; the size of a full bucket."""
    return max(1, per_minute // BURST_SHARE)


def _per_second(per_minute: int) -> float:
    return max(per_minute - burst(per_minute), 0.5) / 60
