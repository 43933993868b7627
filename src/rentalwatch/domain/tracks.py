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
    """A lead from its report to the first later inspection with full access; and the answer to whoever
    reported it, which has a clock of its own."""

    def __init__(self, ticket: str, at: Micros, due: Micros) -> None:
        self.ticket = ticket
        self.opened_at = at
        self.due = due
        self.reported_due = due
        self.handled_at: Micros | None = None
        self.dispatched = False
        self.answer_from = at
        self.answer_due: Micros = FOREVER
        self.answered_at: Micros | None = None

    @property
    def channel(self) -> str:
        return self.ticket.partition("/")[0]

    def dispatch(self, at: Micros, due: Micros) -> None:
        """The squad's time runs from the first dispatch; sending it again gives no more of it."""
        if self.dispatched:
            self.due = min(self.due, due)
        else:
            self.dispatched, self.opened_at, self.due = True, at, due

    def give_back(self) -> None:
        """The dispatch is void: the time that ran from the report counts again, if it ends earlier."""
        self.due = min(self.due, self.reported_due)

    def to_be_answered(self, at: Micros, due: Micros) -> None:
        """The first report that says by when the complainant must be answered holds."""
        if self.answer_due == FOREVER:
            self.answer_from, self.answer_due = at, due

    def answer(self, at: Micros) -> None:
        if self.answered_at is None:
            self.answered_at = at

    def clock(self) -> Clock | None:
        return _until("on_site", self.ticket, self.opened_at, self.due, self.handled_at)

    def answer_clock(self) -> Clock | None:
        answered = self.answered_at
        return _until("answer_complainant", self.ticket, self.answer_from, self.answer_due, answered)


def _until(kind: str, key: str, opened: Micros, due: Micros, met: Micros | None) -> Clock | None:
    """A clock that runs until something was done; none without a due instant."""
    if due == FOREVER:
        return None
    outcome, ended = ("running", FOREVER) if met is None else ("met", met)
    return Clock(kind, key, opened, due, outcome, ended)


class AccessTrack:
    """Failed visits since somebody last got in, for 未能入户: two on different days, one of them outside
    office hours, and assistance requested."""

    __slots__ = ("assistance", "days", "outside_office_hours")

    def __init__(self) -> None:
        self.days: frozenset[date] = frozenset()
        self.outside_office_hours = False
        self.assistance = False

    def failed(self, day: date, outside: bool) -> None:
        self.days |= {day}
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

    @property
    def stands(self) -> str:
        """How the watch stands: the tag of a relapse that comes now."""
        return "under_watch" if self.released_at is None else "released"

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
        begin, end = self.release_window()
        return begin <= at <= end

    def release_window(self) -> tuple[Micros, Micros]:
        """From when to when, both included, the plan is fulfilled by the revisits so far; never: FOREVER from
        the begin on."""
        terms, served = self.terms, self.closed_at + self.terms.release_after_days * DAY
        if terms.clean_revisits < 1:
            return served, FOREVER
        if len(self.clean) < terms.clean_revisits:
            return FOREVER, FOREVER
        enough = self.clean[terms.clean_revisits - 1]
        return max(served, enough), self.clean[-1] + terms.last_within_days * DAY
