"""Steps of a home's file: how it enters the book, where it lies, how it leaves it."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Clock


def registered(home: Home, event: ev.DwellingRegistered, at: Micros) -> None:
    home.area, home.zone = event.area, event.zone


def corrected(home: Home, event: ev.DwellingCorrected, at: Micros) -> None:
    home.area = event.area or home.area


def reassigned(home: Home, event: ev.AreaReassigned, at: Micros) -> None:
    """From here on it lies elsewhere; what was before is counted where it lay then."""
    home.area = event.area


def deregistered(home: Home, event: ev.DwellingDeregistered, at: Micros) -> None:
    """Gone is never verified: what still ran can no longer come."""
    home.gone_at = min(home.gone_at, at)
    home.watch = None
    for row in list({**home.held, **home.dirty}.values()):
        if isinstance(row, Clock) and row.outcome in ("running", "claimed"):
            home.clock(row._replace(outcome="void", ended_at=at))


STEPS: dict[type[ev.Event], Step] = {
    ev.DwellingRegistered: registered,
    ev.DwellingCorrected: corrected,
    ev.AreaReassigned: reassigned,
    ev.DwellingDeregistered: deregistered,
}
