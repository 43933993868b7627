"""What rules found becomes alerts in the ledger 预警: idempotent commands, many in one commit.

The record id is the alert's id, so whoever comes to the same hit again, after a kill or a replay, records
nothing; the first content stands (D4).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from rentalwatch.domain.events import AlertRaised, RelapseAlertRaised
from rentalwatch.domain.instants import SECOND, day_start, instant
from rentalwatch.early_warning.acts import Act, record_once
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.early_warning.store import Evidence
from rentalwatch.errors import RentalwatchError, StorageError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.statements import NO_RECORD
from rentalwatch.signals.judging import Judged

_EPOCH = date(1970, 1, 1)
log = logging.getLogger(__name__)


def record(ledger: Ledger, found: Sequence[Judged], rules: InForce) -> tuple[list[Judged], list[Judged]]:
    """Records hits as alerts; (those that are new, those that the ledger refuses).

    Guarantees: each is stored once, whoever else records the same; when this returns all of them are. Raises
    StorageError: then some may be.
    """
    acts = [(one, act_of(one, rules)) for one in found]
    try:
        return record_once(ledger, acts), []
    except StorageError:
        raise
    except RentalwatchError:
        return _one_by_one(ledger, acts)


def _one_by_one(ledger: Ledger, acts: Iterable[tuple[Judged, Act]]) -> tuple[list[Judged], list[Judged]]:
    """A home that the ledger does not know any more must not keep the others from being recorded."""
    new: list[Judged] = []
    refused: list[Judged] = []
    for one, act in acts:
        try:
            new += record_once(ledger, [(one, act)])
        except StorageError:
            raise
        except RentalwatchError as e:
            log.warning("an alert was refused by the ledger: %s", e.code)
            refused.append(one)
    return new, refused


def act_of(found: Judged, rules: InForce) -> Act:
    """The event of a hit, of which home, under which id."""
    return Act(found.hit.dwelling, event_of(found, rules), found.hit.alert)


def event_of(found: Judged, rules: InForce) -> AlertRaised:
    """The event of a hit; its clocks run from the reading that tipped the rule."""
    hit, at = found.hit, instant(found.at * SECOND)
    chosen = rules.book(found.path, hit.day)
    assert chosen is not None, "what judged has a rulebook"
    book, version = chosen
    due = book.due("alert_answer", at)
    assert due is not None, "a rulebook without that clock is refused"
    kind = RelapseAlertRaised if hit.relapse else AlertRaised
    return kind(
        record_id=NO_RECORD,
        happened_at=at,
        rulebook=version,
        rule=hit.rule,
        rule_version=hit.version,
        reasons=hit.reasons,
        score=hit.score,
        due=due,
        on_site_due=book.due("on_site", at),
        window_from=day_start(_EPOCH + timedelta(days=hit.first_day), book.zone),
        window_to=day_start(_EPOCH + timedelta(days=hit.first_day + hit.window_days), book.zone),
        level=hit.level,
        withheld_from_manager=found.withheld,
    )


def evidence_of(found: Judged) -> Evidence:
    """What is kept beside the ledger of why a rule fired: every figure of the home on that day."""
    hit = found.hit
    return Evidence(
        str(hit.alert), found.estate, hit.dwelling, hit.rule, hit.version, hit.day, found.at * SECOND,
        json.dumps(found.figures, sort_keys=True),
    )  # fmt: skip
