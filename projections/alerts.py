"""Alerts 预警: which were raised, who has to answer, and what became of them? What calls for a relapse alert
that nobody has raised yet?

An alert is one row however often its rule was suspicious again while it was open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.files import FILES, read_facts
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.events import AlertRaised
from rentalwatch.domain.facts import standing
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Alert, RelapseCall
from rentalwatch.errors import InvalidInputError, NotFoundError

ALERTS = SpanTable("alerts", Alert, ("record",), ("rule", "raised_at"), ("waiting", "due"))
RELAPSE_CALLS = SpanTable("relapse_calls", RelapseCall, ("record",), ("alerted", "called_at"))

OPEN = ("unhandled", "accepted", "answered", "lifted")
"""Statuses of alerts that no inspection has settled."""
STATUSES = (*OPEN, "false", "confirmed")

SHORTEST = 6
"""Characters of an alert's number that may stand for the whole, if no other begins so."""


class AlertRow(NamedTuple):
    """An alert with the home that it is about."""

    stream_id: str
    label: str
    area: str
    zone: str
    alert: Alert


class CallRow(NamedTuple):
    """A fact that calls for a relapse alert, with the home that it is about."""

    stream_id: str
    area: str
    zone: str
    call: RelapseCall


class Asked(NamedTuple):
    """Which alerts are meant; a blank asks for all."""

    statuses: Sequence[str] = ()
    level: str = ""
    overdue: bool = False
    drawn: bool = False
    """Answered as unfounded, and of the tenth that is inspected all the same."""
    as_manager: bool = False
    """As a property manager may see them: none that is withheld."""


def alerts(connection: sa.Connection, scope: Scope, asked: Asked = Asked()) -> list[AlertRow]:
    """The alerts of an area as they stood, the first due first."""
    c = ALERTS.c
    query = _rows(scope).where(*_meant(asked, scope)).order_by(c.due, FILES.c.label, c.record)
    return list(map(_row, connection.execute(query)))


def find_alert(connection: sa.Connection, number: str, scope: Scope, *, as_manager: bool = False) -> AlertRow:
    """The one alert whose number is, or begins with, `number`; for a manager there is none that is withheld.
    Raises NotFoundError, or InvalidInputError if
    that is too short or several begin so."""
    name = number.strip().lower()
    if len(name) < SHORTEST:
        raise InvalidInputError(
            f"{number!r} is too short for an alert's number",
            todo=f"Give at least {SHORTEST} characters of it; `rentalwatch alerts list` shows them.",
            code="RW-ALERT-NUMBER",
        )
    like = ALERTS.c.record.startswith(name, autoescape=True)
    seen = _meant(Asked(as_manager=as_manager), scope)
    found = list(map(_row, connection.execute(_rows(scope).where(like, *seen).limit(2))))
    if len(found) > 1:
        raise InvalidInputError(
            f"several alerts begin with {number!r}", todo="Give more of its number.", code="RW-ALERT-NUMBER"
        )
    if not found:
        raise NotFoundError(
            f"there is no alert {number!r}",
            todo="`rentalwatch alerts list --status all` shows every alert with its number.",
            code="RW-UNKNOWN-ALERT",
        )
    return found[0]


def calls(connection: sa.Connection, scope: Scope) -> list[CallRow]:
    """What calls for a relapse alert since the period began and has none yet, in the order in which it
    happened."""
    r = RELAPSE_CALLS.c
    query = (
        sa.select(r.stream_id, FILES.c.area, FILES.c.zone, *(r[name] for name in RelapseCall._fields))
        .join(FILES, FILES.c.stream_id == r.stream_id)
        .where(*RELAPSE_CALLS.visible(scope.asked, scope.known_at, scope.axis))
        .where(r.alerted == 0, r.called_at >= scope.begin, *scope.within(FILES.c.area))
        .order_by(r.called_at, r.record)
    )
    return [
        CallRow(stream, area, zone, RelapseCall(*call))
        for stream, area, zone, *call in connection.execute(query)
    ]


def _rows(scope: Scope) -> sa.Select[Any]:
    c, f = ALERTS.c, FILES.c
    return (
        sa.select(c.stream_id, f.label, f.area, f.zone, *(c[name] for name in Alert._fields))
        .join(FILES, f.stream_id == c.stream_id)
        .where(*ALERTS.visible(scope.asked, scope.known_at, scope.axis), *scope.within(f.area))
    )


def _meant(asked: Asked, scope: Scope) -> Iterable[sa.ColumnElement[bool]]:
    c = ALERTS.c
    if asked.statuses:
        yield c.status.in_(asked.statuses)
    if asked.level:
        yield c.level == asked.level
    if asked.overdue:
        yield from (c.waiting == 1, c.due < scope.asked)
    if asked.drawn:
        yield c.drawn == 1
    if asked.as_manager or asked.level == "manager":
        yield c.withheld == 0


def _row(row: Sequence[Any]) -> AlertRow:
    stream, label, area, zone, *alert = row
    return AlertRow(stream, label, area, zone, Alert(*alert))


def asked_too_late(connection: sa.Connection, at: Micros, area: str = "") -> list[AlertRow]:
    """The alerts whose level had not answered when its time ran out before an instant."""
    return alerts(connection, Scope(asked=at, area=area), Asked(overdue=True))


def raising(connection: sa.Connection, row: AlertRow) -> AlertRaised | None:
    """The event that raised an alert: its reasons and its score."""
    facts = standing(read_facts(connection, [row.stream_id]).get(row.stream_id, []))
    events = (fact.event for fact in facts if isinstance(fact.event, AlertRaised))
    return next((event for event in events if str(event.record_id) == row.alert.record), None)


def to_tell(connection: sa.Connection, at: Micros, *, since: Micros, area: str = "") -> list[AlertRow]:
    """The alerts of an area that a level is asked about and has not answered, and the relapses that were
    confirmed: what the ledger came to know of since then."""
    c = ALERTS.c
    asked = sa.or_(c.waiting == 1, c.raised_by == "confirmation")
    scope = Scope(asked=at + 1, area=area)  # what was done at that very instant is told
    query = _rows(scope).where(asked, c.recorded_from >= since).order_by(c.due, c.record)
    return list(map(_row, connection.execute(query)))
