"""From what stands on meters to what was used 用量: hour by hour, of a day that is closed.

Between two readings what was used is spread evenly over the hours from the one to the other. Hours after a
day's last reading are not known yet; when the next reading comes they are added to what is kept of that day
(`earlier`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.columns import Floats, Ints, Mask, Packed

HOURS = 24
MOST_A_DAY = {"electricity": 480_000, "water": 20_000, "gas": 60_000}
"""Wh or litres that a home can use at the most: 20 kW around the clock, a pipe that stands open. What a
register gained beyond that was not used: the meter is another."""
SHORTEST = 6
"""Hours: within fewer, a quarter of a day's most is possible."""
GAP_HOURS = 25
"""A meter that is read once a day has no gaps."""
NO_HOUR = 0
"""Hours are counted from 1970 in the estate's zone; a base at 0 is none."""
REGISTER = np.uint64(2**32 - 1)


class Base(NamedTuple):
    """The last reading of each home, [n]: its hour, and what stood on the meter."""

    hour: Ints
    register: Ints


class Used(NamedTuple):
    """What a day's readings say. `by_hour` [n, 24], NaN where nothing is known; `spread` [n, 24], hours of
    which only the sum with others is known; `level` [n], a day's amount by every gain of the register,
    however impossible, NaN if there is none; `readings`, `jumps`, `gaps` [n]; `base`, the last readings
    now."""

    by_hour: Floats
    spread: Mask
    level: Floats
    readings: Ints
    jumps: Ints
    gaps: Ints
    base: Base


class _Pairs(NamedTuple):
    """Of each reading and the one before it, [n, 24]: whether there are both, hours between them, gain."""

    paired: Mask
    span: Ints
    gain: Ints


def used(kind: str, day: int, points: Packed, base: Base) -> Used:
    """`points` [n, 24]: the last reading of each hour, 0 for none, its register in the lower 32 bits."""
    has = points != 0
    register = (points & REGISTER).astype(np.int64)
    last = np.maximum.accumulate(np.where(has, np.arange(HOURS), -1), axis=1)
    paired, span, gain = _pairs(day * HOURS, has, register, last, base)
    most = MOST_A_DAY[kind] / HOURS * np.maximum(span, SHORTEST)
    jump = paired & ((gain < 0) | (gain > most))
    following = np.minimum.accumulate(np.where(has, np.arange(HOURS), HOURS)[:, ::-1], axis=1)[:, ::-1]
    return Used(
        by_hour=_of_reading(np.where(paired & ~jump, gain / span, np.nan), following, np.nan),
        spread=_of_reading(span > 1, following, False),
        level=_level(paired & (gain >= 0), span, gain),
        readings=has.sum(axis=1),
        jumps=jump.sum(axis=1),
        gaps=(paired & (span > GAP_HOURS)).sum(axis=1),
        base=_new_base(day * HOURS, register, last[:, -1], base),
    )


def earlier(day: int, base: Base, by_hour: Floats, back: int) -> tuple[Floats, Ints]:
    """What the day's first readings say of the day `back` days before: (amounts, hours), [n] both. Only the
    hours since the last reading are told; they are used as the first hour of the day."""
    began, ended = (day - back) * HOURS, (day - back + 1) * HOURS
    known = (base.hour != NO_HOUR) & ~np.isnan(by_hour[:, 0])
    hours = np.where(known, np.clip(ended - 1 - np.maximum(base.hour, began - 1), 0, HOURS), 0)
    return np.where(hours > 0, np.where(known, by_hour[:, 0], 0.0) * hours, 0.0), hours


def _pairs(began: int, has: Mask, register: Ints, last: Ints, base: Base) -> _Pairs:
    prior = np.concatenate((np.full((has.shape[0], 1), -1), last[:, :-1]), axis=1)
    inside = prior >= 0
    prior_hour = np.where(inside, began + prior, base.hour[:, None])
    of_prior = np.take_along_axis(register, np.maximum(prior, 0), axis=1)
    paired = has & (prior_hour != NO_HOUR)
    return _Pairs(
        paired,
        np.where(paired, began + np.arange(HOURS) - prior_hour, 1),
        np.where(paired, register - np.where(inside, of_prior, base.register[:, None]), 0),
    )


def _of_reading(values: NDArray[Any], following: Ints, nothing: float) -> NDArray[Any]:
    """For each hour the value of the reading that ends it, [n, 24]; `nothing` where there is none."""
    one_more = np.concatenate((values, np.full((values.shape[0], 1), nothing, dtype=values.dtype)), axis=1)
    return np.take_along_axis(one_more, following, axis=1)


def _level(gained: Mask, span: Ints, gain: Ints) -> Floats:
    hours = np.where(gained, span, 0).sum(axis=1)
    return np.where(hours > 0, np.where(gained, gain, 0).sum(axis=1) / np.maximum(hours, 1) * HOURS, np.nan)


def _new_base(began: int, register: Ints, last: Ints, base: Base) -> Base:
    read = last >= 0
    latest = np.take_along_axis(register, np.maximum(last, 0)[:, None], axis=1)[:, 0]
    return Base(np.where(read, began + last, base.hour), np.where(read, latest, base.register))
