"""What meters show on a day: registers at every hour, from who is in and how warm it is."""

from __future__ import annotations

import numpy as np

from rentalwatch.simulation.chance import Draws, Floats, Ints
from rentalwatch.simulation.households import SHOP, Day, Households
from rentalwatch.simulation.kinds import KINDS, POWER, PRESENT, WATER
from rentalwatch.simulation.seasons import conditioning, warmth

SCATTER = 0.45
"""Deviation of the logarithm of an hour's use from its mean."""
LEAK, LEAKS = 0.004, 9.0
"""Homes in which a cistern runs for a month, and how many litres an hour it loses."""
GAS_EACH, GAS_BASE = 0.22, 0.15
"""m³ a person and day, and a home and day: cooking and hot water."""
GAS_KINDS = np.array([0.55 if kind.group else 1.0 for kind in KINDS])
"""Where many share a kitchen, or have none, less gas is burnt a head."""


class Registers:
    """The registers of an estate's meters, in Wh, litres and litres of gas: they only ever rise."""

    def __init__(self, households: Households, size: int, seed: int) -> None:
        self._households, self._seed = households, seed
        self._homes = np.arange(size)
        u = households.draws("registers").uniform(self._homes, 4)
        self._power = (u[:, 0] * 40_000_000).astype(np.int64)
        self._water = (u[:, 1] * 1_500_000).astype(np.int64)
        self._gas = (u[:, 2] * 3_000_000).astype(np.int64)
        self._piped = u[:, 3] < 0.8

    def electricity(self, day: Day) -> Ints:
        """Wh at the start of each hour of the day, [home, hour]; the day's use is taken along."""
        self._power, shown = _advance(self._power, self._kwh(day) * 1_000)
        return shown

    def water(self, day: Day) -> Ints:
        """Litres at the start of each hour of the day, [home, hour]."""
        self._water, shown = _advance(self._water, self._litres(day))
        return shown

    def gas(self, day: Day) -> Ints:
        """Litres at the start of the day, [home, 1]; −1 where no gas is laid on."""
        kind = day.stays["kind"]
        scatter = np.exp(SCATTER * self._draws("gas", day).normal(self._homes)[:, 0])
        used = (day.inside * GAS_EACH + GAS_BASE * (day.inside > 0)) * GAS_KINDS[kind] * scatter
        self._gas, shown = _advance(self._gas, used[:, None] * 1_000)
        return np.where(self._piped[:, None], shown, -1)

    def _draws(self, purpose: str, day: Day) -> Draws:
        return self._households.draws(purpose, day.number)

    def _kwh(self, day: Day) -> Floats:
        """kWh of each hour, [home, hour]."""
        stays, kind = day.stays, day.stays["kind"]
        persons = day.inside + 0.7 * day.guests
        scatter = np.exp(SCATTER * self._draws("power", day).normal(self._homes, 24) - SCATTER**2 / 2)
        someone = (persons * stays["each"])[:, None] * POWER[day.free, kind] * scatter
        closed = np.where((kind == SHOP) & (day.inside == 0), 0.3, 1.0)
        hum = 0.9 + 0.2 * self._draws("base", day).uniform(self._homes, 24)
        used: Floats = (stays["base"] * closed / 24)[:, None] * hum + someone
        return used + self._conditioned(day, persons)

    def _conditioned(self, day: Day, persons: Floats) -> Floats:
        """kWh of each hour for cooling and heating: units run where somebody is in."""
        stays = day.stays
        cooling, heating = conditioning(warmth(self._seed, day.date))
        if not (cooling.any() or heating.any()):
            return np.zeros((len(persons), 24))
        present = 1 - (1 - PRESENT[day.free, stays["kind"]]) ** np.maximum(persons / 2, 0.5)[:, None]
        used = stays["cooling"][:, None] * cooling + stays["heating"][:, None] * heating
        mood = 0.6 + 0.8 * self._draws("mood", day).one(self._homes)
        conditioned: Floats = used * present * (mood * (persons > 0))[:, None]
        return conditioned

    def _litres(self, day: Day) -> Floats:
        """Litres of each hour, [home, hour]."""
        stays = day.stays
        persons = day.inside + 0.8 * day.guests
        deviation = 1.6 * SCATTER  # water comes in fewer, greater draughts
        scatter = np.exp(deviation * self._draws("water", day).normal(self._homes, 24) - deviation**2 / 2)
        used: Floats = (persons * stays["litres"])[:, None] * WATER[day.free, stays["kind"]] * scatter
        month = self._households.draws("leak", day.number // 30).one(self._homes)
        return used + np.where(month < LEAK, LEAKS, 0.0)[:, None]


def _advance(register: Ints, used: Floats) -> tuple[Ints, Ints]:
    """(the register after the day, the register at the start of each of its parts)."""
    whole = np.rint(used).astype(np.int64)
    after = register[:, None] + np.cumsum(whole, axis=1)
    return after[:, -1], after - whole
