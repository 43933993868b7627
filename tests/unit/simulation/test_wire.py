"""What arrives: well-formed, in the order of arrival, without anything personal, and disturbed within
bounds."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from rentalwatch.signals.batches import Refused, read
from rentalwatch.simulation import District, readings
from rentalwatch.simulation.year import arrivals
from tests.unit.simulation.conftest import Told

HEAD = {"v", "kind", "estate", "source", "sent_at", "dwellings", "dwelling", "at"}
FIELDS = {
    "gate_pass": HEAD | {"key_id", "cards", "card"},
    "electricity": HEAD | {"unit", "value"},
    "water": HEAD | {"unit", "value"},
    "gas": HEAD | {"unit", "value"},
    "listing": HEAD | {"ad", "by_bed", "rooms"},
}
COLUMNS = ("dwelling", "at", "card", "direction", "value", "ad", "by_bed", "rooms")


def test_every_record_is_one_that_the_door_can_read() -> None:
    for seed in (4, 5):
        for record in readings(District(seed, dwellings=400, days=8, gas=True)):
            assert not isinstance(read(record), Refused)


def test_records_of_readings_hold_their_columns_and_nothing_else(season: Told) -> None:
    for record in season.of(*FIELDS):
        assert set(record) - {"direction"} == FIELDS[record["kind"]]
        lengths = {len(record[name]) for name in COLUMNS if name in record}
        assert len(lengths) == 1 and 0 < lengths.pop() <= 50_000
        assert min(record["dwelling"]) >= 0 and max(record["dwelling"]) < len(record["dwellings"])
        assert min(record.get("value", [0])) >= 0


def test_every_kind_comes(season: Told) -> None:
    assert {record["kind"] for record in season.records} == {*FIELDS, "context"}


def test_cards_are_hashes_and_no_text_is_anything_else_than_a_name_of_a_home_or_source(season: Told) -> None:
    shapes = re.compile(
        r"[0-9a-f]{16}|k\d+|in|out|sim-\d+-\d+-\d+|m\d{9}|estate:sim-\d+|simulated/[\w/]+|Asia/Shanghai|family|shop"
        r"|dwelling-[0-9a-f-]{36}|(gates|electricity|water|gas|listings)-\d+|kWh|Wh|m3|l|context|gate_pass|listing"
        r"|electricity|water|gas"
    )
    strange = {text for record in season.records for text in texts(record) if not shapes.fullmatch(text)}
    assert strange == set()


def texts(value: Any) -> list[str]:
    """Every text in a value, names of fields apart."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in texts(part)]


def test_a_card_has_another_hash_under_another_key_and_in_another_estate(season: Told) -> None:
    cards = defaultdict(set)
    for record in season.of("gate_pass"):
        cards[record["estate"], record["key_id"]] |= set(record["cards"])

    assert len(cards) >= 4
    assert sum(map(len, cards.values())) == len(set().union(*cards.values()))


def test_passes_come_under_both_keys_while_these_overlap(season: Told) -> None:
    keys = defaultdict(set)
    for record in season.of("gate_pass"):
        keys[record["estate"], record["sent_at"] // 86_400].add(record["key_id"])

    overlapping = Counter(estate for (estate, _), of_day in keys.items() if len(of_day) == 2)
    assert all(6 <= days <= 11 for days in overlapping.values())
    assert set(overlapping) == {"estate:sim-1", "estate:sim-2"}


def test_records_come_in_the_order_of_their_arrival() -> None:
    came = [arrival.at for arrival in arrivals(District(5, dwellings=60, days=15))]
    assert came == sorted(came)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_disturbances_stay_within_bounds(seed: int) -> None:
    records = [json.loads(r) for r in readings(District(seed, dwellings=200, days=30))]
    sent = [r for r in records if r["kind"] != "context"]
    meters = [r for r in sent if r["kind"] in ("electricity", "water")]
    total = sum(len(r["at"]) for r in meters)
    held_up = [(r["sent_at"] - max(r["at"]), len(r["at"])) for r in meters]

    assert 0.002 < sum(n for waited, n in held_up if waited > 2 * 3_600) / total < 0.06
    assert 0.0002 < sum(n for waited, n in held_up if waited > 24 * 3_600) / total < 0.02
    assert 0.05 < sum(r["dwelling"] != sorted(r["dwelling"]) for r in meters) / len(meters) < 0.3
    assert 0.004 < 1 - len({json.dumps(r | {"sent_at": 0}) for r in sent}) / len(sent) < 0.03
    assert 0.002 < sum("9000" in r["dwellings"][n] for r in meters for n in r["dwelling"]) / total < 0.03


def test_most_meters_are_read_every_hour_and_some_readings_never_come(season: Told) -> None:
    expected = 200 * season.district.days * 24
    for kind in ("electricity", "water"):
        read = sum(len(shown) for meter, shown in season.meters(kind).items() if meter in season.truth)
        assert 0.9 < read / expected < 1.0


def test_some_instants_lie_in_the_future_and_some_long_past() -> None:
    """Clocks off, and what comes days late: the door has something to do."""
    ahead: list[int] = []
    for record in map(json.loads, readings(District(12, dwellings=100, days=120))):
        if record["kind"] == "gate_pass":
            ahead += [at - record["sent_at"] for at in record["at"]]
    assert max(ahead) > 0
    assert min(ahead) < -24 * 3_600
