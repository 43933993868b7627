"""Steps of a home's file: findings confirmed, and the rounds 轮次 that they open and close (domain §3.3)."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.alerts import calls_for_one, show
from rentalwatch.domain.folds.dwelling.home import Home, key_of, us
from rentalwatch.domain.folds.dwelling.rectification import refute
from rentalwatch.domain.instants import FOREVER, Micros, day_start, micros
from rentalwatch.domain.judgement import EVER, Clock, Round
from rentalwatch.domain.tracks import FindingTrack


def confirmed(home: Home, event: ev.ViolationConfirmed, at: Micros) -> None:
    if event.basis == "inspection" and event.inspection_id not in home.inspections:
        code = "alert-as-evidence" if _is_alert(home, event.inspection_id) else "confirmed-without-inspection"
        home.note(event, at, code)
        return
    home.ever |= EVER["confirmed"]
    home.cleared = False
    if home.first_confirmed == FOREVER:
        home.first_confirmed = at
        if event.onset_on is not None:
            home.first_onset = micros(day_start(event.onset_on, home.zone))
    refute(home, at)
    for finding in event.findings:
        _open(home, key_of(finding), event, at)
    for alert in home.alerts.confirm(event.inspection_id, at):
        show(home, alert)
    home.past.confirmed(event, home.parties.operators(at))
    tag(home, at)


def _is_alert(home: Home, name: str) -> bool:
    return any(name == str(record) for record in home.alerts.by_record)


def _open(home: Home, key: str, event: ev.ViolationConfirmed, at: Micros) -> None:
    track = home.findings.setdefault(key, FindingTrack(key))
    if track.is_open:
        return
    early = home.early.pop(key, None)
    due = us(event.notice_due) if early is None else FOREVER
    track.open(at, due)
    home.open[key] = track
    if early is not None:
        track.noticed_at, track.deadline = early
        home.ever |= EVER["b2"] if track.deadline != FOREVER else 0
        home.clock(track.deadline_clock(at))
    if due != FOREVER:
        home.ever |= EVER["b1"]
        home.clock(Clock("notice", key, at, due, "running", FOREVER))
    if home.round is None:
        _open_round(home, event, at)


def _open_round(home: Home, event: ev.ViolationConfirmed, at: Micros) -> None:
    opening = "implied" if event.implied else "relapse" if home.ever_verified else "original"
    home.rounds += 1
    home.round = Round(home.rounds, opening, at, FOREVER, "")
    if opening == "relapse":
        home.round = home.round._replace(
            caught_by=home.trail.to(event.inspection_id),
            watch=home.watch.stands if home.watch is not None else "",
            days_since=home.past.days_since(at, home.zone),
        )
        calls_for_one(home, event.record_id, "confirmation", at)
    if home.watch is not None:
        if home.watch.released_at is None:
            home.clock(home.watch.clock("void", at))
        home.watch = None


def tag(home: Home, at: Micros) -> None:
    """The tags of an open round that facts after its opening may still change: what was found at that very
    instant, and who turns out to run it."""
    if home.round is None:
        return
    if home.round.opening == "relapse":
        home.round = home.round._replace(operator=home.past.operator())
        if home.round.opened_at == at:
            home.round = home.round._replace(ground=home.past.ground())
    home.put(("round", home.round.number), home.round)


STEPS: dict[type[ev.Event], Step] = {ev.ViolationConfirmed: confirmed}
