"""The state of a home's file after a prefix of its facts, and what it reads as."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from rentalwatch.domain import events as ev
from rentalwatch.domain.alerts import Alerts
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.action import HomeAtActions
from rentalwatch.domain.folds.base import Slot
from rentalwatch.domain.instants import FOREVER, Micros, micros
from rentalwatch.domain.judgement import Clock, Exemption, Particulars, Round, State, Watch
from rentalwatch.domain.tags import Parties, Past, Trail
from rentalwatch.domain.tracks import AccessTrack, ClaimTrack, FindingTrack, LeadTrack, WatchTrack


def us(moment: datetime | None) -> Micros:
    """An instant that may be missing: then never."""
    return FOREVER if moment is None else micros(moment)


def key_of(finding: ev.Finding) -> str:
    """What a finding is told by within its file."""
    return f"{finding.ground}/{finding.key}"


class Home(HomeAtActions):
    """The state of a home's file after a prefix of its facts. The steps that move it along are functions of
    the modules beside this one."""

    __slots__ = (
        *("access", "alerts", "area", "cleared", "early", "ever", "ever_verified", "exemptions", "findings"),
        *("first_confirmed", "first_onset", "gone_at", "handed", "inspections", "leads", "open"),
        *("particulars", "parties", "past", "round", "rounds", "trail", "unrefuted", "watch", "zone"),
    )

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        first = next((f.event for f in facts if isinstance(f.event, ev.DwellingRegistered)), None)
        self.area = first.area if first else ""
        self.zone = first.zone if first else "Asia/Shanghai"
        self.particulars = Particulars(-1, -1, -1)
        self.findings: dict[str, FindingTrack] = {}
        self.open: dict[str, FindingTrack] = {}
        self.early: dict[str, tuple[Micros, Micros]] = {}
        self.unrefuted: list[ClaimTrack] = []
        self.leads: dict[str, LeadTrack] = {}
        self.access = AccessTrack()
        self.inspections: dict[str, str] = {}
        self.round: Round | None = None
        self.rounds = 0
        self.past = Past()
        self.trail = Trail()
        self.parties = Parties()
        self.exemptions: dict[UUID, Exemption] = {}
        self.alerts = Alerts()
        self.handed: dict[tuple[str, str], Clock] = {}
        self.ever_verified = False
        self.watch: WatchTrack | None = None
        self.first_confirmed: Micros = FOREVER
        self.first_onset: Micros = FOREVER
        self.ever = 0
        self.cleared = False
        self.gone_at: Micros = FOREVER

    def apply(self, fact: Fact) -> None:
        if fact.at > self.gone_at:
            self.note(fact.event, fact.at, "after-deregistration")
        super().apply(fact)

    def changes(self, at: Micros) -> dict[Slot, Any]:
        """The rows that changed since last asked, the state's own among them."""
        self.dirty[("state", 0)] = self._state()
        self.dirty[("watch", 0)] = self._watch()
        return super().changes(at)

    # -- what steps ask and do ---------------------------------------------------------------------

    def put(self, slot: Slot, row: Any) -> None:
        """From now on `slot` holds `row` (None: nothing)."""
        self.dirty[slot] = row

    def clock(self, clock: Clock | None) -> None:
        """A clock as it stands now, if there is one."""
        self._clock(clock)

    def note(self, event: ev.Event, at: Micros, code: str) -> None:
        """This record does not fit the lawful order."""
        self._note(event, at, code)

    def named(self, event: ev.Event, findings: tuple[ev.Finding, ...], at: Micros) -> Iterable[FindingTrack]:
        """The open findings among those named; the others are noted as irregular."""
        for key in dict.fromkeys(map(key_of, findings)):
            track = self.open.get(key)
            if track is None:
                self.note(event, at, "finding-not-open")
            else:
                yield track

    def exempt(self, at: Micros) -> bool:
        """Whether rules are quiet here as of an instant."""
        return any(at <= e.until for e in self.exemptions.values())

    # -- reading off -------------------------------------------------------------------------------

    def _state(self) -> State:
        b1, b2, b3 = self._rectification_due()
        suspected, a, a_first = self._suspicion()
        if self.gone:
            a = b1 = b2 = b3 = FOREVER
        return State(
            self.area,
            self._shown(suspected),
            self.rounds,
            self.round.opening if self.round else "",
            len(self.open),
            sum([t.claim is not None for t in self.open.values()]),
            self.first_confirmed,
            self.first_onset,
            self.ever,
            int(suspected and self.access.unreached),
            a,
            a_first,
            b1,
            b2,
            b3,
        )

    def _watch(self) -> Watch | None:
        watch = self.watch
        if watch is None:
            return None
        begin, end = watch.release_window()
        if watch.released_at is not None:
            return Watch(watch.closed_at, watch.released_at, len(watch.clean), FOREVER, begin, end)
        return Watch(watch.closed_at, FOREVER, len(watch.clean), watch.due, begin, end)

    def _rectification_due(self) -> tuple[Micros, Micros, Micros]:
        """By when an open finding must have a notice, be put right, have its claim checked: the earliest."""
        b1 = b2 = b3 = FOREVER
        for track in self.open.values():
            if track.noticed_at is None:
                b1 = min(b1, track.notice_due)
            if track.claim is None:
                b2 = min(b2, track.deadline)
            else:
                b3 = min(b3, track.claim.due)
        return b1, b2, b3

    @property
    def gone(self) -> bool:
        """Whether the home is no more 灭失."""
        return self.gone_at < FOREVER

    def _suspicion(self) -> tuple[bool, Micros, Micros]:
        """Whether anybody points at this home, when somebody must have been inside, and by when first."""
        running, due, first = False, FOREVER, FOREVER
        if self.alerts.by_record:
            running, due, first = self.alerts.suspected, self.alerts.due, self.alerts.first_due
        for lead in self.leads.values():
            first = min(first, lead.due)
            if lead.handled_at is None:
                running, due = True, min(due, lead.due)
        return running, due, first

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
