"""What tests of the outbox are told with."""

from __future__ import annotations

from itertools import count
from typing import Any

from rentalwatch.delivery.notification import Notification, Said, Severity
from rentalwatch.domain.instants import SECOND, Micros

NOON = 1_767_240_000 * SECOND
"""2026-01-01, noon in Shanghai."""

_numbers = count(1)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: Micros = NOON) -> None:
        self.at = at

    def __call__(self) -> Micros:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += int(seconds * SECOND)


def alert(**said: Any) -> Notification:
    """A notification about one home of estate e-7."""
    number = next(_numbers)
    usual = {
        "id": f"n-{number}",
        "level": "manager",
        "area": "sh/pudong/e-7/",
        "place": "sh/pudong/e-7/b-3/",
        "severity": Severity.WARNING,
        "about": (f"alert-{number}",),
        "title": Said(en=f"Home {number}: many cards", zh=f"第 {number} 户：门禁卡过多"),
    }
    return Notification.model_validate(usual | said)
