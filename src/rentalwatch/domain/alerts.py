"""An alert 预警 from its raising to what became of it.

Two clocks run. *alert_answer* is a product clock for those who are asked: it starts anew for the next level
when nobody answered, and any answer meets it. *on_site* is what zero omission counts by (domain §6, cause a):
somebody must get in with full access, unless the alert is answered as unfounded. Only an answer that names
what was looked at is one: "nothing" without an observation stops neither clock, and "known to be exempt"
stops it only where an exemption is on file. Escalating and closing give no more time.

A rule that is suspicious again while its alert is open says nothing new: the alert counts it, and an answer
to either is an answer to both. One that is withheld from managers begins with the squad.
"""

from __future__ import annotations

import hashlib
from typing import get_args
from uuid import UUID

from rentalwatch.domain.events import AlertAnswered, AlertEscalated, AlertLevel, AlertRaised
from rentalwatch.domain.instants import FOREVER, Micros, micros
from rentalwatch.domain.judgement import Alert, Clock, RelapseCall

LEVELS: tuple[AlertLevel, ...] = get_args(AlertLevel)
"""Who is asked, one after the other."""

OUTSIDE: tuple[AlertLevel, ...] = ("manager", "neighbourhood")
"""Levels that an alert withheld from managers does not reach: they talk to each other every day."""

OBSERVATIONS = (
    *("partition_seen", "beds_seen", "many_people", "many_bicycles", "meters_added", "balcony_lived_in"),
    *("windows_dark", "no_sign", "empty_home", "family_home", "shop_premises", "nobody_answers"),
)
"""What can be looked at from outside 观察情况: codes, since an answer holds no text of anybody's."""

DRAWN_OF = 10
"""One of so many alerts that were answered as unfounded is inspected all the same (domain §6)."""


def next_level(level: str) -> AlertLevel | None:
    """Who is asked when this level did not answer; None: there is nobody above."""
    at = LEVELS.index(level) + 1
    return LEVELS[at] if at < len(LEVELS) else None


def first_level(event: AlertRaised) -> AlertLevel:
    """Who is asked first."""
    return "squad" if event.withheld_from_manager and event.level in OUTSIDE else event.level


def is_drawn(alert: UUID) -> bool:
    """Whether this alert is of the tenth that is inspected if it is answered as unfounded: told by its id
    alone, so that nobody chooses, and everybody who counts again draws the same."""
    return int.from_bytes(hashlib.sha256(alert.bytes).digest()[:8]) % DRAWN_OF == 0


