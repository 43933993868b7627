"""The year of the sample district, told day by day: `generated(dwellings, seed)`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from rentalwatch.ledger.statements import Statement
from rentalwatch.sample.agenda import Agenda, how_many, on
from rentalwatch.sample.district import Estate, estates
from rentalwatch.sample.front_line import (
    CALLS_A_DAY,
    CALLS_OF_OTHERS,
    POLICE_A_DAY,
    POLICE_OF_OTHERS,
    FrontLine,
)
from rentalwatch.sample.programme import Programme
from rentalwatch.sample.squad import Squad
from rentalwatch.sample.telling import Telling

BEFORE = date(2024, 7, 1)
"""From here on the estates' monthly figures are known."""
BASELINE = date(2025, 7, 1)
"""The programme begins. The law of Shanghai changes in its course (2025-11-27)."""
LAST = date(2026, 6, 30)
"""The last day that is told."""


def generated(dwellings: int, seed: int) -> Iterator[tuple[datetime, Statement]]:
    """Everything that is recorded of a district of so many homes, each with when it is recorded, in that
    order. The same numbers tell the same. Memory: the homes, and what waits to be told."""
    chance = Random(f"sample district {seed}")
    end = on(LAST + timedelta(days=1), 0)
    agenda, telling = Agenda(end), Telling(chance, end)
    every = []
    for estate in estates(dwellings, chance):
        every.append(estate)
        yield from _registered(estate, telling)
    for estate in every:
        _months_before(estate, telling, chance)
    squad = Squad(agenda, telling, chance)
    programme = Programme(agenda, telling, chance, squad, every)
    programme.begins(BASELINE)
    yield from telling.upto(on(BASELINE, 0))
    _start(agenda, telling, chance, squad, programme, every)
    day = BASELINE
    while day <= LAST:
        day += timedelta(days=1)
        agenda.upto(on(day, 0))
        yield from telling.upto(on(day, 0))


def _start(
    agenda: Agenda, telling: Telling, chance: Random, squad: Squad, programme: Programme, every: list[Estate]
) -> None:
    begin = on(BASELINE, 0)
    front = FrontLine(agenda, telling, chance, squad)
    agenda.start(programme.sublandlords(BASELINE, LAST), begin)
    agenda.start(programme.twins(BASELINE), begin)
    for estate in every:
        agenda.start(front.lives_in(estate, BASELINE, LAST), begin)
        agenda.start(front.platform(estate, BASELINE + timedelta(days=30), LAST), begin)
        agenda.start(programme.joint_actions(estate, BASELINE, LAST), begin)
        agenda.start(programme.growth(estate, BASELINE, LAST), begin)


def _registered(estate: Estate, telling: Telling) -> Iterator[tuple[datetime, Statement]]:
    at = on(BEFORE, 9)
    telling.tell(
        "estate", estate.key, None, of="estate", label=estate.label, area=estate.area,
        households=len(estate.homes), told=at,
    )  # fmt: skip
    for home in estate.homes:
        telling.tell(
            "registration", home.key, None, label=home.label, area=home.area, designed_rooms=home.rooms,
            told=at,
        )  # fmt: skip
    for home in estate.twice:
        telling.tell(
            "registration", home.twin, None, label=home.label.removesuffix("室"), area=home.area, told=at
        )
    telling.tell("manager", estate.key, on(BEFORE, 0), of="estate", party=estate.manager, told=at)
    yield from telling.upto(at + timedelta(seconds=1))


def _months_before(estate: Estate, telling: Telling, chance: Random) -> None:
    """The year before the programme: only the monthly figures are known."""
    month = BEFORE
    while month < BASELINE:
        following = (month + timedelta(days=32)).replace(day=1)
        days, active = (following - month).days, len(estate.let)
        others, false = POLICE_OF_OTHERS * len(estate.homes), CALLS_OF_OTHERS * len(estate.homes)
        telling.tell(
            "estate_figures", estate.key, on(following + timedelta(days=2), 10), of="estate",
            month=month.isoformat()[:7], complaints=how_many((CALLS_A_DAY * active + false) * days, chance),
            police_calls=how_many((POLICE_A_DAY * active + others) * days, chance), satisfaction=58.0,
            told=on(following + timedelta(days=2), 11),
        )  # fmt: skip
        month = following
