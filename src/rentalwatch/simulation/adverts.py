"""Advertisements 房源: whole flats, rooms and beds, some of them twice, some of them at the wrong home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from rentalwatch.simulation.chance import key_of
from rentalwatch.simulation.lives import Life, Stay

TWICE = 0.4
"""Flats that two agents advertise."""
WRONG_HOME = 0.08
"""Advertisements that name a neighbour's door."""
LIVING_ROOM_COUNTED = 0.04
"""Honest flats advertised with a room more than they have."""
ADVERTISED = {"beds": 0.55, "hostel": 0.85, "partition": 0.6, "dormitory": 0.08}
"""Group rentals that are advertised at all; others find tenants by word of mouth."""
BY_BED = ("beds", "hostel")


@dataclass(frozen=True)
class Advert:
    """An advertisement that is up from a day until another."""

    ad: str
    home: int
    begin: int
    until: int
    by_bed: int
    rooms: int


def adverts(life: Life, size: int) -> list[Advert]:
    """What is advertised of a home, in the order of its stays."""
    home, district = life.home, life.home.estate.district
    chance = Random(f"adverts/{district.seed}/{home.estate.number}/{home.number}")
    found: list[Advert] = []
    for stay in life.stays:
        for begin, until, by_bed, rooms in _offers(stay, life, chance):
            if until <= 0 or begin >= district.days:
                continue
            for _ in range(2 if chance.random() < TWICE else 1):
                where = chance.randrange(size) if chance.random() < WRONG_HOME else home.number
                ad = key_of("ad", district.seed, home.estate.number, home.number, len(found))
                found.append(Advert(f"{ad:016x}", where, begin, until, by_bed, rooms))
    return found


def _offers(stay: Stay, life: Life, chance: Random) -> Iterator[tuple[int, int, int, int]]:
    """(begin, until, by the bed, rooms) of each offer around a stay."""
    rooms, days = life.home.rooms, life.home.estate.district.days
    if stay.group:
        yield from _of_group(stay, rooms, days, chance)
    elif stay.kind == "vacant" and chance.random() < 0.7:
        more = 1 if chance.random() < LIVING_ROOM_COUNTED else 0
        yield stay.begin - chance.randint(0, 15), stay.until, 0, rooms + more
    elif stay.kind == "sharers" and chance.random() < 0.5:
        begin = max(stay.begin, 0) + chance.randint(0, 200)
        if begin < stay.until:
            yield begin, begin + chance.randint(5, 30), 0, rooms + (1 if chance.random() < 0.15 else 0)


def _of_group(stay: Stay, rooms: int, days: int, chance: Random) -> Iterator[tuple[int, int, int, int]]:
    """Beds and rooms become free again and again."""
    if chance.random() >= ADVERTISED[stay.kind]:
        return
    shown = rooms + chance.randint(1, 3) if stay.kind == "partition" else rooms
    begin = max(stay.begin - 5, -40)
    while begin < min(stay.until, days):
        lasts = chance.randint(3, 20)
        yield begin, min(begin + lasts, stay.until + 10), int(stay.kind in BY_BED), shown
        begin += lasts + round(chance.expovariate(1 / 35))
