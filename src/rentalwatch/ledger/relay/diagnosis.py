"""What is the matter: ledger and topic laid side by side from their first event to the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.relay.progress import Progress
from rentalwatch.ledger.relay.topic import Foreign, Published, Topic
from rentalwatch.ledger.store import MAX_EVENTS, Recorded

SHOWN = 20
"""Foreign records and gaps that are listed; the others are counted."""


class Case(StrEnum):
    """What a recovery has to do."""

    NOTHING_PUBLISHED = "nothing-published"
    """The topic was lost, or made anew: everything is published again from the first event."""
    AGREED = "agreed"
    """All that is published is in the ledger: only the progress has to be said anew."""
    LOST_TAIL = "lost-tail"
    """The ledger ends before the topic: the tail is taken back."""
    DIVERGED = "diverged"
    """Each has a tail of its own: the topic's stands, the ledger's is submitted again."""
    HOLED = "holed"
    """The topic has lost events in its midst that the ledger has: it cannot be mended."""


@dataclass
class Finds:
    """What stood on the topic and should not: counted whole, the first few kept."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        """One more."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(what)

    def foreign(self, found: Foreign) -> None:
        """A record that is no event of ours."""
        self.add(f"partition {found.partition}, offset {found.offset}: {found.what}")


@dataclass
class Diagnosis:
    """What was found. Positions are of the last event; 0 for none."""

    case: Case
    fork: int
    """The last position up to which ledger and topic are equal."""
    ledger_end: int
    last: Published | None
    """The last event of the topic."""
    epoch: int
    """The greatest epoch seen anywhere."""
    ends: dict[int, int]
    begins: dict[int, int]
    """Partition → where the topic's own tail begins."""
    finds: Finds

    @property
    def topic_end(self) -> int:
        """Position of the topic's last event."""
        return self.last.row.position if self.last else 0


def diagnose(
    ledger: Ledger, topic: Topic, progress: Progress | None, told: Callable[[int], None]
) -> Diagnosis:
    """Compares the two, event for event; `told` hears the positions. Changes nothing. Memory: a few pages."""
    finds, ends = Finds(), topic.ends()
    events = topic.merged(ends, finds.foreign)
    begins = topic.begins()
    fork, other, mine = _fork(ledger, events, begins, told)
    last = topic.last()
    end = ledger.recorder.max_notification_id() or 0
    epochs = [ledger.recorder.epoch, progress.epoch if progress else 0, last.epoch if last else 0]
    case = _case(fork, end, last, other, mine)
    return Diagnosis(case, fork, end, last, max(epochs), ends, begins, finds)


def _fork(
    ledger: Ledger, events: Iterator[Published], begins: dict[int, int], told: Callable[[int], None]
) -> tuple[int, Published | None, Recorded | None]:
    """(last equal position, the first event of the topic behind it, the ledger's event there)."""
    fork = 0
    rows = ledger_events(ledger, 0)
    for event in events:
        mine = next(rows, None)
        if mine != event.row:
            return fork, event, mine
        fork, begins[event.partition] = mine.position, event.offset + 1
        if fork % MAX_EVENTS == 0:
            told(fork)
    return fork, None, next(rows, None)


def ledger_events(ledger: Ledger, behind: int) -> Iterator[Recorded]:
    """Every event of a ledger behind a position, page by page."""
    while rows := ledger.recorder.read_recorded(behind, MAX_EVENTS):
        yield from rows
        behind = rows[-1].position


def _case(
    fork: int, end: int, last: Published | None, other: Published | None, mine: Recorded | None
) -> Case:
    if last is None:
        return Case.NOTHING_PUBLISHED
    if other is None:
        return Case.AGREED
    if mine is None:
        return Case.LOST_TAIL
    return Case.HOLED if other.row.position > mine.position else Case.DIVERGED


__all__ = ["Case", "Diagnosis", "Finds", "diagnose", "ledger_events"]
