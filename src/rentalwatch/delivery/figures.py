"""How the outbox stands: what a process shows of it, and what `delivery list` and `delivery show` tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from rentalwatch.delivery.notification import Notification
from rentalwatch.delivery.outbox import stored
from rentalwatch.delivery.tables import ATTEMPTS, MESSAGES, NOTIFICATIONS, PARTS, UNTOLD
from rentalwatch.domain.instants import SECOND, Micros

_M, _N, _P, _A = MESSAGES.c, NOTIFICATIONS.c, PARTS.c, ATTEMPTS.c
_UNDONE = ("waiting", "sending")


class Standing(NamedTuple):
    """Messages that are not sent yet, and for how long the longest of those that are due has been; those
    that were given up; notifications that nobody was there to be told."""

    pending: int
    late_seconds: float
    given_up: int
    untold: int


class Line(NamedTuple):
    """A message as a list shows it. `outcome`: of its last attempt, "" before the first."""

    id: str
    channel: str
    state: str
    severity: int
    level: str
    place: str
    notifications: int
    opened_at: Micros
    next_at: Micros
    tries: int
    outcome: str
    status: int | None
    code: str


class Attempt(NamedTuple):
    """One try, as it was recorded."""

    number: int
    at: Micros
    outcome: str
    status: int | None
    code: str
    seconds: float | None


class Shown(NamedTuple):
    """A message with all that is known of it."""

    line: Line
    told: list[Notification]
    attempts: list[Attempt]


def standing(connection: sa.Connection, now: Micros) -> Standing:
    """How the outbox stands."""
    counting = sa.select(_M.state, sa.func.count()).group_by(_M.state)
    # by name: those that were sent are many, and no index leads past them
    wanted = counting.where(_M.state.in_((*_UNDONE, "given_up")))
    states = {row[0]: row[1] for row in connection.execute(wanted)}
    unrouted = sa.select(sa.func.count(), sa.func.min(_N.put_at)).where(_N.routed_at.is_(None))
    fresh, put_at = connection.execute(unrouted).one()
    due = sa.select(sa.func.min(_M.opened_at)).where(_M.state.in_(_UNDONE), _M.tries > 0)
    waiting = sa.select(sa.func.min(_M.next_at)).where(_M.state == "waiting", _M.tries == 0)
    since = [connection.execute(query).scalar() for query in (due, waiting)]
    oldest = min([at for at in (*since, put_at) if at is not None], default=now)
    nobody = sa.select(sa.func.count()).select_from(NOTIFICATIONS).where(UNTOLD)
    return Standing(
        pending=sum(states.get(state, 0) for state in _UNDONE) + fresh,
        late_seconds=max(0, now - oldest) / SECOND,
        given_up=states.get("given_up", 0),
        untold=connection.execute(nobody).scalar_one(),
    )


def listed(
    connection: sa.Connection, *, state: str = "", channel: str = "", limit: int | None = None
) -> tuple[list[Line], int]:
    """Messages, those of last opened first, and how many there are in all; of a state or all that are not
    sent (`pending`: waiting or sending)."""
    which: list[sa.ColumnElement[bool]] = []
    if state == "pending":
        which.append(_M.state.in_(_UNDONE))
    elif state:
        which.append(_M.state == state)
    which += [_M.channel == channel] if channel else []
    total = connection.execute(sa.select(sa.func.count()).select_from(MESSAGES).where(*which)).scalar_one()
    query = _lines().where(*which).order_by(_M.opened_at.desc(), _M.id).limit(limit)
    return [Line(*row) for row in connection.execute(query)], total


def untold(connection: sa.Connection, limit: int | None = None) -> list[Notification]:
    """Notifications that no channel took, the latest first."""
    query = sa.select(_N.content).where(UNTOLD)
    rows = connection.execute(query.order_by(_N.put_at.desc(), _N.id).limit(limit)).scalars()
    return [stored(content) for content in rows]


def shown(connection: sa.Connection, of: str) -> list[Shown]:
    """The message of that id, or all that tell of the notification, or of the alert, of that id."""
    ids = _messages_of(connection, of)
    lines = connection.execute(_lines().where(_M.id.in_(ids)).order_by(_M.opened_at, _M.id))
    return [_whole(connection, Line(*row)) for row in lines]


def _messages_of(connection: sa.Connection, of: str) -> Sequence[str]:
    if connection.execute(sa.select(_M.id).where(_M.id == of)).first():
        return [of]
    about = f'%"{of}"%'.replace("_", r"\_")
    query = sa.select(_P.message_id).join(NOTIFICATIONS, _N.id == _P.notification_id).distinct()
    either = sa.or_(_N.id == of, _N.content.like(about, escape="\\"))
    return list(connection.execute(query.where(either)).scalars())


def _whole(connection: sa.Connection, line: Line) -> Shown:
    told = sa.select(_N.content).join(PARTS, _N.id == _P.notification_id).where(_P.message_id == line.id)
    tried = sa.select(_A.number, _A.at, _A.outcome, _A.status, _A.code, _A.seconds)
    tried = tried.where(_A.message_id == line.id).order_by(_A.number)
    return Shown(
        line,
        [stored(c) for c in connection.execute(told.order_by(_N.put_at, _N.id)).scalars()],
        [Attempt(*row) for row in connection.execute(tried)],
    )


def _lines() -> sa.Select[Any]:
    last = sa.and_(_A.message_id == _M.id, _A.number == _M.tries)
    told = sa.select(sa.func.count()).where(_P.message_id == _M.id).scalar_subquery()
    return sa.select(
        _M.id, _M.channel, _M.state, _M.severity, _M.level, _M.place, told, _M.opened_at, _M.next_at,
        _M.tries,
        sa.func.coalesce(_A.outcome, ""), _A.status, sa.func.coalesce(_A.code, ""),
    ).select_from(MESSAGES.outerjoin(ATTEMPTS, last))  # fmt: skip
