"""Asking for reports that are missing 催报: an action taken because of silence (D19).

Silence itself is never stored. The record of a chaser is named by the clock, the level and the record that
opened the clock, so that whoever asks twice, or two at once, ask once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import uuid5

from projections.estates import MissingReport
from rentalwatch.domain.events import Actor, ReportChased
from rentalwatch.domain.instants import FOREVER, Micros, instant
from rentalwatch.ledger.application import Command, Ledger
from rentalwatch.ledger.statements import NO_RECORD, RECORDS, Statement

CLOCK, LEVEL = "monthly_report", "manager"

TOGETHER = 500
"""Chasers a commit, half of what one may hold."""


def unchased(missing: Iterable[MissingReport]) -> list[MissingReport]:
    """Those that nobody asked for yet."""
    return [report for report in missing if report.chased_at >= FOREVER]


def record_chasers(
    ledger: Ledger, missing: Sequence[MissingReport], at: Micros, officer: str = ""
) -> list[MissingReport]:
    """Records that reports were asked for at an instant. Returns those for which nobody had done so: the
    read models may not know yet what the ledger knows."""
    recorded = []
    for begin in range(0, len(missing), TOGETHER):
        with ledger.recorder.joined():
            told = [(report, chaser(report, at, officer)) for report in missing[begin : begin + TOGETHER]]
            fresh = [(report, act) for report, act in told if ledger.outcome(act.record_id) is None]
            if fresh:
                ledger.record_together([act for _, act in fresh])
        recorded += [report for report, _ in fresh]
    return recorded


def chaser(report: MissingReport, at: Micros, officer: str = "") -> Command:
    """The command that records that a report was asked for at an instant, by whom if an officer is named."""
    event = ReportChased(
        record_id=NO_RECORD,
        happened_at=instant(at),
        by=Actor(officer=officer) if officer else None,
        month=report.month,
        to=report.manager,
    )
    name = "\x1f".join((CLOCK, report.month, LEVEL, report.record))
    return Command(Statement(event, subject=report.stream_id, of="estate"), uuid5(RECORDS, name))
