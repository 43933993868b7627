"""A generated season and the years around it, read once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from rentalwatch.simulation import District, readings, truth


@dataclass(frozen=True)
class Told:
    """A district with its records and what was true of it."""

    district: District
    records: list[dict[str, Any]]
    truth: dict[str, dict[str, Any]]
    """Key of a home → its line."""

    def of(self, *kinds: str) -> Iterator[dict[str, Any]]:
        """Records of these kinds, in the order of their arrival."""
        return (record for record in self.records if record["kind"] in kinds)

    def meters(self, kind: str) -> dict[str, dict[int, float]]:
        """Meter → (instant → register in Wh or litres)."""
        found: dict[str, dict[int, float]] = defaultdict(dict)
        for record in self.of(kind):
            times = 1 if record["unit"] in ("Wh", "l") else 1_000
            for home, at, value in zip(record["dwelling"], record["at"], record["value"], strict=True):
                found[record["dwellings"][home]][at] = value * times
        return found


def told(district: District) -> Told:
    """A district, generated and read."""
    homes = {key: line for line in truth(district) for key in line["keys"]}
    return Told(district, [json.loads(record) for record in readings(district)], homes)


@pytest.fixture(scope="session")
def season() -> Told:
    """A hundred days of two hundred homes, July to early October: cards change keys in it."""
    return told(District(seed=3, dwellings=200, days=100, gas=True))
