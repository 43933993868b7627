"""Facts that go from one file to another: by a merge 并档, its undoing 撤并, a split 分户.

Both files say so in events of their own, so that each is judged from its own facts alone. Pure: what is
taken over, and what has to go with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from rentalwatch.domain.events import DwellingSplit, Event, MovedFrom
from rentalwatch.domain.facts import Fact, counted
from rentalwatch.domain.instants import Micros, instant
from rentalwatch.domain.judgement import Name
from rentalwatch.domain.marks import Mark, is_first_history, move_mark

POINTS_AT = ("target", "superseded_by", "confirmation", "exemption", "alert")
"""Fields in which an event names a record of its own file."""


def taken_over(facts: Iterable[Fact], stream: str, record: UUID, begun: Event | None = None) -> list[Event]:
    """The events of the record `record` by which another file takes facts of `stream` over, in the order in
    which they were first recorded. Corrections and retractions go along: they are judged there as here.

    What says that facts moved stays behind, and so does the reference to a source: the original keeps it.
    `begun`: the registration of `stream`, if that is not among the facts.
    """
    given = [f for f in sorted(facts, key=lambda f: f.version) if not f.event.MOVES]
    opened = (f.event for f in given if f.event.OPENS and f.event.moved_from is None)
    begun = begun or next(opened, None)
    return [_taken_over(f, stream, record, index, begun) for index, f in enumerate(given)]


def _taken_over(fact: Fact, stream: str, record: UUID, index: int, begun: Event | None) -> Event:
    event = fact.event
    origin = MovedFrom(
        stream=event.moved_from.stream if event.moved_from else stream,
        record=event.record_id,
        index=event.index,
        recorded_at=instant(fact.first_recorded_at),
        first_history=is_first_history(event, begun),
    )
    return event.model_copy(
        update={"record_id": record, "index": index, "source": None, "moved_from": origin}
    )


def of_records(facts: Iterable[Fact], records: Iterable[UUID]) -> list[Fact]:
    """The facts among those given that these records state."""
    wanted = set(records)
    return [f for f in facts if f.event.record_id in wanted]


def together(facts: Sequence[Fact], records: Iterable[UUID]) -> set[UUID]:
    """These records and all that are about one of them, or that one of them is about: corrections,
    retractions, annulments. They count in one file, or their meaning is lost."""
    here = {f.event.record_id for f in facts}
    beside: dict[UUID, set[UUID]] = {}
    for fact in facts:
        for other in _points_at(fact.event):
            if other in here:
                beside.setdefault(fact.event.record_id, set()).add(other)
                beside.setdefault(other, set()).add(fact.event.record_id)
    found: set[UUID] = set()
    left = [r for r in records if r in here]
    while left:
        record = left.pop()
        if record not in found:
            found.add(record)
            left += beside.get(record, ())
    return found


def beside(facts: Sequence[Fact]) -> Iterable[tuple[tuple[str, object], Name | Mark | None, Micros]]:
    """(slot, row, since when) of what merges and splits tell of a file, though they do not stand among the
    facts of a home: that they took place, and by which names of others it is known, or is no more."""
    for fact in facts:
        if (moved := move_mark(fact)) is not None:
            yield ("mark", (moved.kind, moved.key)), moved, fact.at
    for fact in counted(facts):
        event = fact.event
        if event.OPENS and event.moved_from is not None:
            for name in (event.moved_from.stream, *event.keys):  # type: ignore[attr-defined]
                yield ("name", name), Name(name), fact.at
    for fact in counted(facts):
        if isinstance(fact.event, DwellingSplit):
            for key in fact.event.keys:
                yield ("name", key), None, fact.at


def _points_at(event: Event) -> Iterable[UUID]:
    return (found for name in POINTS_AT if isinstance(found := getattr(event, name, None), UUID))


__all__ = ["beside", "counted", "of_records", "taken_over", "together"]
