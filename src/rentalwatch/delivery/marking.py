"""Writing down what became of a try, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.claiming import Claimed, hold
from rentalwatch.delivery.outcomes import Result
from rentalwatch.delivery.retrying import Retries
from rentalwatch.delivery.tables import ATTEMPTS, MESSAGES
from rentalwatch.domain.instants import SECOND, Micros

_M, _A = MESSAGES.c, ATTEMPTS.c


def mark(
    engine: sa.Engine,
    claimed: Claimed,
    result: Result,
    *,
    seconds: float,
    retries: Retries,
    now: Micros,
    draw: Callable[[], float],
) -> str:
    """Records the try and moves the message to its next state, which is returned.

    A message that was delivered is `sent`, even if its sender had been taken for dead. What anybody else than
    the holder of the lease says of a failure is recorded with the attempt, and moves nothing.
    """
    with writing(engine).begin() as connection:
        attempt = ATTEMPTS.update().where(_A.message_id == claimed.id, _A.number == claimed.number)
        said = {"outcome": result.outcome, "status": result.status, "code": result.code, "seconds": seconds}
        connection.execute(attempt.values(said))
        if result.outcome == "limited" and result.wait:
            hold(connection, claimed.channel, now + int(min(result.wait, retries.longest_seconds) * SECOND))
        if result.outcome == "sent":
            sent = MESSAGES.update().where(_M.id == claimed.id)
            connection.execute(sent.values(state="sent", done_at=now, lease=""))
            return "sent"
        at = retries.next_at(now, claimed.tries_of_turn, claimed.turn_from, result.wait, draw)
        after = (
            {"state": "waiting", "next_at": at} if at is not None else {"state": "given_up", "done_at": now}
        )
        held = MESSAGES.update().where(_M.id == claimed.id, _M.lease == claimed.lease)
        connection.execute(held.values(after | {"lease": ""}))
        return str(after["state"])
