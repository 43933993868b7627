"""The sample district before anything happens: estates, homes, who lets which of them by the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

MODEL_HOMES = 4_000
"""Homes of the model estate, whose year domain §1 tells; the others of the district are of `OTHER_HOMES`."""
OTHER_HOMES = 1_000
LEAST = MODEL_HOMES
"""A district has at least the model estate."""

TWINS_IN_MODEL, TWINS_ELSEWHERE = 4, 1
"""Homes of an estate that came into the book twice, once without the 室 behind their number."""

LET_IN_MODEL, LET_ELSEWHERE = 0.145, 0.035
"""The share of homes that are let by the room or bed before the programme."""
HOMES_A_SUBLANDLORD = (4, 14)
OWNERS_THEMSELVES = 0.1
"""The share of those homes that their owners let like that, without a sublandlord."""

ROOT = "sample/"
"""Where everything generated lies: no real area is called so."""


@dataclass
class Home:
    """A home and how it is let. `active`: by the room or bed just now; `handled`: the squad is at it."""

    key: str
    label: str
    area: str
    rooms: int
    sublandlord: str = ""
    active: bool = False
    handled: bool = False
    on_roll: bool = False
    onset_known: bool = False
    rounds: int = 0

    @property
    def twin(self) -> str:
        """The key of its second file, if it came into the book twice."""
        return f"{self.key}-twin"

    @property
    def owner(self) -> str:
        """The reference of whoever owns it."""
        return f"O-{self.key}"


@dataclass
class Estate:
    """An estate with its homes; `let`: those that are let by the room before the programme; `twice`: those
    that came into the book twice."""

    key: str
    label: str
    area: str
    homes: list[Home]
    let: list[Home] = field(default_factory=list)
    twice: list[Home] = field(default_factory=list)
    model: bool = False

    @property
    def manager(self) -> str:
        """The reference of its property manager."""
        return f"M-{self.key}"


def estates(dwellings: int, chance: Random) -> Iterator[Estate]:
    """The estates of a district of so many homes, the model estate first."""
    sizes = [MODEL_HOMES] + [OTHER_HOMES] * ((dwellings - MODEL_HOMES) // OTHER_HOMES)
    if rest := dwellings - sum(sizes):
        sizes.append(rest)
    for n, size in enumerate(sizes, start=1):
        subdistrict, neighbourhood = 1 + (n - 1) // 12, 1 + (n - 1) // 3
        key = f"e{n:03}"
        area = f"{ROOT}s{subdistrict:02}/n{neighbourhood:03}/{key}/"
        estate = Estate(key, f"样例小区 {n}", area, [], model=n == 1)
        estate.homes = [_home(estate, i, chance) for i in range(size)]
        _let(estate, chance)
        estate.twice = chance.sample(estate.homes, TWINS_IN_MODEL if estate.model else TWINS_ELSEWHERE)
        yield estate


def _home(estate: Estate, nth: int, chance: Random) -> Home:
    building, rest = divmod(nth, 48)
    floor, door = divmod(rest, 4)
    number = f"{building + 1}号{floor + 1}0{door + 1}室"
    return Home(
        key=f"{estate.key}-{building + 1}-{floor + 1}0{door + 1}",
        label=f"{estate.label} {number}",
        area=f"{estate.area}b{building + 1:03}/",
        rooms=chance.choice((1, 2, 2, 2, 3)),
    )


def _let(estate: Estate, chance: Random) -> None:
    """Sublandlords take homes in bundles; a few owners do it themselves."""
    share = LET_IN_MODEL if estate.model else LET_ELSEWHERE
    estate.let = chance.sample(estate.homes, round(len(estate.homes) * share * chance.uniform(0.97, 1.03)))
    bundle, number = 0, 0
    for home in estate.let:
        home.active = True
        home.on_roll = chance.random() < 0.8
        home.onset_known = home.on_roll or chance.random() < 0.5
        if chance.random() < OWNERS_THEMSELVES:
            continue
        if not bundle:
            bundle, number = chance.randint(*HOMES_A_SUBLANDLORD), number + 1
        bundle -= 1
        home.sublandlord = f"S-{estate.key}-{number:02}"
