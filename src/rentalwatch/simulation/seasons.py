"""The year around the homes: how warm it is, which days are free, when people are away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from rentalwatch.simulation.chance import Draws, Floats, Ints

MEAN, SWING = 17.5, 12.0
"""°C over the year and half the way from January to July: Shanghai's monthly normals lie within a degree or
two."""
WARMEST = 205
"""Day of the year that is warmest on average (24 July)."""
WITHIN_A_DAY = 4.0
"""°C of the afternoon above the day's mean, and of the early morning below it."""
SPELL = 6
"""Days over which a spell of weather averages out."""

NEW_YEARS = {
    2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17),
    2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31),
    2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
"""First days of the lunar year; other years are taken to begin on 5 February."""


@lru_cache(maxsize=8192)
def to_new_year(day: date) -> int:
    """Days from the nearest Spring Festival 春节 to a day; negative before it."""
    nearest = [date(y, *NEW_YEARS.get(y, (2, 5))) for y in (day.year - 1, day.year, day.year + 1)]
    return min(((day - first).days for first in nearest), key=abs)


def is_free(day: date) -> bool:
    """Whether most people do not work: weekends, a week from Spring Festival's eve, National Day, Labour
    Day."""
    if -1 <= to_new_year(day) <= 6 or (day.month, day.day) == (1, 1):
        return True
    return day.weekday() >= 5 or (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 5)


def warmth(seed: int, day: date) -> Floats:
    """°C of each hour of a day, [24]."""
    first = day.toordinal() - SPELL + 1
    weather = Draws("weather", seed).normal(np.arange(first, first + SPELL))[:, 0].mean() * 2.5 * SPELL**0.5
    phase = 2 * np.pi * (day.timetuple().tm_yday - WARMEST) / 365.25
    hours = np.arange(24)
    in_day = WITHIN_A_DAY * np.cos(2 * np.pi * (hours - 15) / 24)
    curve: Floats = MEAN + SWING * np.cos(phase) + weather + in_day
    return curve


def conditioning(degrees: Floats) -> tuple[Floats, Floats]:
    """What one unit draws for cooling and for heating when somebody is in, kW, each [24]: nothing between 12
    and 26 °C, then more by the degree up to 0.7 kW."""
    cooling = np.clip(0.12 + 0.06 * (degrees - 26.0), 0.0, 0.7) * (degrees > 26.0)
    heating = np.clip(0.10 + 0.05 * (12.0 - degrees), 0.0, 0.7) * (degrees < 12.0)
    return cooling, heating


@dataclass(frozen=True)
class Leave:
    """How likely those of a kind leave for a feast, and for how long around its first day."""

    share: float
    before: int
    after: int


GOING_HOME = {
    "group": Leave(0.85, 10, 16),
    "tenant": Leave(0.65, 6, 10),
    "owner": Leave(0.35, 2, 7),
}
"""Spring Festival. Those who came for work go home for weeks."""
NATIONAL_DAY = {"group": Leave(0.25, 1, 8), "tenant": Leave(0.3, 1, 7), "owner": Leave(0.25, 0, 6)}


def away(day: date, who: str, draws: Floats) -> np.typing.NDArray[np.bool_]:
    """Who is away for a feast, by three draws for each person or household: whether, from when, until
    when."""
    gone = np.zeros(len(draws), dtype=np.bool_)
    for leave, offset in ((GOING_HOME[who], to_new_year(day)), (NATIONAL_DAY[who], _to_national_day(day))):
        begin = -1 - np.floor(draws[:, 1] * leave.before)
        until = 4 + np.floor(draws[:, 2] * (leave.after - 3))
        gone |= (draws[:, 0] < leave.share) & (offset >= begin) & (offset < until)
    return gone


def _to_national_day(day: date) -> int:
    return (day - date(day.year, 10, 1)).days


def week_of(day: date) -> int:
    """The running number of a week from Monday to Sunday."""
    return (day.toordinal() - 1) // 7


def away_on_a_trip(day: date, weekly: Floats) -> np.typing.NDArray[np.bool_]:
    """Which households are on a trip: one in forty each week, one in twelve in July and August, two to five
    days."""
    often = 1 / 12 if day.month in (7, 8) else 1 / 40
    begin = np.floor(weekly[:, 1] * 4)
    until = begin + 2 + np.floor(weekly[:, 2] * 4)
    trip: np.typing.NDArray[np.bool_] = (
        (weekly[:, 0] < often) & (day.weekday() >= begin) & (day.weekday() < until)
    )
    return trip


def days_from(begin: date, number: int) -> date:
    """The day that lies `number` days after another."""
    return begin + timedelta(days=number)


def ordinals(day: date) -> Ints:
    """A day as the one id of a draw."""
    return np.array([day.toordinal()])
