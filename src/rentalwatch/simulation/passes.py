"""What a gate sees on a day: who comes in, when, with which card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rentalwatch.simulation.chance import Draws, Floats, Ids, Ints, mixed
from rentalwatch.simulation.households import SHOP, STAYS, Day, Households
from rentalwatch.simulation.kinds import ENTRY

RECORDED = 0.85
"""The share of entries that a gate records: the others come in behind somebody."""
BUSY, BUSY_TIMES = 0.012, 4.0
"""Persons who come and go all day (a courier, somebody who keeps the parcels), and how much more often."""
AGAIN = 0.015
"""Passes that are beeped twice within seconds."""
WITH_CODE = 0.7
"""The share of a shop's customers who come in with a visitor's code; the others are let in."""
REGULARS, REGULAR = 60, 0.3
"""Customers that a shop knows, and the share of visits that are theirs."""

_SHARED, _GUEST, _CUSTOMER = 1 << 60, 1 << 61, 1 << 62
"""Where ids of cards begin that are no person's own."""


@dataclass(frozen=True)
class Passes:
    """Passes of a day in the order of time. `second` of the local day; `card`: whose it is, not yet hashed;
    `out`: whether somebody left."""

    home: Ints
    second: Ints
    card: Ids
    out: NDArray[np.bool_]


def passes(households: Households, day: Day, *, both_ways: bool) -> Passes:
    """The passes of a day. `both_ways`: the gate asks for a card on the way out, too."""
    parts = [_of_residents(households, day), _of_guests(households, day), _of_customers(households, day)]
    home, second, card = (np.concatenate(column) for column in zip(*parts, strict=True))
    u = households.draws("gate", day.number).uniform(np.arange(len(home)), 4)
    out = np.zeros(len(home), dtype=np.bool_)
    if both_ways:
        left = np.clip(second - 1_200 - u[:, 0] * 32_000, 60 * u[:, 1], 86_399).astype(np.int64)
        home, card, second = np.tile(home, 2), np.tile(card, 2), np.concatenate([second, left])
        out, u = np.concatenate([out, ~out]), np.tile(u, (2, 1))
    again = u[:, 2] < AGAIN
    later = np.minimum(second[again] + 1 + (u[again, 3] * 4).astype(np.int64), 86_399)
    home, card = np.concatenate([home, home[again]]), np.concatenate([card, card[again]])
    second, out = np.concatenate([second, later]), np.concatenate([out, out[again]])
    order = np.lexsort((card, home, second))
    return Passes(home[order], second[order], card[order], out[order])


def hashed(card: Ids, key: int) -> list[str]:
    """The keyed hash of each card, 16 hex digits."""
    keyed = mixed(mixed(card + np.uint64(1)) ^ np.uint64(key))
    return [f"{value:016x}" for value in keyed.tolist()]


def _times(draws: Draws, ids: Ints, kind: Ints) -> Ints:
    """When entries of a kind of home happen, second of the day."""
    u = draws.uniform(ids, 2)
    hour = np.minimum((u[:, :1] >= ENTRY[kind]).sum(axis=1), 23)
    second: Ints = (hour * 3_600 + np.floor(u[:, 1] * 3_600)).astype(np.int64)
    return second


def _spread(many: Ints) -> Ints:
    """Which one each of so many belongs to."""
    return np.repeat(np.arange(len(many)), many)


def _of_residents(households: Households, day: Day) -> tuple[Ints, Ints, Ids]:
    stays = day.stays[day.home]
    who = day.bed.astype(np.int64)
    habit = households.draws("habit").uniform(who, 2)
    rate = stays["comes"] * RECORDED * (0.6 + 0.8 * habit[:, 0]) * (0.85 if day.free else 1.0)
    rate = np.where((habit[:, 1] < BUSY) & (day.inside[day.home] <= 4), rate * BUSY_TIMES, rate)
    came = _spread(households.draws("entries", day.number).poisson(who, rate))
    second = _times(households.draws("entry times", day.number), np.arange(len(came)), stays["kind"][came])
    return day.home[came], second, _cards(day)[came]


def _cards(day: Day) -> Ids:
    """The card of each person there: their own, the one of the bed, or one that is handed round."""
    stays = day.stays[day.home]
    bed = np.where(stays["handed_on"], day.bed - day.bed % np.uint64(1024), day.bed)
    lent = (stays["home"] * STAYS + stays["stay"]) * 8 + day.slot % stays["shared"]
    return np.where(day.slot < stays["own"], bed, lent.astype(np.uint64) + np.uint64(_SHARED))


def _of_guests(households: Households, day: Day) -> tuple[Ints, Ints, Ids]:
    """Half of the guests get a code for the gate."""
    home = _spread(day.guests)
    u = households.draws("guest", day.number).uniform(np.arange(len(home)), 2)
    came = np.repeat(np.flatnonzero(u[:, 0] < 0.5), 2)
    ids = np.arange(len(came))
    second = _times(households.draws("guest times", day.number), ids, day.stays["kind"][home[came]])
    code = (home * 4_000 + day.number // 3) * 16 + np.arange(len(home)) % 16
    return home[came], second, code[came].astype(np.uint64) + np.uint64(_GUEST)


def _of_customers(households: Households, day: Day) -> tuple[Ints, Ints, Ids]:
    """Customers of a shop come in the day, with a code of that day unless they are known."""
    expected: Floats = np.where(day.stays["kind"] == SHOP, day.stays["calls"] * WITH_CODE, 0.0)
    expected = expected * (day.inside > 0)
    home = _spread(households.draws("customers", day.number).poisson(np.arange(len(expected)), expected))
    ids = np.arange(len(home))
    u = households.draws("customer", day.number).uniform(ids, 3)
    second = (9 * 3_600 + np.floor(u[:, 0] * 11 * 3_600)).astype(np.int64)
    known = np.floor(u[:, 1] * REGULARS).astype(np.int64)
    code = home * 4_000_000 + np.where(u[:, 2] < REGULAR, known, 1_000 + day.number * 1_000 + ids % 1_000)
    return home, second, code.astype(np.uint64) + np.uint64(_CUSTOMER)
