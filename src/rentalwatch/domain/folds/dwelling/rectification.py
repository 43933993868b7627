"""Steps of a home's file: notices, deadlines, claims, rejections, verifications, and the watch after them."""

from __future__ import annotations

from datetime import datetime

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home, key_of, us
from rentalwatch.domain.instants import FOREVER, Micros, micros
from rentalwatch.domain.judgement import EVER, Clock
from rentalwatch.domain.tracks import ClaimTrack, FindingTrack, WatchTrack


def noticed(home: Home, event: ev.NoticeServed, at: Micros) -> None:
    findings = _not_early(home, event, event.deadline, at, "noticed-before-confirmation")
    for track in home.named(event, findings, at):
        if track.noticed_at is None and track.notice_due != FOREVER:
            home.clock(Clock("notice", track.key, track.opened_at or at, track.notice_due, "met", at))
        track.noticed_at = at
        if event.deadline is not None:
            track.deadline = micros(event.deadline)
            home.ever |= EVER["b2"]
        home.clock(track.deadline_clock(at))


def extended(home: Home, event: ev.DeadlineExtended, at: Micros) -> None:
    if not event.granted or event.deadline is None:
        return
    findings = _not_early(home, event, event.deadline, at, "extended-before-notice")
    for track in home.named(event, findings, at):
        if track.noticed_at is None:
            home.note(event, at, "extended-before-notice")
            _notice_void(home, track, at)
            track.noticed_at = at
        track.deadline = micros(event.deadline)
        home.ever |= EVER["b2"]
        home.clock(track.deadline_clock(at))


def _not_early(
    home: Home,
    event: ev.NoticeServed | ev.DeadlineExtended,
    deadline: datetime | None,
    at: Micros,
    code: str,
) -> tuple[ev.Finding, ...]:
    """A notice dated before the finding it is about is out of order, and no less served: it is kept until
    the finding is confirmed. Returns the findings that were."""
    early = [key for key in map(key_of, event.findings) if key not in home.findings]
    if any(key not in home.early for key in early):
        home.note(event, at, code)
    for key in early:
        since, before = home.early.get(key, (at, FOREVER))
        home.early[key] = (since, before if deadline is None else micros(deadline))
    return tuple(f for f in event.findings if key_of(f) in home.findings)


def claimed(home: Home, event: ev.RectificationClaimed, at: Micros) -> None:
    named = tuple(map(key_of, event.findings))
    claim = ClaimTrack(event.record_id, at, us(event.due), named)
    home.ever |= EVER["claimed"]
    for track in home.named(event, event.findings, at):
        if track.claim is not None:
            claim.due = min(claim.due, track.claim.due)  # claiming again gives the squad no more time
            _settle(home, track.claim, (track.key,), "replaced", at)
        track.claim = claim
        claim.waiting.add(track.key)
        home.clock(track.deadline_clock(at))
    if claim.waiting:
        home.unrefuted.append(claim)
        home.ever |= EVER["b3"] if claim.due != FOREVER else 0
    else:
        claim.status = "idle"  # nothing that it names is open
    home.put(("claim", claim.record), claim.row())
    home.clock(claim.clock(at))


def refute(home: Home, at: Micros) -> None:
    """The first later confirmation in the file, of any finding, refutes a claim of which any finding
    is still unverified, even one rejected meanwhile 假整改."""
    still: list[ClaimTrack] = []
    for claim in home.unrefuted:
        if all(key not in home.open for key in claim.named):
            still.append(claim)
            continue
        claim.refuted_at = at
        _settle(home, claim, tuple(sorted(claim.waiting)), "refuted", at)
    home.unrefuted = still


def _settle(home: Home, claim: ClaimTrack, keys: tuple[str, ...], status: str, at: Micros) -> None:
    """Takes `keys` off a claim; once nothing waits, the claim's fate is `status`."""
    for key in keys:
        claim.waiting.discard(key)
        track = home.findings[key]
        if track.claim is claim:
            track.claim = None
        home.clock(track.deadline_clock(at))
    if not claim.waiting or status == "refuted":
        claim.status = status
    home.put(("claim", claim.record), claim.row())
    if keys:
        home.clock(claim.clock(at))


def rejected(home: Home, event: ev.RectificationRejected, at: Micros) -> None:
    for track in home.named(event, event.findings, at):
        if track.claim is not None:
            _settle(home, track.claim, (track.key,), "rejected", at)


def verified(home: Home, event: ev.RectificationVerified, at: Micros) -> None:
    if event.channel.strip().casefold() in PHOTOGRAPHS:
        home.note(event, at, "verified-by-photograph")
        return
    if event.basis == "re_inspection" and home.inspections.get(event.inspection_id) != "full":
        home.note(event, at, "verified-without-full-access")
        return
    for track in home.named(event, event.findings, at):
        claim = track.claim
        _notice_void(home, track, at)
        track.verify()
        del home.open[track.key]
        if claim is not None:
            _settle(home, claim, (track.key,), "verified", at)
        home.clock(track.deadline_clock(at))
        home.ever_verified = True
        home.ever |= EVER["verified"]
    home.unrefuted = [c for c in home.unrefuted if any(key in home.open for key in c.named)]
    if home.round is not None and not home.open:
        _close(home, event, at)


PHOTOGRAPHS = ("photo", "photograph", "照片", "图片")
"""Channels of what an owner sends in: alone it verifies nothing (domain §3.3)."""


def _close(home: Home, event: ev.RectificationVerified, at: Micros) -> None:
    """Nothing is left open: the round is closed by verification, and the watch begins."""
    assert home.round is not None
    row = home.round._replace(closed_at=at, closing="verification")
    home.put(("round", row.number), row)
    home.watch = WatchTrack(at, event.watch, row.number)
    home.round = None
    home.past.closed(at)
    home.trail.closed()
    home.clock(home.watch.clock())


def released(home: Home, event: ev.WatchReleased, at: Micros) -> None:
    watch = home.watch
    if watch is None or watch.released_at is not None:
        home.note(event, at, "released-without-watch")
        return
    if not watch.releasable(at):
        home.note(event, at, "released-early")
    home.clock(watch.clock("void", at))
    watch.released_at = at


def _notice_void(home: Home, track: FindingTrack, at: Micros) -> None:
    """A notice still due is needed no more."""
    if track.b1_due != FOREVER:
        home.clock(Clock("notice", track.key, track.opened_at or at, track.b1_due, "void", at))


STEPS: dict[type[ev.Event], Step] = {
    ev.NoticeServed: noticed,
    ev.DeadlineExtended: extended,
    ev.RectificationClaimed: claimed,
    ev.RectificationRejected: rejected,
    ev.RectificationVerified: verified,
    ev.WatchReleased: released,
}
