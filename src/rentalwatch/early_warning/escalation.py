"""Escalation by time 超时升级: whoever was asked did not answer, so the next one is asked (domain §7).

Manager → neighbourhood → squad → subdistrict; beyond that nobody is left to ask, and the alert stays overdue.
Silence itself is never stored, what is done about it is an event (D19). It is named by the clock, the level
that did not answer and the alert, so that whoever escalates twice, or two at once, escalate once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from projections.alerts import AlertRow, asked_too_late
from rentalwatch.domain.alerts import next_level
from rentalwatch.domain.events import Actor, AlertEscalated, AlertLevel
from rentalwatch.domain.instants import Micros, instant, micros
from rentalwatch.early_warning.acts import Act, named, record_once
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.statements import NO_RECORD
from rentalwatch.rulebooks.rules import Rules

CLOCK = "alert_answer"


class Escalation(NamedTuple):
    """An alert that the next level is asked about, and by when that must answer."""

    row: AlertRow
    level: AlertLevel
    due: Micros


def escalations(
    rows: Iterable[AlertRow], rules: Rules, at: Micros, officer: str = ""
) -> list[tuple[Escalation, Act]]:
    """What is to be done at an instant about alerts whose level did not answer in time. Pure.

    The next level has as long as the rulebook gives that is in force there, else as long as the one before.
    """
    found = []
    for row in rows:
        level = next_level(row.alert.level)
        if level is not None and row.alert.waiting and row.alert.due < at:
            found.append(_escalation(row, level, rules, at, officer))
    return found


def escalate(
    ledger: Ledger, connection: sa.Connection, at: Micros, *, area: str = "", officer: str = ""
) -> list[Escalation]:
    """Records at an instant that the next level is asked about each alert of an area whose answer is overdue.
    Returns those that nobody had escalated before. One question, then batches."""
    rows = asked_too_late(connection, at, area)
    return record_once(ledger, escalations(rows, Rules(ledger.adopted()), at, officer))


def _escalation(
    row: AlertRow, level: AlertLevel, rules: Rules, at: Micros, officer: str
) -> tuple[Escalation, Act]:
    alert = row.alert
    chosen = rules.holding(row.area, instant(at), row.zone)
    due = chosen[0].due("alert_answer", instant(at)) if chosen else None
    if due is None:
        due = instant(at + max(alert.due - alert.asked_at, 0))
    event = AlertEscalated(
        record_id=NO_RECORD,
        happened_at=instant(at),
        by=Actor(officer=officer) if officer else None,
        alert=UUID(alert.record),
        level=level,
        due=due,
        rulebook=chosen[1] if chosen else "",
    )
    act = Act(row.stream_id, event, named(CLOCK, alert.level, alert.record))
    return Escalation(row, level, micros(due)), act
