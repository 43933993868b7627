"""What a judgement is made of: rows that held over a span of time.

Each row is a plain tuple with a fixed meaning, because read models store them as they are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rentalwatch.domain.instants import FOREVER, Micros


class State(NamedTuple):
    """How a file stood. Due instants are the earliest of their kind still running (FOREVER: none)."""

    area: str
    state: str
    round_no: int
    opening: str
    open_findings: int
    pending_findings: int
    first_confirmed_at: Micros
    first_onset_at: Micros
    ever: int
    """Bits of what ever was under a clock here: the denominators (see `EVER`)."""
    unreached: int
    a_due: Micros
    a_first_due: Micros
    b1_due: Micros
    b2_due: Micros
    b3_due: Micros


EVER = {"a": 1, "b1": 2, "b2": 4, "b3": 8, "verified": 16, "claimed": 32, "confirmed": 64}


class Round(NamedTuple):
    """A round 轮次: open from its first finding to its last."""

    number: int
    opening: str
    opened_at: Micros
    closed_at: Micros
    closing: str
    caught_by: str = ""
    """Of a relapse: patrol, front_line, platform, complaint, unknown (`defences`); "" for other rounds."""
    ground: str = ""
    """Of a relapse: on the same ground as an earlier round, or another."""
    operator: str = ""
    """Of a relapse: run by the same party as an earlier round, by another, or unknown."""
    watch: str = ""
    """Of a relapse: under_watch, or released; "" if no watch ran (the home was gone)."""
    days_since: int = -1
    """Of a relapse: days since the last verification that closed a round; −1 for other rounds."""


class Claim(NamedTuple):
    """A claim 自行整改 and what became of it: pending, refuted, rejected, verified."""

    record: str
    claimed_at: Micros
    status: str
    refuted_at: Micros


class Clock(NamedTuple):
    """A clock that ran: `outcome` is running, met, void (what it waited for can no longer come, or nobody
    looked), or claimed (a deadline suspended while a claim waits for its check)."""

    kind: str
    key: str
    opened_at: Micros
    due: Micros
    outcome: str
    ended_at: Micros


class Name(NamedTuple):
    """A name that the stream is known by: an identity key (see `streams.identity_key`)."""

    name: str


class Party(NamedTuple):
    """A party that has to do with a home 关系人, by reference only, in one role. A known end is no fact of
    its own: the row holds for an asked instant T if T <= `until`."""

    party: str
    role: str
    certainty: str
    basis: str
    until: Micros
    since: Micros
    """When it was last linked: linking it again says that it is there again."""


class Exemption(NamedTuple):
    """Why warning rules are quiet at a home 豁免; it holds for an asked instant T if T <= `until`."""

    record: str
    cause: str
    basis: str
    until: Micros


class Particulars(NamedTuple):
    """What the record knows of a home's size and of who is registered there; −1: nobody said. `area`: usable
    area in hundredths of a m²."""

    rooms: int
    persons: int
    area: int


class Watch(NamedTuple):
    """The watch 回头看 of a home: since when it runs, and when it was released from it (FOREVER: it is not).
    The row stands until the home relapses or is gone."""

    since: Micros
    released_at: Micros
    revisits: int
    """Clean ones that got in."""
    due: Micros
    """The next one; FOREVER once it is released."""
    release_from: Micros
    """From then on its plan is fulfilled, until `release_until`; FOREVER: revisits are missing."""
    release_until: Micros


class Complaint(NamedTuple):
    """A lead by which somebody complained of a home 投诉: its channel and ticket, when it first came in."""

    lead: str
    at: Micros


class Departure(NamedTuple):
    """Tenants moved out 租客搬离. `voluntary`: yes, no, or "" where nobody said."""

    record: str
    at: Micros
    persons: int
    voluntary: str
    destination: str
    action_id: str


class Alert(NamedTuple):
    """An alert 预警 and what became of it: unhandled, accepted, answered, false, confirmed, lifted.

    `level` is asked since `asked_at` and must answer by `due`; `waiting`: it has not, and nobody got in.
    `missed`: answered as unfounded, confirmed later 漏判. `drawn`: answered as unfounded, and of the tenth
    that is inspected all the same. `repeats`: how often its rule was suspicious again while it was open.
    """

    record: str
    kind: str
    rule: str
    rule_version: str
    raised_at: Micros
    due: Micros
    level: str
    answer: str
    answered_at: Micros
    status: str
    missed: int
    raised_by: str
    """signal, report or confirmation."""
    asked_at: Micros
    waiting: int
    withheld: int
    """1: no property manager 物业 may see it."""
    repeats: int
    last_seen_at: Micros
    reference: str
    """The number under which it was reported in the city's own app; "" while nobody told it."""
    drawn: int
    reasons: str
    """Codes with `;` between, as the rule gave them."""


