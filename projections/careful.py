"""One event that cannot be folded must hold up nobody else: its file is parked, the others flow (D7).

A batch is folded whole; only when that fails it is folded again, file by file and where need be event by
event, each in a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

import sqlalchemy as sa

from projections.database import writing
from projections.projector import Projector, UnfoldableError
from rentalwatch.ledger.store import Recorded

UNFOLDABLE = (UnfoldableError, sa.exc.DataError, OverflowError)
"""The fold raised, or gave a row that the database cannot hold (a number too large, a NUL in a text)."""

MAX_REASON = 500
"""Characters of a reason that are kept."""

Before = Callable[[sa.Connection], None]
After = Callable[[sa.Connection, dict[str, int]], None]


def fold(
    engine: sa.Engine, projector: Projector, batch: Sequence[Recorded], before: Before, after: After
) -> dict[str, int]:
    """Folds a batch in one transaction; returns stream → how many of its events were new.

    `before` makes the first statements (the compare-and-swap), `after` the last. Guarantees: all of it or
    nothing. Raises what they raise, GapError, NewerVersionError, and the database's errors; whatever is
    raised, the projector has forgotten what it had not stored.
    """
    try:
        try:
            return _fold(engine, projector.apply, batch, before, after)
        except UNFOLDABLE:
            return _fold(engine, partial(apply_carefully, projector), batch, before, after)
    except BaseException:
        projector.forget()
        raise


def _fold(
    engine: sa.Engine,
    apply: Callable[[Sequence[Recorded], sa.Connection], dict[str, int]],
    batch: Sequence[Recorded],
    before: Before,
    after: After,
) -> dict[str, int]:
    with writing(engine).begin() as connection:
        before(connection)
        new = apply(batch, connection)
        after(connection, new)
        return new


def apply_carefully(
    projector: Projector, batch: Iterable[Recorded], connection: sa.Connection
) -> dict[str, int]:
    """As `Projector.apply`, and an event that cannot be folded parks its stream. A savepoint for all of
    them; one a file, and one an event of the file, only where that fails. Raises GapError, NewerVersionError.
    """
    projector.forget()
    rows = list(batch)
    with suppress(*UNFOLDABLE):
        return _tried(projector, rows, connection)
    new: dict[str, int] = {}
    for stream, its in _by_stream(rows).items():
        new |= _one_stream(projector, stream, its, connection)
    return new


def _by_stream(rows: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    streams: dict[str, list[Recorded]] = {}
    for row in rows:
        streams.setdefault(row.stream_id, []).append(row)
    return streams


def _one_stream(
    projector: Projector, stream: str, rows: list[Recorded], connection: sa.Connection
) -> dict[str, int]:
    try:
        return _tried(projector, rows, connection)
    except UNFOLDABLE:
        return {stream: sum(_one_event(projector, row, connection) for row in rows)}


def _one_event(projector: Projector, row: Recorded, connection: sa.Connection) -> int:
    try:
        new = _tried(projector, [row], connection)
    except UNFOLDABLE as e:
        said = str(getattr(e, "orig", None) or e) or type(e).__name__
        why = said.splitlines()[0][:MAX_REASON]
        new = projector.apply([row], connection, {(row.stream_id, row.version): why})
    return sum(new.values())


def _tried(projector: Projector, rows: list[Recorded], connection: sa.Connection) -> dict[str, int]:
    try:
        with connection.begin_nested():
            return projector.apply(rows, connection)
    except BaseException:
        projector.forget()
        raise
