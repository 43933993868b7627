"""The state of a home's file after a prefix of its facts: one step per kind of fact, and what it reads as."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.base import Fold, Slot
from rentalwatch.domain.instants import FOREVER, Micros, day_start, local_date, micros
from rentalwatch.domain.judgement import EVER, Clock, Round, State
from rentalwatch.domain.tracks import AccessTrack, ClaimTrack, FindingTrack, LeadTrack, WatchTrack


def _us(moment: Any) -> Micros:
    return FOREVER if moment is None else micros(moment)


def _key(finding: ev.Finding) -> str:
    return f"{finding.ground}/{finding.key}"


class DwellingFold(Fold):
    """The state of a home's file after a prefix of its facts."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        first = next((f.event for f in facts if isinstance(f.event, ev.DwellingRegistered)), None)
        self.area = first.area if first else ""
        self.zone = first.zone if first else "Asia/Shanghai"
        self.findings: dict[str, FindingTrack] = {}
        self.open: dict[str, FindingTrack] = {}
        self.early: dict[str, tuple[Micros, Micros]] = {}
        self.unrefuted: list[ClaimTrack] = []
        self.leads: dict[str, LeadTrack] = {}
        self.access = AccessTrack()
        self.inspections: dict[str, str] = {}
        self.round: Round | None = None
        self.rounds = 0
        self.ever_verified = False
        self.watch: WatchTrack | None = None
        self.first_confirmed: Micros = FOREVER
        self.first_onset: Micros = FOREVER
        self.ever = 0
        self.cleared = False
        self.gone = False

    def changes(self, at: Micros) -> dict[Slot, Any]:
        """The rows that changed since last asked, the state's own among them."""
        self.dirty[("state", 0)] = self._state()
        return super().changes(at)

    # -- one step per kind of fact -----------------------------------------------------------------

    def registered(self, event: ev.DwellingRegistered, at: Micros) -> None:
        self.area, self.zone = event.area, event.zone

    def corrected(self, event: ev.DwellingCorrected, at: Micros) -> None:
        self.area = event.area or self.area

    def deregistered(self, event: ev.DwellingDeregistered, at: Micros) -> None:
        self.gone = True
        self.watch = None
        for row in list({**self.held, **self.dirty}.values()):
            if isinstance(row, Clock) and row.outcome in ("running", "claimed"):
                self._clock(row._replace(outcome="void", ended_at=at))

    def lead(self, event: ev.LeadReported | ev.LeadDispatched, at: Micros) -> None:
        ticket = f"{event.channel}/{event.ticket}"
        known = self.leads.get(ticket)
        self.ever |= EVER["a"]
        if known is None:
            self.leads[ticket] = known = LeadTrack(ticket, at, _us(event.due))
            known.dispatched = isinstance(event, ev.LeadDispatched)
        elif isinstance(event, ev.LeadDispatched) and known.handled_at is None and event.due is not None:
            known.dispatch(at, micros(event.due))
        self._clock(known.clock())

    def visit(self, event: ev.VisitAttempted, at: Micros) -> None:
        self.access.failed(local_date(at, self.zone), bool(event.outside_office_hours))

    def assistance(self, event: ev.AssistanceRequested, at: Micros) -> None:
        self.access.assistance = True

    def inspected(self, event: ev.InspectionRecorded, at: Micros) -> None:
        self.inspections[event.inspection_id] = event.access
        if event.access != "full":
            return
        self.access = AccessTrack()
        self.cleared = not self.open
        for lead in self.leads.values():
            if lead.handled_at is None:
                lead.handled_at = at
                self._clock(lead.clock())
        watch = self.watch
        if watch is not None and self.round is None and watch.released_at is None:
            self._clock(watch.clock("met", at))
            watch.revisited(at)
            self._clock(watch.clock())

    def confirmed(self, event: ev.ViolationConfirmed, at: Micros) -> None:
        if event.basis == "inspection" and event.inspection_id not in self.inspections:
            self._note(event, at, "confirmed-without-inspection")
            return
        self.ever |= EVER["confirmed"]
        self.cleared = False
        if self.first_confirmed == FOREVER:
            self.first_confirmed = at
            if event.onset_on is not None:
                self.first_onset = micros(day_start(event.onset_on, self.zone))
        self._refute(at)
        for finding in event.findings:
            self._open(_key(finding), event, at)

    def _open(self, key: str, event: ev.ViolationConfirmed, at: Micros) -> None:
        track = self.findings.setdefault(key, FindingTrack(key))
        if track.is_open:
            return
        early = self.early.pop(key, None)
        due = _us(event.notice_due) if early is None else FOREVER
        track.open(at, due)
        self.open[key] = track
        if early is not None:
            track.noticed_at, track.deadline = early
            self.ever |= EVER["b2"] if track.deadline != FOREVER else 0
            self._clock(track.deadline_clock(at))
        if due != FOREVER:
            self.ever |= EVER["b1"]
            self._clock(Clock("notice", key, at, due, "running", FOREVER))
        if self.round is None:
            self._open_round(event, at)

    def _open_round(self, event: ev.ViolationConfirmed, at: Micros) -> None:
        opening = "implied" if event.implied else "relapse" if self.ever_verified else "original"
        self.rounds += 1
        self.round = Round(self.rounds, opening, at, FOREVER, "")
        self.dirty[("round", self.rounds)] = self.round
        if self.watch is not None:
            if self.watch.released_at is None:
                self._clock(self.watch.clock("void", at))
            self.watch = None

    def _refute(self, at: Micros) -> None:
        """The first later confirmation in the file, of any finding, refutes a claim of which any finding
        is still unverified, even one rejected meanwhile 假整改."""
        still: list[ClaimTrack] = []
        for claim in self.unrefuted:
            if all(key not in self.open for key in claim.named):
                still.append(claim)
                continue
            claim.refuted_at = at
            self._settle(claim, tuple(sorted(claim.waiting)), "refuted", at)
        self.unrefuted = still

    def _settle(self, claim: ClaimTrack, keys: tuple[str, ...], status: str, at: Micros) -> None:
        """Takes `keys` off a claim; once nothing waits, the claim's fate is `status`."""
        for key in keys:
            claim.waiting.discard(key)
            track = self.findings[key]
            if track.claim is claim:
                track.claim = None
            self._clock(track.deadline_clock(at))
        if not claim.waiting or status == "refuted":
            claim.status = status
        self.dirty[("claim", claim.record)] = claim.row()
        if keys:
            self._clock(claim.clock(at))

    def noticed(self, event: ev.NoticeServed, at: Micros) -> None:
        self._keep_early(event.findings, event.deadline, at)
        for track in self._named(event, event.findings, at):
            if track.noticed_at is None and track.notice_due != FOREVER:
                self._clock(Clock("notice", track.key, track.opened_at or at, track.notice_due, "met", at))
            track.noticed_at = at
            if event.deadline is not None:
                track.deadline = micros(event.deadline)
                self.ever |= EVER["b2"]
            self._clock(track.deadline_clock(at))

    def extended(self, event: ev.DeadlineExtended, at: Micros) -> None:
        if not event.granted or event.deadline is None:
            return
        self._keep_early(event.findings, event.deadline, at)
        for track in self._named(event, event.findings, at):
            if track.noticed_at is None:
                self._note(event, at, "extended-before-notice")
                self._notice_void(track, at)
                track.noticed_at = at
            track.deadline = micros(event.deadline)
            self.ever |= EVER["b2"]
            self._clock(track.deadline_clock(at))

    def _keep_early(self, findings: tuple[ev.Finding, ...], deadline: datetime | None, at: Micros) -> None:
        """A notice dated before the finding it is about is out of order, and no less served."""
        for key in map(_key, findings):
            if key not in self.findings:
                since, before = self.early.get(key, (at, FOREVER))
                self.early[key] = (since, before if deadline is None else micros(deadline))

    def claimed(self, event: ev.RectificationClaimed, at: Micros) -> None:
        named = tuple(_key(f) for f in event.findings)
        claim = ClaimTrack(event.record_id, at, _us(event.due), named)
        self.ever |= EVER["claimed"]
        for track in self._named(event, event.findings, at):
            if track.claim is not None:
                claim.due = min(claim.due, track.claim.due)  # claiming again gives the squad no more time
                self._settle(track.claim, (track.key,), "replaced", at)
            track.claim = claim
            claim.waiting.add(track.key)
            self._clock(track.deadline_clock(at))
        if claim.waiting:
            self.unrefuted.append(claim)
            self.ever |= EVER["b3"] if claim.due != FOREVER else 0
        else:
            claim.status = "idle"  # nothing that it names is open
        self.dirty[("claim", claim.record)] = claim.row()
        self._clock(claim.clock(at))

    def rejected(self, event: ev.RectificationRejected, at: Micros) -> None:
        for track in self._named(event, event.findings, at):
            if track.claim is not None:
                self._settle(track.claim, (track.key,), "rejected", at)

    def verified(self, event: ev.RectificationVerified, at: Micros) -> None:
        if event.basis == "re_inspection" and self.inspections.get(event.inspection_id) != "full":
            self._note(event, at, "verified-without-full-access")
            return
        for track in self._named(event, event.findings, at):
            claim = track.claim
            self._notice_void(track, at)
            track.verify()
            del self.open[track.key]
            if claim is not None:
                self._settle(claim, (track.key,), "verified", at)
            self._clock(track.deadline_clock(at))
            self.ever_verified = True
            self.ever |= EVER["verified"]
        self.unrefuted = [c for c in self.unrefuted if any(key in self.open for key in c.named)]
        if self.round is not None and not self.open:
            self.dirty[("round", self.round.number)] = self.round._replace(
                closed_at=at, closing="verification"
            )
            self.watch = WatchTrack(at, event.watch, self.round.number)
            self.round = None
            self._clock(self.watch.clock())

    def released(self, event: ev.WatchReleased, at: Micros) -> None:
        watch = self.watch
        if watch is None or watch.released_at is not None:
            self._note(event, at, "released-without-watch")
            return
        if not watch.releasable(at):
            self._note(event, at, "released-early")
        self._clock(watch.clock("void", at))
        watch.released_at = at

    def _notice_void(self, track: FindingTrack, at: Micros) -> None:
        """A notice still due is needed no more."""
        if track.b1_due != FOREVER:
            self._clock(Clock("notice", track.key, track.opened_at or at, track.b1_due, "void", at))

    def _named(self, event: ev.Event, findings: tuple[ev.Finding, ...], at: Micros) -> Iterable[FindingTrack]:
        """The open findings among those named; the others are noted as irregular."""
        for key in dict.fromkeys(map(_key, findings)):
            track = self.open.get(key)
            if track is None:
                self._note(event, at, "finding-not-open")
            else:
                yield track

    # -- reading off -------------------------------------------------------------------------------

    def _state(self) -> State:
        b1 = b2 = b3 = a = a_first = FOREVER
        pending = 0
        for track in self.open.values():
            claim = track.claim
            if track.noticed_at is None and track.notice_due < b1:
                b1 = track.notice_due
            if claim is None:
                b2 = min(b2, track.deadline)
            else:
                pending += 1
                b3 = min(b3, claim.due)
        running = False
        for lead in self.leads.values():
            a_first = min(a_first, lead.due)
            if lead.handled_at is None:
                running, a = True, min(a, lead.due)
        if self.gone:
            a = b1 = b2 = b3 = FOREVER
        return State(
            area=self.area,
            state=self._shown(running),
            round_no=self.rounds,
            opening=self.round.opening if self.round else "",
            open_findings=len(self.open),
            pending_findings=pending,
            first_confirmed_at=self.first_confirmed,
            first_onset_at=self.first_onset,
            ever=self.ever,
            unreached=int(running and self.access.unreached),
            a_due=a,
            a_first_due=a_first,
            b1_due=b1,
            b2_due=b2,
            b3_due=b3,
        )

    def _shown(self, suspected: bool) -> str:
        """The shown state; with a round open, that of its least advanced finding."""
        if self.gone:
            return "gone"
        if self.open:
            unclaimed = [t for t in self.open.values() if t.claim is None]
            if any(t.noticed_at is None for t in unclaimed):
                return "confirmed"
            return "noticed" if unclaimed else "claimed"
        if self.watch is not None:
            return "verified" if self.watch.released_at is None else "released"
        if suspected:
            return "unreached" if self.access.unreached else "suspected"
        return "cleared" if self.cleared else "known"


DwellingFold.STEPS = {
    ev.DwellingRegistered: DwellingFold.registered,
    ev.DwellingCorrected: DwellingFold.corrected,
    ev.DwellingDeregistered: DwellingFold.deregistered,
    ev.LeadReported: DwellingFold.lead,
    ev.LeadDispatched: DwellingFold.lead,
    ev.VisitAttempted: DwellingFold.visit,
    ev.AssistanceRequested: DwellingFold.assistance,
    ev.InspectionRecorded: DwellingFold.inspected,
    ev.ViolationConfirmed: DwellingFold.confirmed,
    ev.NoticeServed: DwellingFold.noticed,
    ev.DeadlineExtended: DwellingFold.extended,
    ev.RectificationClaimed: DwellingFold.claimed,
    ev.RectificationRejected: DwellingFold.rejected,
    ev.RectificationVerified: DwellingFold.verified,
    ev.WatchReleased: DwellingFold.released,
}