class AlertTrack:
    """One alert: unhandled → accepted → answered → false or confirmed, or lifted by a person."""

    def __init__(
        self, event: AlertRaised, record: UUID, at: Micros, *, kind: str, known: bool, calls: bool
    ) -> None:
        """`record`: the id by which others name it. `known`: a finding was open already. `calls`: it calls
        for an inspection; one that was raised by a confirmation does not."""
        self.event = event
        self.record = record
        self.kind = kind
        self.at = at
        self.known = known
        self.raised_by = getattr(event, "raised_by", "signal")
        self.level: str = first_level(event)
        self.due = micros(event.due)
        self.level_from = at
        on_site = event.on_site_due or event.due
        self.on_site = micros(on_site) if calls else FOREVER
        self.status = "unhandled" if calls else "confirmed"
        self.answer = ""
        self.answered_at: Micros = FOREVER
        self.heard_at: Micros = FOREVER
        self.unfounded = False
        self.handled_at: Micros | None = None if calls else at
        self.missed = False
        self.repeats = 0
        self.last_seen = at
        self.reference = ""

    @property
    def waits(self) -> bool:
        """Whether somebody must still get in because of it."""
        return self.handled_at is None and not self.unfounded

    @property
    def is_settled(self) -> bool:
        return self.status in ("false", "confirmed")

    @property
    def waits_for_answer(self) -> bool:
        return self.heard_at == FOREVER and self.handled_at is None

    def holds(self, event: AlertRaised, kind: str) -> bool:
        """Whether an alert that is raised now says again what this one says, and this one is open."""
        mine = self.event
        same = (self.kind, mine.rule, mine.withheld_from_manager)
        return (
            self.waits and self.status != "lifted" and same == (kind, event.rule, event.withheld_from_manager)
        )

    def seen_again(self, at: Micros) -> None:
        """The same rule was suspicious again."""
        self.repeats += 1
        self.last_seen = max(self.last_seen, at)

    def accept(self) -> None:
        if self.status == "unhandled":
            self.status = "accepted"

    def hear(self, event: AlertAnswered, at: Micros, *, counts: bool, unfounded: bool) -> None:
        """An answer; of several the last is shown. `counts`: it meets the clock for the answer."""
        self.answer, self.answered_at = event.answer, at
        self.reference = event.reference or self.reference
        self.unfounded = unfounded
        if counts and self.handled_at is None:
            self.heard_at = min(self.heard_at, at)
        if counts and not self.is_settled:
            self.status = "answered"

    def escalate(self, event: AlertEscalated, at: Micros) -> Clock | None:
        """The next level is asked. Returns the clock of the one before, which nobody met."""
        if self.handled_at is not None:
            return None  # somebody has looked: there is nothing left to ask
        over = None if self.heard_at < FOREVER else self.answer_clock()._replace(outcome="void", ended_at=at)
        self.level, self.due, self.level_from, self.heard_at = event.level, micros(event.due), at, FOREVER
        return over

    def lift(self) -> None:
        """Closed by a person: it is shown so, and calls for an inspection as before."""
        if not self.is_settled:
            self.status = "lifted"

    def handle(self, at: Micros) -> None:
        """Somebody got in: what the alert says is false unless something is confirmed there."""
        self.handled_at = at
        if not self.is_settled:
            self.status = "confirmed" if self.known else "false"

    def confirm(self, at: Micros) -> None:
        """It was right; who had answered that there was nothing has missed it 漏判."""
        self.status = "confirmed"
        self.missed = self.missed or (self.answer == "nothing" and self.answered_at < at)

    def row(self) -> Alert:
        event = self.event
        return Alert(
            str(self.record), self.kind, event.rule, event.rule_version, self.at, self.due, self.level,
            self.answer, self.answered_at, self.status, int(self.missed), self.raised_by, self.level_from,
            int(self.waits_for_answer), int(event.withheld_from_manager), self.repeats, self.last_seen,
            self.reference, int(self.unfounded and is_drawn(self.record)), ";".join(event.reasons),
        )  # fmt: skip

    def answer_clock(self) -> Clock:
        """The clock of the level that is asked. Once somebody got in, no answer is needed any more."""
        outcome, ended = "running", FOREVER
        if self.heard_at < FOREVER:
            outcome, ended = "met", self.heard_at
        elif self.handled_at is not None:
            outcome, ended = "void", self.handled_at
        key = f"{self.event.rule}/{self.level}/{self.record}"
        return Clock("alert_answer", key, self.level_from, self.due, outcome, ended)

    def on_site_clock(self) -> Clock | None:
        """The clock that cause (a) counts by."""
        if self.on_site == FOREVER:
            return None
        key = f"{self.event.rule}/{self.record}"
        if self.handled_at is not None:
            return Clock("on_site", key, self.at, self.on_site, "met", self.handled_at)
        outcome, ended = ("void", self.answered_at) if self.unfounded else ("running", FOREVER)
        return Clock("on_site", key, self.at, self.on_site, outcome, ended)


class Alerts:
    """The alerts of one home: those that still call for somebody, and what became of the others."""

    __slots__ = ("by_record", "calls", "first_due_handled", "followed", "handled_by", "waiting")

    def __init__(self) -> None:
        self.by_record: dict[UUID, AlertTrack] = {}
        self.waiting: dict[UUID, AlertTrack] = {}
        self.handled_by: dict[str, list[AlertTrack]] = {}
        self.first_due_handled: Micros = FOREVER
        self.calls: dict[UUID, RelapseCall] = {}
        self.followed: set[UUID] = set()

    def raise_(self, alert: AlertTrack) -> None:
        self.by_record[alert.record] = alert
        if alert.handled_at is None:
            self.waiting[alert.record] = alert

    def like(self, event: AlertRaised, kind: str) -> AlertTrack | None:
        """The open alert that says already what this one says."""
        return next((a for a in self.waiting.values() if a.holds(event, kind)), None)

    def handle(self, inspection_id: str, at: Micros) -> list[AlertTrack]:
        """Somebody got in with full access. Returns the alerts that waited for it."""
        handled = list(self.waiting.values())
        for alert in handled:
            alert.handle(at)
            if not alert.unfounded:
                self.first_due_handled = min(self.first_due_handled, alert.on_site)
        self.waiting = {}
        self.handled_by[inspection_id] = handled
        return handled

    def confirm(self, inspection_id: str, at: Micros) -> list[AlertTrack]:
        """Something was confirmed: all that waited were right, and those that this inspection had
        answered. Returns them."""
        right = list(self.waiting.values())
        right += self.handled_by.get(inspection_id, []) if inspection_id else []
        for alert in right:
            alert.confirm(at)
        return right

    @property
    def suspected(self) -> bool:
        return any(a.waits for a in self.waiting.values())

    @property
    def due(self) -> Micros:
        """By when somebody must get in."""
        return min((a.on_site for a in self.waiting.values() if a.waits), default=FOREVER)

    @property
    def first_due(self) -> Micros:
        """By when somebody had to get in first, done or not."""
        return min(self.due, self.first_due_handled)
