"""A sublandlord 二房东 after a prefix of its facts: who it is, from where it left, with whom it is one.

Whether an exit is completed or contradicted needs the homes: that is asked of the read models.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.base import Fold
from rentalwatch.domain.instants import Micros

UNSTATED = -1
"""A number of persons that nobody stated."""


class Sublandlord(NamedTuple):
    """Who it is, by reference only."""

    party: str
    party_kind: str
    basis: str
    identified_at: Micros


class Exit(NamedTuple):
    """That it left 退出: a home, or everything below an area (no home; an empty area: everywhere). One record
    may say several."""

    record: str
    dwelling: str
    area: str
    manner: str
    voluntary: str
    """yes, no, or "" where nobody said."""
    persons_moved: int
    exited_at: Micros


class SublandlordMerge(NamedTuple):
    """That it is the same party as another, which goes on 并档."""

    record: str
    into: str
    """The survivor, as the record named it: an identity key or a stream's id."""
    merged_at: Micros


class SublandlordFold(Fold):
    """The state of a sublandlord's stream after a prefix of its facts."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        self.merges: dict[UUID, SublandlordMerge] = {}

    def identified(self, event: ev.SublandlordIdentified, at: Micros) -> None:
        self.dirty[("sublandlord", 0)] = Sublandlord(event.party, event.party_kind, event.basis, at)

    def exited(self, event: ev.SublandlordExited, at: Micros) -> None:
        record = str(event.record_id)
        voluntary = {True: "yes", False: "no", None: ""}[event.voluntary]
        moved = UNSTATED if event.persons_moved is None else event.persons_moved
        from_where = [(home, "") for home in dict.fromkeys(event.dwellings)]
        if event.area or not from_where:
            from_where.append(("", event.area))
        for home, area in from_where:
            self.dirty[("exit", (record, home, area))] = Exit(
                record, home, area, event.manner, voluntary, moved, at
            )

    def merged(self, event: ev.SublandlordsMerged, at: Micros) -> None:
        self.merges[event.record_id] = SublandlordMerge(str(event.record_id), event.into, at)
        self._last_merge()

    def undone(self, event: ev.MergeUndone, at: Micros) -> None:
        if self.merges.pop(event.merge, None) is None:
            self._note(event, at, "refers-to-nothing")
        self._last_merge()

    def _last_merge(self) -> None:
        """Of several merges that stand the last holds."""
        self.dirty[("merge", 0)] = list(self.merges.values())[-1] if self.merges else None


SublandlordFold.STEPS = {
    ev.SublandlordIdentified: SublandlordFold.identified,
    ev.SublandlordExited: SublandlordFold.exited,
    ev.SublandlordsMerged: SublandlordFold.merged,
    ev.MergeUndone: SublandlordFold.undone,
}
