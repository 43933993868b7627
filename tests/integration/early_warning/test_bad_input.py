"""Bad input 坏数据: counted by reason, shown, and nothing stops."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.early_warning.lines import BLOCK, lines
from rentalwatch.signals.batches import Refused, read
from rentalwatch.signals.records import MAX_BYTES
from tests.integration.early_warning.test_ingest import taken
from tests.integration.early_warning.watched_estate import (
    DAY,
    ESTATE,
    HOMES,
    HOUR,
    MONDAY,
    Pass,
    Warned,
    copied,
    home,
    passes,
    registered,
    warned,
)

ENDLESS = 200 * 1024 * 1024
IN_3017 = 33_040_000_000


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Warned]:
    with warned(copied(registered(tmp_path / "made"), tmp_path / "data")) as opened:
        yield opened


def endless(path: Path) -> Path:
    """A line of 200 MB, which takes no room on the disk, and one record behind it."""
    with path.open("wb") as file:
        file.truncate(ENDLESS)
        file.seek(ENDLESS)
        file.write(b"\n" + passes([Pass(0, MONDAY, 1)]) + b"\n")
    return path


def test_a_line_of_200_megabytes_is_refused_without_being_held(tmp_path: Path) -> None:
    path = endless(tmp_path / "s.ndjson")
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            (long, end), (short, _) = lines(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MAX_BYTES + 4 * BLOCK
    assert (len(long.record), end) == (MAX_BYTES + 1, ENDLESS + 1)
    said = read(long.record)
    assert isinstance(said, Refused)
    assert said.treatment == "too_long"
    assert short.offset == ENDLESS + 1


def meter(register: list[Any], **more: Any) -> bytes:
    """Hourly readings of the first home's electricity meter."""
    at = [MONDAY + n * HOUR for n in range(len(register))]
    record = {
        "v": 1, "kind": "electricity", "estate": ESTATE, "source": "meters", "sent_at": MONDAY + 20 * DAY,
        "dwellings": [home(0)], "dwelling": [0] * len(register), "at": at, "unit": "kWh", "value": register,
    }  # fmt: skip
    return json.dumps({**record, **more}).encode()


def test_what_cannot_be_is_counted_by_reason_and_the_rest_is_judged(it: Warned, tmp_path: Path) -> None:
    often = [[Pass(0, MONDAY + d * DAY + n * HOUR, 1) for n in range(11)] for d in range(3)]
    path = endless(tmp_path / "s.ndjson")
    bad = [
        meter([1.0, float("nan"), 2.0]),
        meter([-1.0]),
        passes([Pass(-1, MONDAY, 1), Pass(0, MONDAY, -1)]),
        passes([Pass(0, IN_3017, 1)]),
        passes([Pass(0, MONDAY, 1)] * 3, estate="estate:nobody"),
        meter([1.0], owner="王某"),
        b"\xff\xfe not text",
    ]
    with path.open("ab") as file:
        file.write(b"".join(record + b"\n" for record in [*bad, *map(passes, often)]))
    # when all of it comes in, between readings that are right
    told = taken(it, path)
    # then the alert is raised, and everything else is counted where it belongs
    assert [one.hit.rule for one in told.raised] == ["same_card_often"]
    found = it.tallies()
    assert {
        ("", "unknown", "too_long"): 1,
        ("", "unknown", "not_json"): 1,
        ("", "gate_pass", "unknown_estate"): 3,
        (ESTATE, "electricity", "not_a_number"): 1,
        (ESTATE, "electricity", "negative"): 1,
        (ESTATE, "electricity", "refused_field"): 1,
        (ESTATE, "gate_pass", "bad_index"): 2,
        (ESTATE, "gate_pass", "future"): 1,
    }.items() <= found.items()
    # and nothing of what was refused is kept
    kept = b"".join(path.read_bytes() for path in it.folder.glob("signals.sqlite*"))
    assert "王某".encode() not in kept
    assert b"nobody" not in kept


def test_watt_hours_sent_as_kilowatt_hours_are_suspected_and_not_judged(it: Warned, tmp_path: Path) -> None:
    # given five days of hourly registers, of one home a thousand times too large
    hours = range(5 * 24)
    homes = [n for _ in hours for n in range(HOMES)]
    at = [MONDAY + hour * HOUR for hour in hours for _ in range(HOMES)]
    value = [(1000 if n == 0 else 1) * (10 + hour / 4) for hour in hours for n in range(HOMES)]
    named = {"dwellings": [home(n) for n in range(HOMES)], "dwelling": homes, "at": at}
    path = tmp_path / "s.ndjson"
    path.write_bytes(meter(value, **named) + b"\n")
    told = taken(it, path)
    # then its readings of the days that are closed are counted, and no rule looks at them
    suspected = told.tallies["electricity", "unit_suspect"]
    totals = [f["electricity_total"] for f in it.counts().values() if "electricity_total" in f]
    wrong = sorted(it.ledger.stream_of(home(n)) for n in range(HOMES)).index(it.ledger.stream_of(home(0)))
    assert totals
    assert suspected >= 24 * (len(totals) - 1)
    assert [[n for n, total in enumerate(day) if total == "nan"] for day in totals] == [[wrong]] * len(totals)
    assert not told.raised
