"""Relapse alerts 返潮预警 that no rule raises: a confirmation was judged as relapse, or somebody reported a
home that is under watch or released from it.

Which facts call for one is a judgement and stays one (`RelapseCall`); that somebody was told of it is a fact.
It lies at the instant of the fact that called for it, so that whatever came after, an inspection above all,
counts as coming after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast
from uuid import UUID

import sqlalchemy as sa

from projections.alerts import CallRow, calls
from projections.files import read_facts
from projections.scope import Scope
from rentalwatch.domain.events import RelapseAlertRaised
from rentalwatch.domain.instants import DAY, Micros, instant
from rentalwatch.early_warning.acts import Act, named, record_once
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.statements import NO_RECORD
from rentalwatch.rulebooks.rules import Rules, Whose

RULE_VERSION = "1"
"""Of the rules `confirmation` and `report`, which have no thresholds."""

LOOKS_BACK: Micros = 30 * DAY
"""How old a fact may be that still raises an alert: an import of years past must not wake anybody."""

WITHOUT_A_CLOCK: Micros = DAY
"""The time for an answer where no rulebook gives one: an alert without a deadline is forgotten."""


def relapse_alerts(
    found: Sequence[CallRow], rules: Rules, usual: Mapping[str, tuple[str, ...]]
) -> list[tuple[CallRow, Act]]:
    """The alerts that facts call for. Pure. `usual`: by which rulebooks a file has gone.

    The squad is asked: it knows the home. What was reported is withheld from managers, who must not learn
    that somebody reported it.
    """
    return [(row, _alert(row, rules, usual.get(row.stream_id, ()))) for row in found]


def raise_missing(ledger: Ledger, connection: sa.Connection, at: Micros, area: str = "") -> list[CallRow]:
    """Records the relapse alerts that are called for in an area as of an instant and that nobody raised yet;
    returns what called for them. Two questions, then batches; safe twice and by two at once."""
    found = calls(connection, Scope(asked=at, begin=at - LOOKS_BACK, area=area))
    books = {
        stream: tuple(dict.fromkeys(_name(f.event.rulebook) for f in reversed(facts) if f.event.rulebook))
        for stream, facts in read_facts(connection, {row.stream_id for row in found}).items()
    }
    return record_once(ledger, relapse_alerts(found, Rules(ledger.adopted()), books))


def _name(version: str) -> str:
    return version.partition("@")[0]


def _alert(row: CallRow, rules: Rules, usual: tuple[str, ...]) -> Act:
    call = row.call
    opened = instant(call.called_at)
    chosen = rules.for_record("", Whose(row.area, usual), opened, row.zone)
    book = chosen[0] if chosen else None
    reported = call.raised_by == "report"
    event = RelapseAlertRaised(
        record_id=NO_RECORD,
        happened_at=opened,
        rulebook=chosen[1] if chosen else "",
        rule=call.raised_by,
        rule_version=RULE_VERSION,
        due=(book.due("alert_answer", opened) if book else None) or instant(call.called_at + WITHOUT_A_CLOCK),
        on_site_due=book.due("on_site", opened) if book and reported else None,
        level="squad",
        withheld_from_manager=reported,
        raised_by=cast(Literal["report", "confirmation"], call.raised_by),
        follows=UUID(call.record),
    )
    return Act(row.stream_id, event, named("relapse_alert", call.raised_by, call.record))
