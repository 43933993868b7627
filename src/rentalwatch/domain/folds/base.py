"""What the folds of all kinds of stream share: rows by slot, which changed, what did not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from rentalwatch.domain.events import Event
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Clock, Irregularity, Name
from rentalwatch.domain.marks import late_entry, mark

Slot = tuple[str, object]
"""Which row: a file holds at most one row a slot at any instant."""

Step = Callable[[Any, Any, Micros], None]
"""What a fact does to a fold: (fold, event, when)."""


class Fold:
    """The state of one stream after a prefix of its facts, in the order of judgement.

    A kind of stream subclasses it with its own state, and `STEPS`: a function a type of event. A step puts
    the rows that hold from now on into `dirty` (None: no row); `changes` takes them from there.

    `holds`: every record that was corrected or retracted → the record that holds instead (None: none does):
    what a fact that names such a record is about.
    """

    __slots__ = ("begun", "dirty", "held", "holds", "irregular")  # a fold a home, tens of thousands at once

    STEPS: ClassVar[Mapping[type[Event], Step]] = {}

    def __init__(self, facts: Iterable[Fact]) -> None:
        """`facts`: all that stand, for what holds before the first of them."""
        self.holds: Mapping[UUID, UUID | None] = {}
        self.held: dict[Slot, Any] = {}
        self.dirty: dict[Slot, Any] = {}
        self.irregular: list[Irregularity] = []
        self.begun = next((f.event for f in facts if f.event.OPENS), None)

    def apply(self, fact: Fact) -> None:
        """Takes one fact in; facts come in the order of judgement."""
        if fact.event.OPENS:
            for key in getattr(fact.event, "keys", ()):
                self.dirty[("name", key)] = Name(key)
        if (counted := mark(fact)) is not None:
            self.dirty[("mark", (counted.kind, counted.key))] = counted
        if (late := late_entry(fact, self.begun)) is not None:
            self.dirty[("late", late.record)] = late
        step = self.STEPS.get(type(fact.event))
        if step is not None:
            step(self, fact.event, fact.at)

    def changes(self, at: Micros) -> dict[Slot, Any]:
        """The rows that changed since last asked (None: no more)."""
        changed = {s: r for s, r in self.dirty.items() if self.held.get(s) != r}
        for slot, row in changed.items():
            if row is None:
                self.held.pop(slot, None)
            else:
                self.held[slot] = row
        self.dirty = {}
        return changed

    def _clock(self, clock: Clock | None) -> None:
        if clock is not None:
            self.dirty[(clock.kind, clock.key)] = clock

    def _note(self, event: Event, at: Micros, code: str) -> None:
        self.irregular.append(Irregularity(at, str(event.record_id), code))
