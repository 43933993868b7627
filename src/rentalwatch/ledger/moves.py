"""Merge, undo, split: one command, one commit, records in both files (docs/adr/0008).

Decided under the write lock from both files as they are then. What the command names is the record of the
file that gives; the other file's records have ids that follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast
from uuid import UUID, uuid5

from rentalwatch.domain.events import (
    DwellingRegistered,
    DwellingsMerged,
    DwellingSplit,
    Event,
    MergeUndone,
)
from rentalwatch.domain.facts import Fact, closed_by, counted
from rentalwatch.domain.moves import of_records, taken_over, together
from rentalwatch.errors import InvalidInputError, NotPermittedError
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.reading import Reading, unknown
from rentalwatch.ledger.statements import RECORDS, Statement, stream_for
from rentalwatch.ledger.store import MAX_EVENTS, CommitTooLargeError

SPARE = 10
"""Events that a commit must hold beside those that are taken over."""


class Piece(NamedTuple):
    """A record that will be stored at the end of a file."""

    stream: str
    events: Sequence[Event]


def is_move(said: Statement) -> bool:
    """Whether a statement moves facts from one home's file to another's."""
    return said.of == "dwelling" and said.event.MOVES


def companions(record: UUID) -> tuple[UUID, UUID, UUID]:
    """The ids of the records that may be stored beside the one that moves facts: what the other file takes
    over, what it gives back, the registration of a part."""
    taken, given, part = (
        uuid5(RECORDS, f"{what}\x1f{record}") for what in ("taken over", "given back", "part")
    )
    return taken, given, part


def pieces(
    book: Reading, tx: Append, said: Statement, record: UUID, opening: Statement | None
) -> list[Piece]:
    """The records that a statement becomes, the one that it names first. `opening`: the registration of a
    part that has no file yet.

    Raises NotFoundError, NotPermittedError, InvalidInputError, CommitTooLargeError for more facts than a
    commit may hold.
    """
    made = _Move(book, tx, said, record)
    event = said.event
    if isinstance(event, DwellingsMerged):
        found = made.merge(event)
    elif isinstance(event, MergeUndone):
        found = made.undo(event)
    else:
        found = made.split(cast(DwellingSplit, event), opening)
    if sum(len(piece.events) for piece in found) > MAX_EVENTS - SPARE:
        raise CommitTooLargeError(
            f"more than {MAX_EVENTS - SPARE:,} facts would move from one file to another",
            todo="Nothing was stored. Split the file into smaller ones first.",
        )
    return found


class _Move:
    """One command as it is decided."""

    def __init__(self, book: Reading, tx: Append, said: Statement, record: UUID) -> None:
        self.book, self.tx, self.said, self.record = book, tx, said, record
        self.taken, self.given, self.part = companions(record)

    def merge(self, event: DwellingsMerged) -> list[Piece]:
        """This file is closed, the other takes all over."""
        here, there = self._open(self.said.subject), self._open(event.into, following=True)
        self._refuse_same(here, there)
        facts = counted(self.book.facts(here))
        first = self._settled(event, into=there, keys=self.tx.keys_of(here))
        return [Piece(here, [first]), Piece(there, taken_over(facts, here, self.taken))]

    def undo(self, event: MergeUndone) -> list[Piece]:
        """The closed file counts again; the other gives back what it took over, and what corrects that."""
        here = self._stream_of(event.merge)
        closing = closed_by(self.book.facts(here))
        if closing is None or closing.event.record_id != event.merge:
            raise _no_merge(event.merge)
        merge = cast(DwellingsMerged, closing.event)
        there = self._open(merge.into)
        held = self.book.facts(there)
        counting = counted(held)
        taken = companions(event.merge)[0]
        moved = {f.event.record_id for f in counting if f.stored_as == taken}
        if moved != {f.event.record_id for f in held if f.stored_as == taken}:
            raise NotPermittedError(
                "records of the merged file were split off since",
                todo="Merge that part back first.",
                code="RW-MERGE-IN-USE",
            )
        going = together(counting, moved)
        later = of_records(counting, going - moved)
        back = taken_over(later, there, self.taken)
        gives = MergeUndone(
            record_id=self.given, happened_at=event.happened_at, precision=event.precision, by=event.by,
            merge=event.merge, reason=event.reason, back_to=here, records=tuple(sorted(going)),
        )  # fmt: skip
        first = self._settled(event, keys=self._keys_back(merge, later, there))
        return [
            Piece(here, [first]),
            *([Piece(here, back)] if back else []),
            Piece(there, [gives]),
        ]

    def split(self, event: DwellingSplit, opening: Statement | None) -> list[Piece]:
        """The records go to the part, with all that is about them."""
        here = self._open(self.said.subject, following=True)
        there = self._part(event.part, opening)
        self._refuse_same(here, there)
        counting = counted(self.book.facts(here))
        going = self._going(event, counting)
        first = self._settled(
            event, part=there, records=tuple(sorted(going)), keys=self._own_keys(event.keys, here)
        )
        found = [Piece(here, [first])]
        if opening is not None:
            stated = cast(DwellingRegistered, opening.event)
            keys = tuple(dict.fromkeys((*stated.keys, *event.keys)))
            registration = {"record_id": self.part, "split_from": here, "keys": keys}
            found.append(Piece(there, [stated.model_copy(update=registration)]))
        begun = next((f.event for f in counting if f.event.OPENS and f.event.moved_from is None), None)
        given = taken_over(of_records(counting, going), here, self.taken, begun)
        return [*found, Piece(there, given)]

    # -- what is asked of the book ---------------------------------------------------------------------

    def _settled(self, event: Event, **known: object) -> Event:
        """What was stated, with what was found out under the lock; its hash stays that of what was stated."""
        said = {"record_id": self.record, "content_hash": self.said.content_hash, **known}
        return event.model_copy(update=said)

    def _open(self, name: str, *, following: bool = False) -> str:
        """The stream of a home; if `following`, of a file that was merged the one that goes on."""
        stream = self.tx.streams([name]).get(name)
        if stream is None or not stream.startswith("dwelling-"):
            raise unknown("dwelling", name)
        if not following and name.startswith("dwelling-") and stream != name:
            raise NotPermittedError(
                f"the file {name} was merged before, into {stream}",
                todo="Name the file that goes on, or undo that merge first.",
                code="RW-FILE-CLOSED",
            )
        return stream

    def _stream_of(self, merge: UUID) -> str:
        found = self.book.outcome(merge)
        if found is None:
            raise _no_merge(merge)
        return found[0].stream_id

    def _part(self, name: str, opening: Statement | None) -> str:
        known = self.tx.streams([name])
        if opening is None:
            return self._open(name, following=True)
        if known:
            raise NotPermittedError(
                f"{name} is in the book already",
                todo="Leave out what a new file would be called, or name another key.",
                code="RW-REGISTERED-ALREADY",
            )
        return stream_for("dwelling", name)

    def _going(self, event: DwellingSplit, counting: Sequence[Fact]) -> set[UUID]:
        here = {f.event.record_id for f in counting}
        missing = [record for record in event.records if record not in here]
        if missing:
            raise NotPermittedError(
                f"there is no record {missing[0]} in this file",
                todo="`rentalwatch file` shows the record ids with --format json.",
                code="RW-NO-RECORD",
            )
        going = together(counting, event.records)
        if any(f.event.PARTICULARS or f.event.MOVES for f in of_records(counting, going)):
            raise NotPermittedError(
                "what a home is called and where it lies stays with its file",
                todo="Leave out registrations, particulars and what says that files were merged or split.",
                code="RW-SPLIT-PARTICULARS",
            )
        return going

    def _own_keys(self, keys: Iterable[str], here: str) -> tuple[str, ...]:
        known = self.tx.streams(keys)
        for key in keys:
            if known.get(key) != here:
                raise InvalidInputError(
                    f"{key!r} is no identity key of this home",
                    todo="Leave it out; a new key is made known by the part's registration.",
                    code="RW-KEY",
                )
        return tuple(keys)

    def _keys_back(self, merge: DwellingsMerged, later: Iterable[Fact], there: str) -> tuple[str, ...]:
        """The keys that had led here, and those that were made known of this home since."""
        since = [key for f in later if f.event.OPENS for key in f.event.keys]  # type: ignore[attr-defined]
        leading = self.tx.streams(since)
        return tuple(dict.fromkeys((*merge.keys, *(key for key in since if leading.get(key) == there))))

    def _refuse_same(self, here: str, there: str) -> None:
        if here == there:
            raise NotPermittedError("both names are of one file", todo="Name two files.", code="RW-SAME-FILE")


def _no_merge(record: UUID) -> NotPermittedError:
    return NotPermittedError(
        f"{record} is no merge that is in force",
        todo="`rentalwatch file` of the merged file shows its merge; a later one is undone first.",
        code="RW-NO-MERGE",
    )


__all__ = ["Piece", "companions", "is_move", "pieces"]
