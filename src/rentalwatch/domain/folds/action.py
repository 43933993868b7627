"""A joint action 集中整治 on both sides: its header, and what each home shows of it. The homes refer to its
id; what was removed is counted in the header alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.base import Fold
from rentalwatch.domain.folds.estate import NOT_TOLD
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.streams import identity_key


class Action(NamedTuple):
    """The header: who took part (agencies and how many officers in all), what was removed (NOT_TOLD where
    nobody told)."""

    action_id: str
    area: str
    held_at: Micros
    agencies: str
    officers: int
    partitions_removed: int
    beds_removed: int


class AtAction(NamedTuple):
    """What one home shows of an action. `visited_at`: when somebody first got in (FOREVER: nobody did);
    `access`: the best there was; `found`, `verified`: findings confirmed, and verified on the spot;
    `departed`: persons who moved out."""

    action: str
    visited_at: Micros
    access: str
    found: int
    verified: int
    departed: int


class ActionFold(Fold):
    """The state of a joint action after a prefix of its facts."""

    def held_on(self, event: ev.JointActionHeld, at: Micros) -> None:
        self.dirty[("action", 0)] = Action(
            event.action_id,
            event.area,
            at,
            "; ".join(dict.fromkeys(p.agency for p in event.participants)),
            sum(p.officers for p in event.participants),
            _told(event.partitions_removed),
            _told(event.beds_removed),
        )


ActionFold.STEPS = {ev.JointActionHeld: ActionFold.held_on}


class HomeAtActions(Fold):
    """The part of a home's fold that follows the joint actions to which its facts refer."""

    __slots__ = ("action_of", "at_actions", "found_there", "gone_there")

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        self.at_actions: dict[str, AtAction] = {}
        self.action_of: dict[str, str] = {}
        self.found_there: dict[str, set[ev.Finding]] = {}
        self.gone_there: dict[str, set[ev.Finding]] = {}

    def apply(self, fact: Fact) -> None:
        """Takes one fact in; what refers to an action counts there as well."""
        super().apply(fact)
        follow = _AT_ACTIONS.get(type(fact.event))
        if follow is not None:
            follow(self, fact.event, fact.at)

    def visited_at_action(self, event: ev.InspectionRecorded, at: Micros) -> None:
        if not event.action_id:
            return
        self.action_of[event.inspection_id] = event.action_id
        row = self._at(event.action_id)
        access = "full" if "full" in (row.access, event.access) else event.access
        self._put(row._replace(visited_at=min(row.visited_at, at), access=access))

    def found_at_action(self, event: ev.ViolationConfirmed, at: Micros) -> None:
        action = self.action_of.get(event.inspection_id, "")
        if action:
            found = self.found_there.setdefault(action, set())
            found.update(event.findings)
            self._put(self._at(action)._replace(found=len(found)))

    def verified_at_action(self, event: ev.RectificationVerified, at: Micros) -> None:
        if event.action_id:
            gone = self.gone_there.setdefault(event.action_id, set())
            gone.update(event.findings)
            self._put(self._at(event.action_id)._replace(verified=len(gone)))

    def departed_at_action(self, event: ev.TenantsMovedOut, at: Micros) -> None:
        if event.action_id:
            row = self._at(event.action_id)
            self._put(row._replace(departed=row.departed + event.persons))

    def _at(self, action_id: str) -> AtAction:
        key = identity_key("action", action_id)
        return self.at_actions.get(key, AtAction(key, FOREVER, "", 0, 0, 0))

    def _put(self, row: AtAction) -> None:
        self.at_actions[row.action] = row
        self.dirty[("at_action", row.action)] = row


_AT_ACTIONS: dict[type[ev.Event], Callable[[HomeAtActions, Any, Micros], None]] = {
    ev.InspectionRecorded: HomeAtActions.visited_at_action,
    ev.ViolationConfirmed: HomeAtActions.found_at_action,
    ev.RectificationVerified: HomeAtActions.verified_at_action,
    ev.TenantsMovedOut: HomeAtActions.departed_at_action,
}


def _told(number: int | None) -> int:
    return NOT_TOLD if number is None else number
