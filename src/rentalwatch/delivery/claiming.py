"""Taking messages that are due: each is one sender's, until that sender is done with it or has died."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.notification import Notification
from rentalwatch.delivery.outbox import stored
from rentalwatch.delivery.rate import Bucket, burst
from rentalwatch.delivery.tables import ATTEMPTS, BUCKETS, MESSAGES, NOTIFICATIONS, PARTS
from rentalwatch.domain.instants import SECOND, Micros

LEASE_SECONDS = 60.0
"""How long a sender has a message before it counts as dead: three times what one try may take at most, so
that a slow one is not mistaken for it."""

_M = MESSAGES.c
_UNDONE = _M.state.in_(("waiting", "sending"))
_NEW_BUCKET = sa.text(
    "INSERT INTO buckets (channel, tokens, at) VALUES (:channel, :tokens, :at) ON CONFLICT DO NOTHING"
)


class Claimed(NamedTuple):
    """A message to be sent now, by whoever holds its lease. `number`: of the attempt, from 1."""

    id: str
    channel: str
    number: int
    tries_of_turn: int
    turn_from: Micros
    lease: str
    notifications: tuple[Notification, ...]


def due_channels(engine: sa.Engine, now: Micros) -> list[str]:
    """Channels with messages that are due, those that have waited longest first."""
    query = sa.select(_M.channel).where(_UNDONE, _M.next_at <= now)
    query = query.group_by(_M.channel).order_by(sa.func.min(_M.next_at))
    with engine.begin() as connection:
        return list(connection.execute(query).scalars())


def claim(engine: sa.Engine, channel: Channel, wanted: int, now: Micros) -> list[Claimed]:
    """Up to so many due messages of a channel, as many as its limit allows, oldest first.

    Each attempt is written down before it is made. Guarantees: no two senders have a message at once, unless
    one has held it for longer than `LEASE_SECONDS`; together they keep the channel's limit.
    """
    with writing(engine).begin() as connection:
        bucket = _bucket(connection, channel, now) if channel.limit else None
        granted = bucket.taken(wanted, now, channel.limit or 0)[0] if bucket else wanted
        query = sa.select(_M.id, _M.tries, _M.tries_of_turn, _M.turn_from)
        query = query.where(_M.channel == channel.name, _UNDONE, _M.next_at <= now)
        query = query.order_by(_M.next_at, _M.id).limit(granted).with_for_update(skip_locked=True)
        rows = connection.execute(query).all() if granted else []
        if not rows:
            return []
        if bucket:
            _keep(connection, channel, bucket.taken(len(rows), now, channel.limit or 0)[1])
        told = _told(connection, [row.id for row in rows])
        claimed = [
            Claimed(row.id, channel.name, row.tries + 1, row.tries_of_turn + 1,
                    now if row.turn_from is None else row.turn_from, uuid4().hex, told[row.id])
            for row in rows
        ]  # fmt: skip
        _take(connection, claimed, now)
        return claimed


def hold(connection: sa.Connection, channel: str, until: Micros) -> None:
    """Nothing more goes to a channel with a limit until then: it said that these were too many."""
    connection.execute(BUCKETS.update().where(BUCKETS.c.channel == channel).values(tokens=0.0, at=until))


def _take(connection: sa.Connection, claimed: Sequence[Claimed], now: Micros) -> None:
    until = now + int(LEASE_SECONDS * SECOND)
    values = {
        "state": "sending",
        "next_at": until,
        **{name: sa.bindparam(f"b_{name}") for name in ("tries", "tries_of_turn", "turn_from", "lease")},
    }
    taking = MESSAGES.update().where(_M.id == sa.bindparam("b_id")).values(values)
    rows = [
        {"b_id": c.id, "b_tries": c.number, "b_tries_of_turn": c.tries_of_turn}
        | {"b_turn_from": c.turn_from, "b_lease": c.lease}
        for c in claimed
    ]
    connection.execute(taking, rows)
    begun: list[dict[str, Any]] = [
        {"message_id": c.id, "number": c.number, "at": now, "outcome": "unknown", "code": ""} for c in claimed
    ]
    connection.execute(ATTEMPTS.insert(), begun)


def _told(connection: sa.Connection, ids: Sequence[str]) -> dict[str, tuple[Notification, ...]]:
    """Message → its notifications, in the order in which they were put."""
    query = (
        sa.select(PARTS.c.message_id, NOTIFICATIONS.c.content)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.id == PARTS.c.notification_id)
        .where(PARTS.c.message_id.in_(ids))
        .order_by(NOTIFICATIONS.c.put_at, NOTIFICATIONS.c.id)
    )
    found: dict[str, list[Notification]] = {message_id: [] for message_id in ids}
    for message_id, content in connection.execute(query):
        found[message_id].append(stored(content))
    return {message_id: tuple(told) for message_id, told in found.items()}


def _bucket(connection: sa.Connection, channel: Channel, now: Micros) -> Bucket:
    full = {"channel": channel.name, "tokens": float(burst(channel.limit or 0)), "at": now}
    connection.execute(_NEW_BUCKET, full)
    query = sa.select(BUCKETS.c.tokens, BUCKETS.c.at).where(BUCKETS.c.channel == channel.name)
    return Bucket(*connection.execute(query.with_for_update()).one())


def _keep(connection: sa.Connection, channel: Channel, bucket: Bucket) -> None:
    here = BUCKETS.update().where(BUCKETS.c.channel == channel.name)
    connection.execute(here.values(tokens=bucket.tokens, at=bucket.at))
