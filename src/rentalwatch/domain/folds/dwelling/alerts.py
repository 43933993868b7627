"""Steps of a home's file: alerts 预警. They point at a home and are never evidence (行政处罚法 art. 41)."""

from __future__ import annotations

from uuid import UUID

from rentalwatch.domain import events as ev
from rentalwatch.domain.alerts import AlertTrack
from rentalwatch.domain.defences import Defence
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import EVER

_About = ev.AlertAcknowledged | ev.AlertAnswered | ev.AlertEscalated | ev.AlertClosed

_RAISED_BY: dict[str, Defence] = {"signal": "platform", "report": "front_line"}
"""Who points at the home by a relapse alert; one that a confirmation raised points at nothing new."""


def raised(home: Home, event: ev.AlertRaised, at: Micros) -> None:
    by = event.raised_by if isinstance(event, ev.RelapseAlertRaised) else "signal"
    kind = "relapse_alert" if isinstance(event, ev.RelapseAlertRaised) else "alert"
    calls = by != "confirmation"
    alert = AlertTrack(event, event.record_id, at, kind=kind, known=bool(home.open), calls=calls)
    if calls:
        home.ever |= EVER["a"]
        home.trail.points(_RAISED_BY[by])
    home.alerts.raise_(alert)
    show(home, alert)


def show(home: Home, alert: AlertTrack) -> None:
    """The alert and its clocks as they stand now."""
    home.put(("alert", alert.record), alert.row())
    home.clock(alert.answer_clock())
    home.clock(alert.on_site_clock())


def taken(home: Home, event: ev.AlertAcknowledged, at: Micros) -> None:
    alert = _named(home, event, event.alert, at)
    if alert is not None:
        alert.accept()
        show(home, alert)


def answered(home: Home, event: ev.AlertAnswered, at: Micros) -> None:
    alert = _named(home, event, event.alert, at)
    if alert is None:
        return
    unfounded = counts = True
    if event.answer == "nothing" and not event.observation:
        home.note(event, at, "unfounded-without-observation")
        unfounded = counts = False
    elif event.answer == "exempt" and not home.exempt(at):
        home.note(event, at, "exempt-without-exemption")
        unfounded = False
    elif event.answer not in ("nothing", "exempt"):
        unfounded = False
    alert.hear(event, at, counts=counts, unfounded=unfounded)
    show(home, alert)


def escalated(home: Home, event: ev.AlertEscalated, at: Micros) -> None:
    alert = _named(home, event, event.alert, at)
    if alert is not None:
        home.clock(alert.escalate(event, at))
        show(home, alert)


def closed(home: Home, event: ev.AlertClosed, at: Micros) -> None:
    """An inspection has settled it by itself; a person's closing changes no judgement."""
    alert = _named(home, event, event.alert, at)
    if alert is None:
        return
    if event.inspection_id and home.inspections.get(event.inspection_id) != "full":
        home.note(event, at, "closed-without-inspection")
    alert.lift()
    show(home, alert)


def _named(home: Home, event: _About, record: UUID, at: Micros) -> AlertTrack | None:
    """The alert that a fact is about, as it was corrected since."""
    holding = home.holds.get(record, record)
    alert = home.alerts.by_record.get(holding) if holding is not None else None
    if alert is None:
        home.note(event, at, "refers-to-nothing")
    return alert


STEPS: dict[type[ev.Event], Step] = {
    ev.AlertRaised: raised,
    ev.RelapseAlertRaised: raised,
    ev.AlertAcknowledged: taken,
    ev.AlertAnswered: answered,
    ev.AlertEscalated: escalated,
    ev.AlertClosed: closed,
}
