"""What a person decides about what did not arrive: it is tried again, or left at that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.tables import MESSAGES, NOTIFICATIONS, UNTOLD
from rentalwatch.domain.instants import Micros

_M = MESSAGES.c

LEFT = -1
"""`channels` of a notification that no channel took and that is left at that."""


class Which(NamedTuple):
    """Messages that were given up: of these ids, or of a channel, or all; or, with `untold`, notifications
    that no channel took."""

    ids: Sequence[str] | None = None
    channel: str = ""
    untold: bool = False


def replay(engine: sa.Engine, now: Micros, which: Which = Which()) -> int:
    """Begins another turn for them; returns how many. What was sent is never sent again by it. Notifications
    that no channel took are routed anew, by the channels that there are then."""
    if which.untold:
        return _change_untold(engine, {"routed_at": None})
    turn = {"state": "waiting", "next_at": now, "tries_of_turn": 0, "turn_from": None, "done_at": None}
    return _change(engine, which, turn)


def drop(engine: sa.Engine, now: Micros, which: Which) -> int:
    """Leaves it at that: they are off the list of what was given up, and stay on record. Returns how many."""
    if which.untold:
        return _change_untold(engine, {"channels": LEFT})
    return _change(engine, which, {"state": "dropped", "done_at": now})


def _change(engine: sa.Engine, which: Which, values: dict[str, Any]) -> int:
    those = [_M.state == "given_up"]
    those += [_M.id.in_(which.ids)] if which.ids is not None else []
    those += [_M.channel == which.channel] if which.channel else []
    with writing(engine).begin() as connection:
        return connection.execute(MESSAGES.update().where(*those).values(values)).rowcount


def _change_untold(engine: sa.Engine, values: dict[str, Any]) -> int:
    those = NOTIFICATIONS.update().where(UNTOLD)
    with writing(engine).begin() as connection:
        return connection.execute(those.values(values)).rowcount
