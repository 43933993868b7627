"""What tests of the outbox are told with."""

from __future__ import annotations

from itertools import count
from typing import Any

from rentalwatch.delivery.channels import Channel, Channels
from rentalwatch.delivery.claiming import Claimed
from rentalwatch.delivery.deadline import Timeouts
from rentalwatch.delivery.notification import Notification, Said, Severity
from rentalwatch.domain.instants import SECOND, Micros

NOON = 1_767_240_000 * SECOND
"""2026-01-01, noon in Shanghai."""

SHORT = Timeouts(connect=1.0, read=0.4, total=1.2)
"""So that a test of a server that hangs is over soon."""

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {"token_env": "token-of-the-robot", "secret_env": SECRET}

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


def channel(**said: Any) -> Channel:
    """A webhook of the manager of estate e-7, on this machine."""
    usual = {
        "name": "office", "kind": "webhook", "levels": ["manager"], "areas": ["sh/pudong/e-7/"],
        "url": "http://127.0.0.1:9/", "secret_env": "HOOK_SECRET", "allow_private": True,
        "zone": "Asia/Shanghai",
    }  # fmt: skip
    if said.get("kind", "webhook") != "webhook":
        usual |= {"token_env": "ROBOT_TOKEN"}
        usual.pop("secret_env")
    return Channel.model_validate(usual | said)


def channels(*listed: Channel, **retry: Any) -> Channels:
    """A file of channels; a message is tried again at once unless something else is said."""
    quick = {"first_seconds": 0.001, "longest_seconds": 0.002}
    said = [c.model_dump(by_alias=True, exclude_unset=True) for c in listed]
    return Channels.model_validate({"channels": said, "retry": quick | retry})


def claimed(*told: Notification) -> Claimed:
    """A message as a sender has it."""
    return Claimed("msg_1", "office", 1, 1, NOON, "lease", told or (alert(),))
