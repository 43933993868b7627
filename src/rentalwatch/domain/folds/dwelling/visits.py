"""Steps of a home's file: going there. Only an inspection with full access handles what was pointed out."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.defences import defence_of
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.alerts import reported_under_watch, show
from rentalwatch.domain.folds.dwelling.home import Home
from rentalwatch.domain.instants import Micros, local_date
from rentalwatch.domain.tracks import AccessTrack


def patrolled(home: Home, event: ev.PatrolRecorded, at: Micros) -> None:
    """Seen from outside: it judges nothing, but it may lead to an inspection. A patrol made while a
    complaint waits is an answer to it, and caught nothing itself."""
    complained = any(
        lead.handled_at is None and defence_of(lead.channel) == "complaint" for lead in home.leads.values()
    )
    if event.seen == "suspicious":
        reported_under_watch(home, event.record_id, at)
    if event.seen != "nothing" and not complained:
        by = defence_of(event.channel)
        home.trail.points(by if by == "front_line" else "patrol")


def attempted(home: Home, event: ev.VisitAttempted, at: Micros) -> None:
    home.access.failed(local_date(at, home.zone), bool(event.outside_office_hours))


def inspected(home: Home, event: ev.InspectionRecorded, at: Micros) -> None:
    full = event.access == "full"
    home.inspections[event.inspection_id] = event.access
    unannounced = event.purpose == "revisit" or event.action_id != ""
    home.trail.inspected(event.inspection_id, unannounced=unannounced, full=full)
    if len(set(event.officers)) == 1:  # none named: unknown, not irregular
        home.note(event, at, "one-officer")
    if full:
        home.access = AccessTrack()
        home.cleared = not home.open
        _handle(home, event, at)
        _revisit(home, at)


def _handle(home: Home, event: ev.InspectionRecorded, at: Micros) -> None:
    for lead in home.leads.values():
        if lead.handled_at is None:
            lead.handled_at = at
            home.clock(lead.clock())
    for alert in home.alerts.handle(event.inspection_id, at):
        show(home, alert)


def _revisit(home: Home, at: Micros) -> None:
    watch = home.watch
    if watch is not None and home.round is None and watch.released_at is None:
        home.clock(watch.clock("met", at))
        watch.revisited(at)
        home.clock(watch.clock())


STEPS: dict[type[ev.Event], Step] = {
    ev.PatrolRecorded: patrolled,
    ev.VisitAttempted: attempted,
    ev.InspectionRecorded: inspected,
}
