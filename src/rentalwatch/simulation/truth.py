"""What was true of the homes, to measure rules against. It never enters the signals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rentalwatch.simulation.district import District
from rentalwatch.simulation.lives import LONG_AGO, Life, life


def truth(district: District) -> Iterator[dict[str, Any]]:
    """A line for each home. Days as dates of the district's zone; `until` is the first day after.

    `kind`: how it is lived in on the first day told; `stays`: everything within the days told, whole;
    `group_rental`: the stays that are group rental, `onset` being the day on which the first moved in;
    `confirmed`, `rectified`, `released`: what the squad did, known or not to anybody who reads the
    signals."""
    for estate in district.estates():
        for home in estate.homes():
            yield _line(district, life(home))


def lines(district: District) -> Iterator[bytes]:
    """The same as NDJSON."""
    for line in truth(district):
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _line(district: District, told: Life) -> dict[str, Any]:
    home = told.home
    stays = [stay for stay in told.stays if stay.until > 0 and stay.begin < district.days]
    return {
        "estate": home.estate.key,
        "dwelling": home.dwelling,
        "keys": [home.door, home.meter],
        "rooms": home.rooms,
        "kind": stays[0].kind,
        "stays": [
            {
                "kind": s.kind,
                "from": _date(district, s.begin),
                "until": _date(district, s.until),
                "persons": s.persons,
            }
            for s in stays
        ],
        "group_rental": [
            {
                "onset": _date(district, s.begin),
                "until": _date(district, s.until),
                "form": s.kind,
                "persons": s.persons,
                "operator": s.operator,
                "relapse": s.relapse,
            }
            for s in stays
            if s.group
        ],
        "confirmed": _dates(district, told.confirmed),
        "rectified": _dates(district, told.rectified),
        "released": _dates(district, told.released),
    }


def _date(district: District, day: int) -> str | None:
    """A day as a date; None for long before, and beyond the days told: nobody can have seen that."""
    return district.day(day).isoformat() if LONG_AGO < day < district.days else None


def _dates(district: District, days: list[int]) -> list[str]:
    return [district.day(day).isoformat() for day in days if day < district.days]
