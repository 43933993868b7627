"""From notifications to messages: who is told, and what is told together."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.directory import Directory
from rentalwatch.delivery.grouping import Grouped, Key, Message, Waiting, grouped
from rentalwatch.delivery.notification import Severity
from rentalwatch.delivery.outbox import stored
from rentalwatch.delivery.tables import MESSAGES, META, NOTIFICATIONS, PARTS
from rentalwatch.domain.instants import Micros

PAGE = 500
"""Notifications a transaction."""

NAMESPACE = UUID("8c0f5a0e-6a4c-4a57-9a8e-6f2f6a5a6d11")
"""Of ids of messages; a number of our own."""

_M, _N, _P = MESSAGES.c, NOTIFICATIONS.c, PARTS.c
_UNROUTED = _N.routed_at.is_(None)


def route(engine: sa.Engine, directory: Directory, now: Micros) -> int:
    """Puts up to `PAGE` notifications into messages of every channel that takes them; returns how many.

    Guarantees: each notification is in one message of each such channel, whoever routes at the same time and
    whenever it is interrupted. One that no channel takes is marked so, and listed.
    """
    if not _any(engine):
        return 0
    with writing(engine).begin() as connection:
        # one at a time, or two would open a message each for alerts of one building
        connection.execute(sa.select(META.c.value).where(META.c.name == "routing").with_for_update())
        query = sa.select(_N.content, _N.put_at).where(_UNROUTED).order_by(_N.put_at, _N.id).limit(PAGE)
        waiting: list[Waiting] = []
        taken: list[dict[str, object]] = []
        for content, put_at in connection.execute(query):
            n = stored(content)
            channels = directory.taking(n)
            keys = [Key(c.name, n.level, n.area, n.place or n.area, n.severity) for c in channels]
            waiting += [Waiting(n.id, key, put_at) for key in keys]
            taken.append({"of": n.id, "now": now, "n": len(channels)})
        _write(connection, waiting, _group(connection, directory, waiting))
        if taken:
            done = NOTIFICATIONS.update().where(_N.id == sa.bindparam("of"))
            done = done.values(routed_at=sa.bindparam("now"), channels=sa.bindparam("n"))
            connection.execute(done, taken)
        return len(taken)


def _any(engine: sa.Engine) -> bool:
    with engine.begin() as connection:
        return connection.execute(sa.select(_N.id).where(_UNROUTED).limit(1)).first() is not None


def _group(connection: sa.Connection, directory: Directory, waiting: Sequence[Waiting]) -> Grouped:
    def goes_out(key: Key, at: Micros) -> Micros:
        return directory.by_name[key.channel].goes_out(at, Severity(key.severity))

    def message_id(first: Waiting) -> str:
        return f"msg_{uuid5(NAMESPACE, f'{first.key.channel}/{first.id}').hex}"

    return grouped(waiting, _open(connection, {w.key.place for w in waiting}), goes_out, message_id)


def _open(connection: sa.Connection, places: set[str]) -> list[Message]:
    """Messages about these places that nobody has tried; locked, so that nobody begins to meanwhile."""
    query = sa.select(_M.id, _M.channel, _M.level, _M.area, _M.place, _M.severity, _M.next_at)
    query = query.where(_M.place.in_(places), _M.state == "waiting", _M.tries == 0).with_for_update()
    rows = connection.execute(query).all()
    counting = sa.select(_P.message_id, sa.func.count()).where(_P.message_id.in_([r.id for r in rows]))
    counts = {row[0]: row[1] for row in connection.execute(counting.group_by(_P.message_id))} if rows else {}
    return [
        Message(r.id, Key(r.channel, r.level, r.area, r.place, r.severity), r.next_at, counts.get(r.id, 0))
        for r in rows
    ]


def _write(connection: sa.Connection, waiting: Sequence[Waiting], found: Grouped) -> None:
    opened_at = {message: w.at for w, message in reversed(list(zip(waiting, found.joined, strict=True)))}
    fresh = {"state": "waiting", "tries": 0, "tries_of_turn": 0, "lease": ""}
    messages = [
        {"id": m.id, **m.key._asdict(), "opened_at": opened_at[m.id], "next_at": m.next_at} | fresh
        for m in found.opened
    ]
    parts = [
        {"channel": w.key.channel, "notification_id": w.id, "message_id": message}
        for w, message in zip(waiting, found.joined, strict=True)
    ]
    if messages:
        connection.execute(MESSAGES.insert(), messages)
    if parts:
        connection.execute(PARTS.insert(), parts)
