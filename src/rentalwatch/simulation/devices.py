"""The devices of an estate and what is wrong with them for days or for good: clocks off, meters replaced,
silent or in another unit, homes that nobody has in the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rentalwatch.simulation.chance import Draws, Floats, Ints
from rentalwatch.simulation.district import Estate

CLOCK_OFF, MOST_OFF = 0.03, 540
"""Meters whose clock is off for good, and by how many seconds at the most."""
REPLACED, FAILS = 0.02, 0.005
"""Meters that are replaced, and that fall silent for good, in a year."""
GAP, LONGEST_GAP = 0.003, 72
"""How often a meter begins to lose readings, a day, and for how many hours at the most."""
WRONG_UNIT = 0.6
"""Estates, of those that tell kWh, in which one electricity meter tells Wh as if it were kWh for some
weeks."""
NOT_READ = 0.02
"""Homes whose water meter nobody reads from afar."""
GATE_CLOCK_OFF, GATE_MOST_OFF = 0.06, 780
"""Spells of ten days with a gate's clock off, and by how many seconds at the most: some of it lies in the
future."""
GATE_SILENT = 0.004
"""Days on which a gate tells nothing; half of these it tells one or two days later."""
UNKNOWN = 2
"""Homes of an estate that nobody has in the book."""
UNKNOWN_PASSES = 0.003
"""The share of passes that are theirs."""


@dataclass(frozen=True)
class GateDay:
    """How a gate is on a day: seconds that its clock is ahead; whether what it saw is lost, or comes so many
    seconds later."""

    ahead: int
    lost: bool
    later: int


def tells_in_wh(estate: Estate) -> bool:
    """Every fourth estate tells electricity in Wh, and says so."""
    return estate.number % 4 == 2


class Gate:
    """The gate of an estate."""

    def __init__(self, estate: Estate) -> None:
        self._draws = Draws("gate", estate.district.seed, estate.number)

    def on(self, day: int) -> GateDay:
        """How it is on a day."""
        clock = self._draws.uniform(np.array([day // 10]), 2)[0].tolist()
        u = self._draws.uniform(np.array([500_000 + day]), 3)[0].tolist()
        ahead = int((2 * clock[1] - 1) * GATE_MOST_OFF) if clock[0] < GATE_CLOCK_OFF else 0
        silent = u[0] < GATE_SILENT
        return GateDay(ahead, silent and u[1] < 0.5, 86_400 + int(u[2] * 86_400) if silent else 0)


class Meters:
    """The meters of one kind of an estate: turns what was used into what they show."""

    def __init__(self, estate: Estate, kind: str) -> None:
        self._draws = Draws("meters", kind, estate.district.seed, estate.number)
        self._homes, self._estate, self._kind = np.arange(estate.size), estate, kind
        u = self._draws.uniform(self._homes, 8)
        off = np.rint((2 * u[:, 1] - 1) * MOST_OFF)
        self._clock = (np.where(u[:, 0] < CLOCK_OFF, off, 0) + np.floor(u[:, 2] * 60)).astype(np.int64)
        """Seconds after the hour at which each meter reads itself."""
        self._replaced = _day_of_the_year(u[:, 3], REPLACED)
        self._silent = _day_of_the_year(u[:, 4], FAILS)
        self._read = (u[:, 5] >= NOT_READ) if kind == "water" else np.ones(estate.size, dtype=np.bool_)
        self._offset = np.zeros(estate.size, dtype=np.int64)

    def shown(self, day: int, registers: Ints) -> Ints:
        """Registers as they are shown, [home, hour]: a new meter begins near nothing at noon of its day."""
        shown = registers + self._offset[:, None]
        for home in np.flatnonzero(self._replaced == day).tolist():
            noon = registers.shape[1] // 2
            self._offset[home] = 40 - registers[home, noon]
            shown[home, noon:] = registers[home, noon:] + self._offset[home]
        return shown

    def instants(self, hours: int) -> Ints:
        """Seconds of the day at which they are read, [home, hour]."""
        return np.arange(hours) * 3_600 + self._clock[:, None]

    def heard(self, day: int, hours: int) -> NDArray[np.bool_]:
        """Which readings reach the collector at all, [home, hour]."""
        heard = np.repeat((self._read & ((self._silent < 0) | (day < self._silent)))[:, None], hours, axis=1)
        at = np.arange(hours)
        for back in range(LONGEST_GAP // 24 + 1):
            u = self._draws.uniform(self._homes + (day - back + 100) * 10_000, 3)
            first = np.floor(u[:, 1] * 24) - 24 * back
            last = first + np.floor(2 * (LONGEST_GAP / 2) ** u[:, 2])
            gone = (u[:, 0] < GAP)[:, None] & (at >= first[:, None]) & (at < last[:, None])
            heard &= ~gone
        return heard

    def wrong_unit(self, day: int) -> Floats:
        """What each meter's value is multiplied with."""
        factor = np.ones(len(self._homes))
        if self._kind != "electricity" or tells_in_wh(self._estate):
            return factor
        u = self._draws.uniform(np.array([900_000_000]), 4)[0].tolist()
        begin = int(u[1] * 330)
        if u[0] < WRONG_UNIT and begin <= day < begin + 20 + u[2] * 70:
            factor[int(u[3] * len(factor))] = 1_000
        return factor


def _day_of_the_year(u: Floats, share: float) -> Ints:
    """The day on which something happens once, or −1: `share` of them within 365 days."""
    return np.where(u < share, np.floor(u / share * 365), -1).astype(np.int64)