class RelapseCall(NamedTuple):
    """A fact that calls for a relapse alert 返潮预警: a confirmation judged as relapse, or a report of a home
    that is under watch or released. `alerted`: such an alert names it."""

    record: str
    raised_by: str
    called_at: Micros
    alerted: int


class Span(NamedTuple):
    """`row` held from `valid_from` (exclusive of earlier) until `valid_to`: asked T sees it if
    valid_from < T <= valid_to."""

    valid_from: Micros
    valid_to: Micros
    row: Any


class Spans:
    """Rows by slot, each over the span in which it held. Setting a slot twice at one instant keeps only
    the last: a span of no length is nothing."""

    __slots__ = ("_before", "_closed_before", "closed", "current")

    def __init__(self) -> None:
        self.current: dict[tuple[str, object], tuple[Micros, Any]] = {}
        self.closed: list[Span] = []
        self._before: dict[tuple[str, object], tuple[Micros, Any] | None] = {}
        self._closed_before = 0

    def put(self, slot: tuple[str, object], row: Any, at: Micros) -> None:
        """From `at` on, `slot` holds `row` (None: nothing)."""
        held = self.current.get(slot)
        if held is not None:
            if held[1] == row:
                return
            self._before.setdefault(slot, held)
            if held[0] < at:
                self.closed.append(Span(held[0], at, held[1]))
            del self.current[slot]
        if row is not None:
            self._before.setdefault(slot, None)
            self.current[slot] = (at, row)

    def match(self, rows: dict[tuple[str, object], Any], at: Micros) -> None:
        """From `at` on hold exactly `rows`."""
        for slot in [s for s in self.current if s not in rows]:
            self.put(slot, None, at)
        for slot, row in rows.items():
            self.put(slot, row, at)

    def changes(self) -> tuple[list[Span], list[Span]]:
        """(gone, new): how `rows` differs from what it was when last asked here."""
        gone, new = [], self.closed[self._closed_before :]
        for slot, before in self._before.items():
            now = self.current.get(slot)
            if now != before:
                gone += [Span(before[0], FOREVER, before[1])] if before else []
                new += [Span(now[0], FOREVER, now[1])] if now else []
        self._before, self._closed_before = {}, len(self.closed)
        return gone, new

    def rows(self) -> list[Span]:
        """Every span; those still holding end at FOREVER."""
        return self.closed + [Span(at, FOREVER, row) for at, row in self.current.values()]


class Irregularity(NamedTuple):
    """A record that does not fit the lawful order: stored all the same, and said."""

    at: Micros
    record: str
    code: str


class Judgement(NamedTuple):
    """All spans of one file, and what did not fit."""

    spans: list[Span]
    irregular: tuple[Irregularity, ...]

    def of(self, kind: type) -> list[Span]:
        """The spans whose rows are of one kind, in order of time."""
        return sorted(s for s in self.spans if type(s.row) is kind)

    def at(self, asked: Micros, kind: type) -> list[Any]:
        """The rows of one kind as of an instant."""
        return [s.row for s in self.of(kind) if s.valid_from < asked <= s.valid_to]
