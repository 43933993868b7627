"""Which district: how many homes, where they lie, how many rooms they have, whether much is let by the
room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from rentalwatch.errors import InvalidInputError

ZONE = "Asia/Shanghai"
"""Everything lies in one zone, which has had no summer time since 1991."""
NAMES = UUID("5b0c8f62-6a7e-5a53-9d3b-0d2f0c1c7e11")
"""The name space of the homes' ids."""
HOMES_AN_ESTATE = 100
"""Unless said otherwise; peers are homes of one estate, so much smaller ones have none."""
MOST_OF_AN_ESTATE = 4_000
LETTING = (1.8, 1.0, 0.6, 0.6)
"""How much more or less is let by the room in an estate, in turn: near a market or a factory, and not."""


@dataclass(frozen=True)
class District:
    """A generated district and the days that are told of it. Raises InvalidInputError."""

    seed: int
    dwellings: int = 400
    days: int = 365
    begin: date = date(2025, 7, 1)
    homes_an_estate: int = HOMES_AN_ESTATE
    gas: bool = False

    def __post_init__(self) -> None:
        for told, value, least, most in (
            ("--dwellings", self.dwellings, 1, 1_000_000),
            ("--days", self.days, 1, 3_660),
            ("--seed", self.seed, 0, 2**63 - 1),
            ("homes an estate", self.homes_an_estate, 1, MOST_OF_AN_ESTATE),
        ):
            if not least <= value <= most:
                raise InvalidInputError(
                    f"{told} is {value}; it lies between {least:,} and {most:,}",
                    todo="Choose a number in that range.",
                    code="RW-OPTIONS",
                )

    @property
    def midnight(self) -> int:
        """The first instant, seconds since the epoch."""
        return int(datetime.combine(self.begin, time(0), ZoneInfo(ZONE)).timestamp())

    def day(self, number: int) -> date:
        """The date of a day, counted from 0."""
        return self.begin + timedelta(days=number)

    def at(self, day: int, second: int = 0) -> int:
        """Seconds since the epoch at a second of a day; days before the first are negative."""
        return self.midnight + day * 86_400 + second

    def estates(self) -> Iterator[Estate]:
        """Its estates; the last may be smaller."""
        for number, first in enumerate(range(0, self.dwellings, self.homes_an_estate)):
            yield Estate(self, number, min(self.homes_an_estate, self.dwellings - first))


@dataclass(frozen=True)
class Estate:
    """An estate 小区: so many homes of a district."""

    district: District
    number: int
    size: int

    @property
    def key(self) -> str:
        """How signals name it."""
        return f"estate:sim-{self.number + 1}"

    @property
    def path(self) -> str:
        """Where it lies."""
        n = self.number
        return f"simulated/s{n // 24 + 1:02}/n{n // 6 + 1:03}/e{n + 1:04}/"

    @property
    def letting(self) -> float:
        """How much more than elsewhere is let by the room here."""
        return LETTING[self.number % len(LETTING)]

    def homes(self) -> list[Home]:
        """Its homes, in their order."""
        return [_home(self, n) for n in range(self.size)]


@dataclass(frozen=True)
class Home:
    """A home as it was designed. `area`: usable m² of its rooms."""

    estate: Estate
    number: int
    rooms: int
    area: float

    @property
    def dwelling(self) -> str:
        """The id of its file."""
        district = self.estate.district
        name = f"{district.seed}/{self.estate.number}/{self.number}"
        return f"dwelling-{uuid5(NAMES, name)}"

    @property
    def door(self) -> str:
        """What gates and listings call it: building, floor, door."""
        building, rest = divmod(self.number, 48)
        floor, door = divmod(rest, 4)
        return f"sim-{self.estate.number + 1}-{building + 1}-{floor + 1}{door + 1:02}"

    @property
    def meter(self) -> str:
        """What its meters are called."""
        return f"m{self.estate.number + 1:04}{self.number + 1:05}"


def _home(estate: Estate, number: int) -> Home:
    chance = Random(f"home/{estate.district.seed}/{estate.number}/{number}")
    rooms = chance.choices((1, 2, 3), (0.25, 0.5, 0.25))[0]
    return Home(estate, number, rooms, round(chance.uniform(11, 19) * rooms + chance.uniform(6, 14), 1))
