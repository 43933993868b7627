"""Steps of a home's file: alerts 预警. They point at a home and are never evidence (行政处罚法 art. 41)."""

from __future__ import annotations

from uuid import UUID

from rentalwatch.domain import events as ev
from rentalwatch.domain.alerts import AlertTrack
from rentalwatch.domain.defences import Defence
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import EVER, RelapseCall

_About = ev.AlertAcknowledged | ev.AlertAnswered | ev.AlertEscalated | ev.AlertClosed

_RAISED_BY: dict[str, Defence] = {"signal": "platform", "report": "front_line"}
"""Who points at the home by a relapse alert; one that a confirmation raised points at nothing new."""


def raised(home: Home, event: ev.AlertRaised, at: Micros) -> None:
    by = event.raised_by if isinstance(event, ev.RelapseAlertRaised) else "signal"
    kind = "relapse_alert" if isinstance(event, ev.RelapseAlertRaised) else "alert"
    calls = by != "confirmation"
    follows = event.follows if isinstance(event, ev.RelapseAlertRaised) else None
    if follows is not None:
        _alerted(home, follows)
    if calls:
        home.ever |= EVER["a"]
    if calls and follows is None:  # what it follows from has pointed here by itself
        home.trail.points(_RAISED_BY[by])
    open_already = home.alerts.like(event, kind) if calls else None
    if open_already is not None:
        open_already.seen_again(at)
        home.alerts.by_record[event.record_id] = open_already
        show(home, open_already)
        return
    alert = AlertTrack(event, event.record_id, at, kind=kind, known=bool(home.open), calls=calls)
    home.alerts.raise_(alert)
    show(home, alert)


def calls_for_one(home: Home, record: UUID, raised_by: str, at: Micros) -> None:
    """A fact calls for a relapse alert, and has it if one names it."""
    call = RelapseCall(str(record), raised_by, at, int(record in home.alerts.followed))
    home.alerts.calls[record] = call
    home.put(("relapse_call", record), call)


def reported_under_watch(home: Home, record: UUID, at: Micros) -> None:
    """Somebody reported a home: that is a sign of relapse where a watch runs or was released, and nothing is
    open."""
    if home.watch is not None and home.round is None:
        calls_for_one(home, record, "report", at)


def _alerted(home: Home, record: UUID) -> None:
    """An alert names the fact that called for it, which may lie at the same instant and come behind it."""
    holding = home.holds.get(record, record)
    if holding is None:
        return
    home.alerts.followed.add(holding)
    call = home.alerts.calls.get(holding)
    if call is not None:
        calls_for_one(home, holding, call.raised_by, call.called_at)


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
