"""The state of a programme after a prefix of its facts: its rolls as frozen and amended, what was reported.

One row a home and roll: a part of a roll is taken in in time proportional to its own size.
"""

from __future__ import annotations

from collections.abc import Iterable

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.base import Fold
from rentalwatch.domain.instants import FOREVER, Micros, micros
from rentalwatch.domain.judgement import Clock
from rentalwatch.domain.programme import Amendment, Goal, Programme, Reported, Roll, RollEntry, Supervision


class RollTrack:
    """A roll: which parts are in, who is on it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts = 1
        self.seen: set[int] = set()
        self.homes: set[str] = set()
        self.frozen_at: Micros = FOREVER

    @property
    def begun(self) -> bool:
        return bool(self.seen)

    @property
    def frozen(self) -> bool:
        return self.frozen_at != FOREVER

    def row(self) -> Roll:
        return Roll(self.name, self.parts, len(self.seen), len(self.homes), self.frozen_at)


class ProgrammeFold(Fold):
    """The state of a programme after a prefix of its facts."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        self.row = Programme("", "", FOREVER, 3, FOREVER)
        self.rolls: dict[str, RollTrack] = {}
        self.orders: dict[str, tuple[Supervision, Micros]] = {}

    def started(self, event: ev.ProgrammeStarted, at: Micros) -> None:
        self.row = Programme(
            event.label, event.area, micros(event.baseline), event.screening_cycle_months, FOREVER
        )
        self.dirty[("programme", 0)] = self.row
        for goal in event.goals:
            self.dirty[("goal", goal.figure)] = Goal(
                goal.figure, _number(goal.at_most), _number(goal.at_least)
            )

    def closed(self, event: ev.ProgrammeClosed, at: Micros) -> None:
        self._rests_on_rolls(event, at)
        self.row = self.row._replace(closed_at=at)
        self.dirty[("programme", 0)] = self.row

    def fixed(self, event: ev.RollFixed, at: Micros) -> None:
        roll = self._roll(event.roll)
        if roll.frozen or event.part in roll.seen:
            self._note(event, at, "roll-fixed-again")
        amended = int(roll.frozen)
        roll.parts = max(roll.parts, event.parts, event.part)
        roll.seen.add(event.part)
        for home in event.dwellings:
            self._enter(roll, home, amended)
            if amended:
                self._amended(event, at, roll, home, 1)
        if not roll.frozen and len(roll.seen) == roll.parts:
            roll.frozen_at = at
        self.dirty[("roll", roll.name)] = roll.row()

    def amended(self, event: ev.RollAmended, at: Micros) -> None:
        roll = self._roll(event.roll)
        if event.by is None or event.by.officer in ("", event.second_officer):
            self._note(event, at, "amended-by-one")
        if not roll.frozen:
            self._note(event, at, "roll-part-missing")
        for home in event.added:
            self._enter(roll, home, int(roll.frozen))
            self._amended(event, at, roll, home, 1)
        for home in event.removed:
            roll.homes.discard(home)
            self.dirty[("entry", (roll.name, home))] = None
            self._amended(event, at, roll, home, -1)
        self.dirty[("roll", roll.name)] = roll.row()

    def _enter(self, roll: RollTrack, home: str, amended: int) -> None:
        """Who is on the roll already stays there as they came: a late entry makes nobody a late one."""
        if home not in roll.homes:
            roll.homes.add(home)
            self.dirty[("entry", (roll.name, home))] = RollEntry(roll.name, home, amended)

    def _amended(
        self, event: ev.RollFixed | ev.RollAmended, at: Micros, roll: RollTrack, home: str, change: int
    ) -> None:
        if not roll.frozen:
            return
        reason, second = getattr(event, "reason", ""), getattr(event, "second_officer", "")
        first = event.by.officer if event.by else ""
        self.dirty[("amendment", (roll.name, home, change, event.record_id))] = Amendment(
            roll.name, home, change, str(event.record_id), at, reason, first, second
        )

    def reported(self, event: ev.FigureReported, at: Micros) -> None:
        self._rests_on_rolls(event, at)
        self.dirty[("reported", event.record_id)] = Reported(
            str(event.record_id),
            event.figure,
            "" if event.value is None else str(event.value),
            event.area,
            micros(event.period_from),
            micros(event.as_of),
            at,
            micros(event.known_at),
            event.definition,
            event.to,
        )

    def ordered(self, event: ev.SupervisionOrdered, at: Micros) -> None:
        due = FOREVER if event.due is None else micros(event.due)
        self.orders[event.number] = Supervision(event.number, event.subject, event.dwelling, due, ""), at
        self._supervision(event.number, "running", FOREVER)

    def answered(self, event: ev.SupervisionAnswered, at: Micros) -> None:
        if event.number not in self.orders:
            self._note(event, at, "answered-without-order")
            return
        order, since = self.orders[event.number]
        self.orders[event.number] = order._replace(outcome=event.outcome), since
        self._supervision(event.number, "met", at)

    def _supervision(self, number: str, outcome: str, ended: Micros) -> None:
        order, since = self.orders[number]
        self.dirty[("order", number)] = order
        if order.due != FOREVER:
            self._clock(Clock("supervision", number, since, order.due, outcome, ended))

    def _roll(self, name: str) -> RollTrack:
        return self.rolls.setdefault(name, RollTrack(name))

    def _rests_on_rolls(self, event: ev.Event, at: Micros) -> None:
        if any(roll.begun and not roll.frozen for roll in self.rolls.values()):
            self._note(event, at, "roll-part-missing")


def _number(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"


ProgrammeFold.STEPS = {
    ev.ProgrammeStarted: ProgrammeFold.started,
    ev.ProgrammeClosed: ProgrammeFold.closed,
    ev.RollFixed: ProgrammeFold.fixed,
    ev.RollAmended: ProgrammeFold.amended,
    ev.FigureReported: ProgrammeFold.reported,
    ev.SupervisionOrdered: ProgrammeFold.ordered,
    ev.SupervisionAnswered: ProgrammeFold.answered,
}
