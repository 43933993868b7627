"""Events taken from the topic into a ledger: their own positions and instants, side tables told anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from rentalwatch.errors import StorageError
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.rebuild import records_of, side_rows
from rentalwatch.ledger.store import MAX_EVENTS, Recorded, SideRows

Told = Callable[[int], None]
"""Called with the position that was reached."""


def take(tx: Append, events: Iterable[Recorded], told: Told) -> int:
    """Stores events, in order of position, within a transaction; returns how many.

    Guarantees: memory for a thousand events and one commit. Raises NewerVersionError, UndecodableError for an
    event that this release cannot read: without reading it the side tables could not be told.
    """
    count = 0
    for rows in _chunks(events):
        tx.restore(rows, side_of(rows))
        count += len(rows)
        told(rows[-1].position)
    return count


def side_of(rows: Iterable[Recorded]) -> SideRows:
    """What whole records add to the side tables."""
    side = SideRows()
    for stream, version, said in records_of(rows):
        side.extend(side_rows(stream, version, said))
    return side


def _chunks(events: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    """Whole commits together, so that no record is cut in two."""
    chunk: list[Recorded] = []
    for _, commit in groupby(events, key=lambda row: row.recorded_at):
        chunk += commit
        if len(chunk) >= MAX_EVENTS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def unless_moved(tx: Append, end: int, last_position: int | None) -> None:
    """Raises StorageError if somebody wrote to the ledger since it was looked at."""
    if (last_position or 0) != end:
        raise StorageError(
            f"somebody writes to the ledger: it ended at position {end}, now at {last_position}",
            todo="Stop the writers and run the same command again. Nothing was changed.",
            code="RW-LEDGER-MOVED",
        )


__all__ = ["side_of", "take", "unless_moved"]
