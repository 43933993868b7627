"""What became of one try to send a message."""

from __future__ import annotations

import re
from typing import NamedTuple

from rentalwatch.observe import metrics

OUTCOMES = metrics.SENDINGS
"""sent: the other side said that it has it. refused: it said no. limited: it said that these are too many.
unreachable: no connection (refused, unknown name, no TLS). timeout. forbidden: the address may not be
reached. broken: the connection ended, or the answer was none. unknown: the sender died meanwhile."""

_CODE = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")


class Result(NamedTuple):
    """`status`: HTTP's or SMTP's. `code`: a short word or number for why. `wait`: seconds asked for."""

    outcome: str
    status: int | None = None
    code: str = ""
    wait: float | None = None


class FailedError(Exception):
    """It was not sent: outcome and a short code. Holds nothing of what the other side said."""

    def __init__(self, outcome: str, code: str = "", status: int | None = None) -> None:
        super().__init__(f"{outcome} {code}")
        self.result = Result(outcome, status, code)


def short(code: object) -> str:
    """A code that the other side gave, if it is one: a text of its own could say anything."""
    text = str(code)
    return text if _CODE.match(text) else "other"
