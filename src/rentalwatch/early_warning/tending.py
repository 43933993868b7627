"""What is done by itself, again and again 定时处置: relapse alerts raised, unanswered ones escalated, whoever
is asked told of it. A timer, a worker and whoever takes signals in call it; often, or several at once, is no
harm.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

import sqlalchemy as sa

from projections.alerts import CallRow, to_tell
from rentalwatch.delivery.outbox import Outbox
from rentalwatch.domain.instants import DAY, Micros
from rentalwatch.early_warning.escalation import Escalation, escalate
from rentalwatch.early_warning.notifying import notifications
from rentalwatch.early_warning.relapses import raise_missing
from rentalwatch.ledger.application import Ledger

Asking = Callable[[], AbstractContextManager[sa.Connection]]
"""A connection to read models for questions that fit together."""

TOLD_WITHIN: Micros = 7 * DAY
"""What the ledger has known for longer was told."""


class Tended(NamedTuple):
    """What one run did."""

    raised: list[CallRow]
    escalated: list[Escalation]
    told: int
    """Notifications that the outbox did not have."""


def tend(
    ledger: Ledger,
    asking: Asking,
    follow: Callable[[], None],
    outbox: Outbox,
    at: Micros,
    *,
    area: str = "",
    officer: str = "",
) -> Tended:
    """Does at an instant what is due in an area. `follow`: brings the read models up to date, or waits until
    they are; without it the next run does what this one cannot see yet."""
    with asking() as connection:
        raised = raise_missing(ledger, connection, at, area)
        escalated = escalate(ledger, connection, at, area=area, officer=officer)
    if raised or escalated:
        follow()
    with asking() as connection:
        told = tell(connection, outbox, at, area)
    return Tended(raised, escalated, told)


def tell(connection: sa.Connection, outbox: Outbox, at: Micros, area: str = "") -> int:
    """Puts what is to be told about alerts of an area into the outbox; returns how much of it was new."""
    return outbox.put(notifications(to_tell(connection, at, since=at - TOLD_WITHIN, area=area)))
