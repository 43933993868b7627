"""Steps of a home's file: how it enters the book, where it lies, how it leaves it."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Clock, Particulars

_UNTOLD = Particulars(-1, -1, -1)


def registered(home: Home, event: ev.DwellingRegistered, at: Micros) -> None:
    home.area, home.zone = event.area, event.zone
    said = _said(_UNTOLD, event)
    if event.registered_residents is not None:
        said = said._replace(persons=event.registered_residents)
    _show(home, said)


def corrected(home: Home, event: ev.DwellingCorrected, at: Micros) -> None:
    home.area = event.area or home.area
    _show(home, _said(home.particulars, event))


def _said(known: Particulars, event: ev.DwellingRegistered | ev.DwellingCorrected) -> Particulars:
    """What is known once an event has said its part."""
    rooms = known.rooms if event.designed_rooms is None else event.designed_rooms
    area = known.area if event.usable_m2 is None else round(event.usable_m2 * 100)
    return known._replace(rooms=rooms, area=area)


def _show(home: Home, said: Particulars) -> None:
    """A home of which nobody said anything has no row."""
    home.particulars = said
    if said != _UNTOLD:
        home.put(("particulars", 0), said)


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
