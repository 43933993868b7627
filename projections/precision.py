"""How good is each version of a warning rule 规则准确率: of the alerts that it raised, how many did an
inspection confirm, how many turned out false, and how long did that take?

Only inspections tell. What nobody has looked at yet says nothing about the rule, whatever was answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

import sqlalchemy as sa

from projections.alerts import ALERTS
from projections.files import FILES
from projections.scope import Scope
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.shares import Interval, wilson


class Outcome(NamedTuple):
    """One alert and what became of it."""

    rule: str
    version: str
    raised_at: Micros
    answer: str
    answered_at: Micros
    status: str
    missed: int
    confirmed_at: Micros | None


class Precision(NamedTuple):
    """A version of a rule: counts of alerts that were raised in the period, as they stood at the end.

    raised = confirmed + false + lifted + open.
    """

    rule: str
    version: str
    raised: int
    answered: int
    """By anybody, whatever the answer."""
    confirmed: int
    """An inspection found something."""
    false: int
    """An inspection got in and found nothing."""
    lifted: int
    """Closed by a person, not by an inspection."""
    open: int
    unfounded: int
    """Of the open ones: answered as unfounded, so that nobody need look."""
    missed: int
    """Answered as unfounded and confirmed later 漏判."""
    precision: float | None
    """Confirmed of those that an inspection settled; None where it settled none."""
    interval: Interval | None
    """Of the precision (Wilson, 95 %)."""
    median_to_confirmation: float | None
    """Microseconds."""


def precision(connection: sa.Connection, scope: Scope, rule: str = "") -> list[Precision]:
    """Every version of every rule, or of one, that raised an alert in the period; by rule, the version that
    was raised first first. Alerts that a report or a confirmation raised tell nothing of a rule and are not
    counted."""
    of: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes(connection, scope, rule):
        of[outcome.rule, outcome.version].append(outcome)
    first = {key: min(o.raised_at for o in found) for key, found in of.items()}
    return [_precision(of[key]) for key in sorted(of, key=lambda key: (key[0], first[key], key[1]))]


def outcomes(connection: sa.Connection, scope: Scope, rule: str = "") -> Iterable[Outcome]:
    """What became of each alert of the period."""
    c = ALERTS.c
    confirmed = _confirmed(scope)
    query = (
        sa.select(
            c.rule, c.rule_version, c.raised_at, c.answer, c.answered_at, c.status, c.missed, confirmed.c.at
        )
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .outerjoin(confirmed, sa.and_(confirmed.c.stream_id == c.stream_id, confirmed.c.record == c.record))
        .where(*ALERTS.visible(scope.asked, scope.known_at, scope.axis))
        .where(c.raised_at >= scope.begin, *scope.within(FILES.c.area))
        .where(c.raised_by == "signal")
    )
    if rule:
        query = query.where(c.rule == rule)
    return (Outcome(*row) for row in connection.execute(query))


def _confirmed(scope: Scope) -> sa.Subquery:
    """Since when each alert counts as confirmed, as it was known then."""
    c = ALERTS.c
    return (
        sa.select(c.stream_id, c.record, sa.func.min(c.valid_from).label("at"))
        .where(*ALERTS.known(scope.known_at, scope.axis), c.status == "confirmed", c.valid_from < scope.asked)
        .group_by(c.stream_id, c.record)
        .subquery()
    )


def _precision(found: list[Outcome]) -> Precision:
    def count(status: str) -> int:
        return sum(o.status == status for o in found)

    confirmed, false, lifted = count("confirmed"), count("false"), count("lifted")
    settled = confirmed + false
    waits = [o for o in found if o.status not in ("confirmed", "false", "lifted")]
    took = [o.confirmed_at - o.raised_at for o in found if o.status == "confirmed" and o.confirmed_at]
    return Precision(
        rule=found[0].rule,
        version=found[0].version,
        raised=len(found),
        answered=sum(o.answered_at < FOREVER for o in found),
        confirmed=confirmed,
        false=false,
        lifted=lifted,
        open=len(waits),
        unfounded=sum(o.answer == "nothing" for o in waits),
        missed=sum(o.missed for o in found),
        precision=confirmed / settled if settled else None,
        interval=wilson(confirmed, settled),
        median_to_confirmation=median(took) if took else None,
    )
