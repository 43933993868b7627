"""Days of an estate's signals as records, for benchmarks: not lifelike (`rentalwatch.simulation` is), but of
the right size and shape, and quickly made.

A home has twelve gate passes a day by three cards, in records of so many readings, and electricity and water
meters that are read each hour, a record of all homes each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

BEGINS = 1767542400
"""2026-01-05T00:00:00+08:00."""
DAY = 86_400
PASSES_A_DAY = 12
CARDS = 3
READINGS_A_HOME = PASSES_A_DAY + 2 * 24
METERS = (("electricity", "kWh", 0.3), ("water", "m3", 0.02))


def context(estate: int, homes: int) -> bytes:
    """What the record knows of an estate of so many homes, a tenth of them under watch."""
    told = [
        {
            "dwelling": f"dwelling-{estate:08d}-0000-4000-8000-{n:012d}",
            "keys": [f"e-{estate}-{n}"],
            "rooms": 1 + n % 4,
            "persons": 3,
            "area": 60.0,
            "watch_since": BEGINS if n % 10 == 0 else None,
        }
        for n in range(homes)
    ]
    about = {"v": 1, "kind": "context", "estate": f"estate:e-{estate}", "zone": "Asia/Shanghai"}
    return _encoded({**about, "path": f"sh/e-{estate}/", "position": 1, "dwellings": told})


def day(estate: int, homes: int, nth: int, readings: int) -> list[bytes]:
    """The records of a day, in the order in which they are sent."""
    records = [*_passes(estate, homes, nth, readings), *_registers(estate, homes, nth)]
    return [_encoded(record) for record in sorted(records, key=lambda r: r["sent_at"])]


def of_another(estate: int, records: list[bytes]) -> list[bytes]:
    """Records of estate 0 as if they were of another one."""
    name, key = f'"estate:e-{estate}"'.encode(), f'"e-{estate}-'.encode()
    return [record.replace(b'"estate:e-0"', name).replace(b'"e-0-', key) for record in records]


def _passes(estate: int, homes: int, nth: int, readings: int) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng((estate, nth))
    n = homes * PASSES_A_DAY
    at = np.sort(chance.integers(0, DAY, n)) + BEGINS + nth * DAY
    home = chance.integers(0, homes, n)
    card = home * CARDS + chance.integers(0, CARDS, n)
    for first in range(0, n, readings):
        some = slice(first, first + readings)
        named, of_named = np.unique(home[some], return_inverse=True)
        cards, of_cards = np.unique(card[some], return_inverse=True)
        yield {
            **_head("gate_pass", estate, int(at[some][-1]) + 30),
            "dwellings": [f"e-{estate}-{n}" for n in named],
            "dwelling": of_named.tolist(),
            "at": at[some].tolist(),
            "cards": [f"{int(n) * 2654435761 % 2**64:016x}" for n in cards],
            "card": of_cards.tolist(),
        }


def _registers(estate: int, homes: int, nth: int) -> Iterator[dict[str, Any]]:
    each = np.arange(homes)
    for hour in range(24):
        at = BEGINS + nth * DAY + hour * 3600
        for kind, unit, rate in METERS:
            stands = 100 + each * 0.1 + (nth * 24 + hour) * rate * (1 + each % 5 / 5)
            yield {
                **_head(kind, estate, at + 60),
                "dwellings": [f"e-{estate}-{n}" for n in each],
                "dwelling": each.tolist(),
                "at": [at] * homes,
                "unit": unit,
                "value": np.round(stands, 3).tolist(),
            }


def _head(kind: str, estate: int, sent_at: int) -> dict[str, Any]:
    return {"v": 1, "kind": kind, "estate": f"estate:e-{estate}", "source": "bench", "sent_at": sent_at}


def _encoded(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()
