"""What a relapse is tagged with: what led to it, how it compares with earlier rounds (domain §3.3, §6)."""

from __future__ import annotations

from typing import NamedTuple

from rentalwatch.domain.defences import Defence
from rentalwatch.domain.events import ViolationConfirmed
from rentalwatch.domain.instants import Micros, local_date
from rentalwatch.domain.judgement import Party


class Parties:
    """Who has to do with a home 关系人, by party and role."""

    __slots__ = ("linked",)

    def __init__(self) -> None:
        self.linked: dict[tuple[str, str], Party] = {}

    def link(self, row: Party) -> None:
        self.linked[(row.party, row.role)] = row

    def unlink(self, party: str, role: str) -> bool:
        """Whether it was linked in that role."""
        return self.linked.pop((party, role), None) is not None

    def operators(self, at: Micros) -> set[str]:
        """The documented sublandlords 二房东 as of an instant."""
        return {
            p.party
            for p in self.linked.values()
            if p.role == "sublandlord" and p.certainty == "documented" and at <= p.until
        }


class Trail:
    """What pointed at a home since its last round was closed, and so led to each inspection.

    An inspection with full access answers everything that pointed there before: the next one is led to by
    what comes after it.
    """

    __slots__ = ("latest", "led_to")

    def __init__(self) -> None:
        self.latest: Defence | None = None
        self.led_to: dict[str, Defence | None] = {}

    def points(self, defence: Defence) -> None:
        """Somebody, or a rule, points at the home."""
        self.latest = defence

    def inspected(self, inspection_id: str, *, unannounced: bool, full: bool) -> None:
        """Somebody got in: because of what pointed there last, or `unannounced`, on a planned revisit or in a
        joint action."""
        self.led_to[inspection_id] = self.latest or ("patrol" if unannounced else None)
        if full:
            self.latest = None

    def to(self, inspection_id: str) -> Defence:
        """What led to a confirmation that rests on an inspection, or on none that the file knows."""
        return self.led_to.get(inspection_id, self.latest) or "unknown"

    def closed(self) -> None:
        """A round is closed: what led to it says nothing of the next one."""
        self.latest = None
        self.led_to.clear()


class _Found(NamedTuple):
    """What one round, or all before it, were about."""

    grounds: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    responsible: frozenset[str] = frozenset()


_NOTHING = _Found()


class Past:
    """The rounds of a home so far: on which grounds, run by whom, and when the last one was closed."""

    __slots__ = ("before", "closed_at", "now")

    def __init__(self) -> None:
        self.before = self.now = _NOTHING
        self.closed_at: Micros | None = None

    def confirmed(self, event: ViolationConfirmed, operators: set[str]) -> None:
        """Something was confirmed while `operators` were documented as those who run the place."""
        grounds, known, responsible = self.now
        if event.responsible_party:
            responsible |= {event.responsible_party}
        self.now = _Found(grounds.union(f.ground for f in event.findings), known | operators, responsible)

    def run_by(self, operator: str) -> None:
        """It turns out, while the round is open, who runs the place."""
        self.now = self.now._replace(operators=self.now.operators | {operator})

    def closed(self, at: Micros) -> None:
        """The round is closed by verification: it is one of the earlier ones from now on."""
        self.before = _Found(*(before | now for before, now in zip(self.before, self.now, strict=True)))
        self.now = _NOTHING
        self.closed_at = at

    def ground(self) -> str:
        """`same` if any ground of this round was one of an earlier round, else `other`."""
        return "same" if self.now.grounds & self.before.grounds else "other"

    def operator(self) -> str:
        """`same` or `other`: by the documented sublandlords where both sides have any, else by the
        responsible parties; `unknown` where there is nothing to compare."""
        for before, now in (
            (self.before.operators, self.now.operators),
            (self.before.responsible, self.now.responsible),
        ):
            if before and now:
                return "same" if before & now else "other"
        return "unknown"

    def days_since(self, at: Micros, zone: str) -> int:
        """Whole days on the home's calendar since the last verification that closed a round; −1: none did."""
        if self.closed_at is None:
            return -1
        return (local_date(at, zone) - local_date(self.closed_at, zone)).days
