"""Records as senders write them, for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

ESTATE = "estate:e-7"
MONDAY = 1767542400
"""2026-01-05T00:00:00+08:00, a Monday, in seconds."""
HOUR = 3600
DAY = 24 * HOUR
FIRST = 20458
"""That Monday in local days since 1970-01-01."""


class Pass(NamedTuple):
    home: int
    at: int
    card: int
    out: bool = False


def encoded(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def names(homes: int) -> list[str]:
    return [f"key-{n}" for n in range(homes)]


def context(homes: int = 4, *, position: int = 1, zone: str = "Asia/Shanghai", **of_each: Any) -> bytes:
    """Context of homes with two rooms and three persons each."""
    listed = [
        {"dwelling": f"dwelling-{n}", "keys": [f"key-{n}"], "rooms": 2, "persons": 3, "area": 60.0, **of_each}
        for n in range(homes)
    ]
    return encoded(
        {
            "v": 1,
            "kind": "context",
            "estate": ESTATE,
            "zone": zone,
            "path": "sh/e-7/",
            "position": position,
            "dwellings": listed,
        }
    )


def head(kind: str, at: Sequence[int], **more: Any) -> dict[str, Any]:
    sent = {"v": 1, "kind": kind, "estate": ESTATE, "source": "test-1"}
    return {**sent, "sent_at": max(at, default=MONDAY) + 60, "at": list(at), **more}


def passes(sent: Sequence[Pass], **more: Any) -> bytes:
    """A record of gate passes."""
    record = head(
        "gate_pass",
        [p.at for p in sent],
        dwellings=names(6),
        dwelling=[p.home for p in sent],
        cards=[f"{n:016x}" for n in range(40)],
        card=[p.card for p in sent],
        direction=["out" if p.out else "in" for p in sent],
    )
    return encoded({**record, **more})
