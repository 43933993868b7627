"""A made-up estate in which a rule's test with readings is played: through the door and the state that every
reading goes through, so that such a test holds for the whole way from the gate to the alert."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rentalwatch.domain.warning import Readings, Tried, WarningRule, Warnings
from rentalwatch.signals.district import District
from rentalwatch.signals.judging import Judge

ESTATE = "estate:trial"
HOMES = 7
"""One that is told of, and six others as large: as many peers as a comparison needs."""
LAST = 20_485
"""2026-02-01, the day on which all readings end, in local days since 1970-01-01 (UTC)."""
DAY, HOUR, MINUTE = 86_400, 3_600, 60
DEFAULT_ROOMS = 2
CLOSES_AFTER = 3
"""Days after the last one on which a pass somewhere else closes it."""


def raises(rule: WarningRule, test: Tried) -> bool:
    """Whether the rule raises an alert of the home that the test tells of."""
    book = Warnings(rules={"tried": rule.model_copy(update={"alone": True})})
    district, judge = District(), Judge()
    outcome = district.fold([_context(test), *_records(test.readings)])
    for rows in (*outcome.touched, *outcome.closed):
        for judged in judge.judge(rows, book):
            if judged.hit.dwelling == _home(0) and judged.hit.day <= LAST:
                return True
    return False


def _home(number: int) -> str:
    return f"dwelling-{number}"


def _context(test: Tried) -> bytes:
    rooms = int(test.given.get("rooms", DEFAULT_ROOMS))
    since = (LAST - 100) * DAY
    exempt = [
        {"from": since, "until": None, "kind": name.removeprefix("exempt_")}
        for name, held in test.given.items()
        if name.startswith("exempt_") and held
    ]
    homes = [
        {"dwelling": _home(n), "keys": [_home(n)], "rooms": rooms, "exempt": exempt if n == 0 else []}
        for n in range(HOMES)
    ]
    return _encoded(
        {"kind": "context", "zone": "UTC", "path": "", "position": 1, "sent_at": since, "dwellings": homes}
    )


def _records(readings: tuple[Readings, ...]) -> Iterator[bytes]:
    """A record a day and kind, day after day; then the pass that closes the last one."""
    first = LAST - max(reading.days for reading in readings) + 1
    for day in range(first, LAST + 1):
        for reading in readings:
            if day > LAST - reading.days:
                yield _of_day(reading, day)
    after = (LAST + CLOSES_AFTER) * DAY
    yield _record("gate_pass", [HOMES - 1], [after], cards=["f" * 16], card=[0])


def _of_day(reading: Readings, day: int) -> bytes:
    if reading.signal == "gate_pass":
        return _passes(reading, day)
    if reading.signal == "listing":
        return _record(
            "listing", [0], [day * DAY + HOUR], ad=["1"], by_bed=[int(reading.by_bed)], rooms=[reading.rooms]
        )
    return _registers(reading, day)


def _passes(reading: Readings, day: int) -> bytes:
    begin, each = day * DAY + reading.hour * HOUR, int(reading.a_day)
    card = [number for _ in range(each) for number in range(reading.cards)]
    at = [begin + (n // reading.cards) * MINUTE + n % reading.cards for n in range(len(card))]
    cards = [f"{number:016x}" for number in range(reading.cards)]
    return _record("gate_pass", [0] * len(at), at, cards=cards, card=card)


def _registers(reading: Readings, day: int) -> bytes:
    """What stands on the meter of every home at each full hour."""
    others = reading.a_day if reading.others is None else reading.others
    done = (day - LAST + 100) * 24
    home = [n for n in range(HOMES) for _ in range(24)]
    at = [day * DAY + hour * HOUR for _ in range(HOMES) for hour in range(24)]
    value = [
        round((done + hour) * (reading.a_day if n == 0 else others) / 24, 3)
        for n in range(HOMES)
        for hour in range(24)
    ]
    unit = "kWh" if reading.signal == "electricity" else "m3"
    return _record(reading.signal, home, at, unit=unit, value=value)


def _record(kind: str, home: list[int], at: list[int], **columns: Any) -> bytes:
    about = {"kind": kind, "source": "trial", "sent_at": max(at, default=LAST * DAY) + MINUTE}
    names = [_home(n) for n in range(HOMES)]
    return _encoded({**about, "dwellings": names, "dwelling": home, "at": at, **columns})


def _encoded(record: dict[str, Any]) -> bytes:
    return json.dumps({"v": 1, "estate": ESTATE, **record}).encode()
