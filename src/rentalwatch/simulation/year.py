"""The signals of a district in the order in which they arrive: `readings(district)`."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rentalwatch.simulation.adverts import adverts
from rentalwatch.simulation.book import contexts
from rentalwatch.simulation.chance import Draws
from rentalwatch.simulation.devices import Gate, Meters
from rentalwatch.simulation.district import District, Estate
from rentalwatch.simulation.households import Households
from rentalwatch.simulation.lives import life
from rentalwatch.simulation.meters import Registers
from rentalwatch.simulation.passes import passes
from rentalwatch.simulation.records import encoded, gates_both_ways, names, of_adverts, of_gate, of_meters
from rentalwatch.simulation.seasons import is_free
from rentalwatch.simulation.wire import Parcel, disturbed, outage

CONTEXT_AGAIN, CONTEXT_LATE = 0.03, 0.03
"""Contexts that come a second time, and contexts that come late, within two hours."""


class Arrival(NamedTuple):
    """A record as it arrives: when (seconds since the epoch), of which estate (the topic's key), its
    bytes."""

    at: int
    order: tuple[int, int]
    estate: str
    value: bytes


def readings(district: District, on_day: Callable[[int], None] = lambda day: None) -> Iterator[bytes]:
    """The records of a district, each as the bytes of one line without its end, in the order of arrival.

    The same district gives the same bytes, however many are taken at a time. Memory: the homes' lives and the
    records of about one day. `on_day` is told the number of each day before its records come."""
    for arrival in arrivals(district, on_day):
        yield arrival.value


def arrivals(district: District, on_day: Callable[[int], None] = lambda day: None) -> Iterator[Arrival]:
    """The same with what is around a record."""
    estates = [_EstateYear(estate) for estate in district.estates()]
    waiting: list[Arrival] = []
    for day in range(district.days):
        on_day(day)
        for estate in estates:
            for arrival in estate.day(day):
                heapq.heappush(waiting, arrival)
        end = district.at(day + 1)
        while waiting and waiting[0].at < end:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


class _EstateYear:
    """An estate as it goes through its days, one after the other."""

    def __init__(self, estate: Estate) -> None:
        homes = estate.homes()
        lives = [life(home) for home in homes]
        self._estate, self._names = estate, names(estate, homes)
        self._households = Households(estate, lives)
        self._registers = Registers(self._households, estate.size, estate.district.seed)
        self._gate = Gate(estate)
        self._meters = {kind: Meters(estate, kind) for kind in ("electricity", "water", "gas")}
        self._adverts = [advert for told in lives for advert in adverts(told, estate.size)]
        self._contexts = list(contexts(estate, lives))
        self._told = self._sent = 0

    def day(self, day: int) -> Iterator[Arrival]:
        """What becomes known on a day, with when each of it arrives."""
        yield from self._of_the_book(day)
        for parcel in disturbed(self._parcels(day), self._draws("wire", day)):
            yield self._arrival(parcel.sent_at, 1, encoded(self._estate, parcel, self._names[parcel.kind]))

    def _draws(self, *purpose: object) -> Draws:
        return Draws(self._estate.district.seed, self._estate.number, *purpose)

    def _arrival(self, at: int, rank: int, value: bytes) -> Arrival:
        self._sent += 1
        return Arrival(at, (rank, self._sent), self._estate.key, value)

    def _of_the_book(self, day: int) -> Iterator[Arrival]:
        until = self._estate.district.at(day + 1)
        while self._told < len(self._contexts) and self._contexts[self._told][0] < until:
            at, record = self._contexts[self._told]
            u = self._draws("context").uniform(np.array([self._told]), 3)[0].tolist()
            value = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
            late = int(u[2] * 7_200) if self._told and u[0] < CONTEXT_LATE else 0
            yield self._arrival(at + late, 0, value)
            if u[1] < CONTEXT_AGAIN:
                yield self._arrival(at + late + 600, 0, value)
            self._told += 1

    def _parcels(self, day: int) -> list[Parcel]:
        """What the devices send on a day."""
        estate, district = self._estate, self._estate.district
        today = self._households.on(day, district.day(day), free=is_free(district.day(day)))
        seen = passes(self._households, today, both_ways=gates_both_ways(estate))
        parcels = list(of_gate(estate, day, seen, self._gate, self._draws("at the gate", day)))
        used: dict[str, Any] = {
            "electricity": self._registers.electricity(today), "water": self._registers.water(today),
        }  # fmt: skip
        if district.gas:
            used["gas"] = self._registers.gas(today)
        for kind, registers in used.items():
            draws = self._draws("collector", kind, day)
            parcels += of_meters(estate, day, kind, registers, self._meters[kind], draws, outage(draws))
        parcels += of_adverts(estate, day, self._adverts, self._draws("adverts", day))
        return parcels
