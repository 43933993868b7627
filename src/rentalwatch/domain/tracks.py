"""The tracks of one file that run side by side: findings, claims, leads, the watch (domain §3.3).

Small mutable pieces of a fold; `judge` moves them along and reads them off.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from rentalwatch.domain.events import WatchTerms
from rentalwatch.domain.instants import DAY, FOREVER, Micros
from rentalwatch.domain.judgement import Claim, Clock


class FindingTrack:
    """One finding: confirmed → noticed → claimed → verified or rejected, or verified on the spot."""

    __slots__ = ("claim", "deadline", "key", "notice_due", "noticed_at", "opened_at")

    def __init__(self, key: str) -> None:
        self.key = key
        self.opened_at: Micros | None = None
        self.noticed_at: Micros | None = None
        self.notice_due: Micros = FOREVER
        self.deadline: Micros = FOREVER
        self.claim: ClaimTrack | None = None

    def open(self, at: Micros, notice_due: Micros) -> None:
        self.__init__(self.key)  # type: ignore[misc]
        self.opened_at, self.notice_due = at, notice_due

    def verify(self) -> None:
        self.opened_at, self.claim = None, None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    @property
    def b1_due(self) -> Micros:
        return self.notice_due if self.is_open and self.noticed_at is None else FOREVER

    def deadline_clock(self, at: Micros) -> Clock | None:
        if self.noticed_at is None or self.deadline == FOREVER:
            return None
        if self.is_open:
            outcome, ended = ("running" if self.claim is None else "claimed"), FOREVER
        else:
            outcome, ended = "met", at
        return Clock("deadline", self.key, self.noticed_at, self.deadline, outcome, ended)


class ClaimTrack:
    """One claim and the findings it still leaves waiting for a check."""

    __slots__ = ("at", "due", "named", "record", "refuted_at", "status", "waiting")

    def __init__(self, record: UUID, at: Micros, due: Micros, named: tuple[str, ...]) -> None:
        self.record = record
        self.at = at
        self.due = due
        self.named = named
        self.waiting: set[str] = set()
        self.status = "pending"
        self.refuted_at: Micros = FOREVER

    def row(self) -> Claim:
        return Claim(str(self.record), self.at, self.status, self.refuted_at)

    def clock(self, at: Micros) -> Clock | None:
        if self.due == FOREVER or self.status == "idle":
            return None
        unchecked = self.status in ("refuted", "replaced")
        outcome = "running" if self.waiting else ("void" if unchecked else "met")
        return Clock(
            "verification", str(self.record), self.at, self.due, outcome, FOREVER if self.waiting else at
        )


class LeadTrack:
    """A lead from its report to the first later inspection with full access."""

    __slots__ = ("dispatched", "due", "handled_at", "opened_at", "ticket")

    def __init__(self, ticket: str, at: Micros, due: Micros) -> None:
        self.ticket = ticket
        self.opened_at = at
        self.due = due
        self.handled_at: Micros | None = None
        self.dispatched = False

    def dispatch(self, at: Micros, due: Micros) -> None:
        """The squad's time runs from the first dispatch; sending it again gives no more of it."""
        if self.dispatched:
            self.due = min(self.due, due)
        else:
            self.dispatched, self.opened_at, self.due = True, at, due

    def clock(self) -> Clock | None:
        if self.due == FOREVER:
            return None
        handled = self.handled_at
        outcome = "running" if handled is None else "met"
        return Clock(
            "on_site", self.ticket, self.opened_at, self.due, outcome, FOREVER if handled is None else handled
        )


class AccessTrack:
    """Failed visits since somebody last got in, for 未能入户: two on different days, one of them outside
    office hours, and assistance requested."""

    def __init__(self) -> None:
        self.days: set[date] = set()
        self.outside_office_hours = False
        self.assistance = False

    def failed(self, day: date, outside: bool) -> None:
        self.days.add(day)
        self.outside_office_hours = self.outside_office_hours or outside

    @property
    def unreached(self) -> bool:
        return len(self.days) > 1 and self.outside_office_hours and self.assistance


class WatchTrack:
    """The watch 回头看 after a round was closed by verification: one revisit clock at a time."""

    def __init__(self, closed_at: Micros, terms: WatchTerms, number: int) -> None:
        self.closed_at = closed_at
        self.terms = terms
        self.number = number
        self.revisit = 1
        self.opened_at = closed_at
        self.due: Micros = closed_at + terms.first_revisit_days * DAY
        self.clean: list[Micros] = []
        self.released_at: Micros | None = None

    def clock(self, outcome: str = "running", ended: Micros = FOREVER) -> Clock:
        return Clock("revisit", f"{self.number}.{self.revisit}", self.opened_at, self.due, outcome, ended)

    def revisited(self, at: Micros) -> None:
        """A clean revisit that got in: the next one is due from here."""
        self.clean.append(at)
        self.revisit += 1
        self.opened_at = at
        self.due = at + self.terms.revisit_every_days * DAY

    def releasable(self, at: Micros) -> bool:
        """Whether the plan is fulfilled: time served, enough clean revisits, the last of them recent."""
        terms = self.terms
        return (
            at - self.closed_at >= terms.release_after_days * DAY
            and len(self.clean) >= terms.clean_revisits
            and (terms.clean_revisits < 1 or at - self.clean[-1] <= terms.last_within_days * DAY)
        )
