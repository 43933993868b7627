"""What the book knows of a home at any instant: `context` records, one whenever it changes.

It knows what offices know: who is registered (often fewer than live there), complaints, exemptions once
somebody asked for one, and what the squad confirmed and verified.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Any

from rentalwatch.simulation.district import ZONE, Estate
from rentalwatch.simulation.kinds import COMPLAINTS
from rentalwatch.simulation.lives import LONG_AGO, Life, Stay

REMEMBERED = 60 * 86_400
"""Seconds for which a complaint stands in the context: twice the longest time that anybody counts."""
EXEMPT_FROM_THE_START, EXEMPT_LATER = 0.4, 0.25
"""Large families and shops that have an exemption when they are first seen, and that get one in the year
told."""
REGISTERED = {"extended": 0.9, "family": 0.9, "second": 0.3, "shop": 0.5}
"""How likely the persons of a home are registered there; 0.6 where nothing else is said."""
GROUP_REGISTERED_IN_FULL = 0.15
"""Group rentals whose tenants are all registered, as some are by the police's visits."""
WITHHELD = 0.1
"""Confirmed homes whose alerts are kept from the property manager."""


MEASURED = 0.9
"""Homes of which the usable area is known."""


@dataclass
class Page:
    """What is known of a home, as (instant, value) in the order of time. Instants: seconds since the
    epoch."""

    life: Life
    registered: list[tuple[int, int]] = field(default_factory=list)
    complaints: list[int] = field(default_factory=list)
    exempt: list[tuple[int, int | None, str]] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    rectified: list[int] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    withheld: bool = False
    measured: bool = True

    def changes(self) -> set[int]:
        """When anything becomes known."""
        dated = [*self.complaints, *self.confirmed, *self.rectified, *self.released]
        return {at for at, _ in self.registered} | {at for at, _, _ in self.exempt} | set(dated)

    def at(self, now: int) -> dict[str, Any]:
        """What is known at an instant, as a context record tells it. A watch goes on in a relapse, until it
        is released or another round is closed."""
        home, rectified = self.life.home, _last(self.rectified, now)
        confirmed, released = _last(self.confirmed, now), _last(self.released, now)
        free = rectified is not None and released is not None and released > rectified
        return {
            "dwelling": home.dwelling,
            "keys": [home.door, home.meter],
            "rooms": home.rooms,
            "persons": self.registered[bisect_right(self.registered, (now, 1 << 30)) - 1][1],
            "area": home.area if self.measured else None,
            "watch_since": None if free else rectified,
            "released_at": released if free else None,
            "confirmed_at": confirmed,
            "rectified_at": rectified,
            "exempt": [{"from": f, "until": u, "kind": k} for f, u, k in self.exempt if f <= now],
            "complaints": [at for at in self.complaints if now - REMEMBERED < at <= now],
            "withheld": self.withheld and confirmed is not None,
        }


def _last(instants: list[int], now: int) -> int | None:
    found = bisect_right(instants, now)
    return instants[found - 1] if found else None


def contexts(estate: Estate, lives: list[Life]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(when it is published, context record), the first for all homes at the first instant, then one for
    every instant at which anything changed. Positions rise with the instant."""
    pages, begin = [_page(told) for told in lives], estate.district.at(0)
    yield begin, _record(estate, 1, begin, [page.at(begin) for page in pages])
    later = sorted(
        (at, n) for n, page in enumerate(pages) for at in page.changes() if begin < at
    )  # fmt: skip
    for position, (at, changed) in enumerate(groupby(later, key=itemgetter(0)), start=2):
        yield at, _record(estate, position, at, [pages[n].at(at) for _, n in changed])


def _record(estate: Estate, position: int, at: int, dwellings: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "v": 1, "kind": "context", "estate": estate.key, "zone": ZONE, "path": estate.path,
        "position": position, "sent_at": at, "dwellings": dwellings,
    }  # fmt: skip


def _page(told: Life) -> Page:
    page = Page(told, withheld=_chance(told, "withheld").random() < WITHHELD)
    page.measured = _chance(told, "measured").random() < MEASURED
    for days, instants in (
        (told.confirmed, page.confirmed), (told.rectified, page.rectified), (told.released, page.released),
    ):  # fmt: skip
        instants += [_in_office_hours(told, day, _chance(told, "squad", day)) for day in days]
    page.registered = [(told.home.estate.district.at(LONG_AGO), 0)]
    for number, stay in enumerate(told.stays):
        _register(page, stay, _chance(told, "registered", number))
        _complain(page, stay, _chance(told, "complaints", number))
        _exempt(page, stay, _chance(told, "exempt", number))
    page.registered.sort()
    page.complaints.sort()
    page.exempt.sort(key=lambda e: e[0])
    return page


def _chance(told: Life, *purpose: object) -> Random:
    """Its own for each stay and purpose: what is drawn does not depend on how many days are told."""
    home = told.home
    return Random(f"book/{home.estate.district.seed}/{home.estate.number}/{home.number}/{purpose}")


def _in_office_hours(told: Life, day: int, chance: Random) -> int:
    return told.home.estate.district.at(day, chance.randint(9 * 3_600, 17 * 3_600))


def _register(page: Page, stay: Stay, chance: Random) -> None:
    """Registered persons follow those who live there some weeks later, or not at all."""
    persons = stay.persons if stay.kind not in ("renovation", "vacant") else 0
    if stay.group:
        full = chance.random() < GROUP_REGISTERED_IN_FULL
        persons = stay.persons if full else chance.choice((0, 1, 1, 2, 3))
    elif chance.random() >= REGISTERED.get(stay.kind, 0.6):
        persons = min(persons, chance.choice((0, 1)))
    day = stay.begin + chance.randint(1, 30)
    if day < min(stay.until, page.life.home.estate.district.days):
        page.registered.append((_in_office_hours(page.life, day, chance), persons))


def _complain(page: Page, stay: Stay, chance: Random) -> None:
    """Neighbours complain at any hour, the oftener the more a home disturbs."""
    district, often = page.life.home.estate.district, COMPLAINTS[stay.kind] / 30
    day, until = max(stay.begin, -60) + chance.expovariate(often), min(stay.until, district.days)
    while day < until:
        page.complaints.append(district.at(0) + int(day * 86_400))
        day += chance.expovariate(often)


def _exempt(page: Page, stay: Stay, chance: Random) -> None:
    """Families that support their old, and shops, may have it granted; it ends with the stay, or after a
    year."""
    kind = {"extended": "family", "shop": "shop"}.get(stay.kind)
    if kind is None:
        return
    district, drawn = page.life.home.estate.district, chance.random()
    later = max(stay.begin, 0) + chance.randint(20, 300)
    until = None if chance.random() < 0.5 else district.at(max(stay.begin, 0) + chance.randint(150, 500))
    if drawn < EXEMPT_FROM_THE_START:
        page.exempt.append((district.at(max(stay.begin, -300)), until, kind))
    elif drawn < EXEMPT_FROM_THE_START + EXEMPT_LATER and later < min(stay.until, district.days):
        page.exempt.append((district.at(later), None, kind))
