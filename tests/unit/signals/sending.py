"""Records as senders write them, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

ESTATE = "estate:e-7"
MONDAY = 1767542400
"""2026-01-05T00:00:00+08:00, a Monday, in seconds."""
HOUR = 3600
DAY = 24 * HOUR
FIRST = 20458
"""That Monday in local days since 1970-01-01."""
LATER = MONDAY + 29 * DAY


class Pass(NamedTuple):
    home: int
    at: int
    card: int
    out: bool = False
    key_id: str = "1"


class Register(NamedTuple):
    home: int
    at: int
    value: float
    kind: str = "electricity"
    unit: str = "kWh"


class Ad(NamedTuple):
    home: int
    at: int
    ad: str
    by_bed: int = 0
    rooms: int = 2


Sent = Pass | Register | Ad


def encoded(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def names(homes: int) -> list[str]:
    return [f"key-{n}" for n in range(homes)]


def homes(count: int, **of_each: Any) -> list[dict[str, Any]]:
    """Homes with two rooms and three persons each."""
    return [
        {"dwelling": f"dwelling-{n}", "keys": [f"key-{n}"], "rooms": 2, "persons": 3, "area": 60.0, **of_each}
        for n in range(count)
    ]


def context(
    dwellings: int | list[dict[str, Any]] = 4,
    *,
    position: int = 1,
    zone: str = "Asia/Shanghai",
    sent_at: int | None = None,
    **of_each: Any,
) -> bytes:
    """Context of an estate."""
    listed = homes(dwellings, **of_each) if isinstance(dwellings, int) else dwellings
    about = {"v": 1, "kind": "context", "estate": ESTATE, "zone": zone, "path": "sh/e-7/"}
    return encoded({**about, "position": position, "sent_at": sent_at, "dwellings": listed})


def head(kind: str, at: Sequence[int], **more: Any) -> dict[str, Any]:
    sent = {"v": 1, "kind": kind, "estate": ESTATE, "source": "test-1"}
    return {**sent, "sent_at": max(at, default=MONDAY) + 60, "at": list(at), **more}


def record(sent: Sequence[Sent], **more: Any) -> dict[str, Any]:
    """One record of readings of one kind."""
    count = max(6, *(s.home + 1 for s in sent)) if sent else 6
    columns: dict[str, Any] = {"dwellings": names(count), "dwelling": [s.home for s in sent]}
    return {**head(_kind(sent[0]), [s.at for s in sent]), **columns, **_columns(sent), **more}


def _kind(sent: Sent) -> str:
    return {Pass: "gate_pass", Ad: "listing"}.get(type(sent)) or getattr(sent, "kind", "")


def _columns(sent: Sequence[Any]) -> dict[str, Any]:
    if isinstance(sent[0], Pass):
        cards = [f"{n:016x}" for n in range(max(s.card for s in sent) + 1)]
        directions = ["out" if s.out else "in" for s in sent]
        return {
            "cards": cards,
            "card": [s.card for s in sent],
            "direction": directions,
            "key_id": sent[0].key_id,
        }
    if isinstance(sent[0], Register):
        return {"unit": sent[0].unit, "value": [s.value for s in sent]}
    return {"ad": [s.ad for s in sent], "by_bed": [s.by_bed for s in sent], "rooms": [s.rooms for s in sent]}


def records(sent: Iterable[Sent], **more: Any) -> list[bytes]:
    """Readings in their order, each run of one kind as a record."""
    runs = groupby(
        sent, lambda s: (type(s), getattr(s, "kind", ""), getattr(s, "unit", ""), getattr(s, "key_id", ""))
    )
    return [encoded(record(list(run), **more)) for _, run in runs]
