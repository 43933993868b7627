"""Snapshots as a source: what a file says that shows a whole once more, compared with what it showed before.

A row appears, changes, or is gone. The mapping's rules say what a row states when it appears, `absence` what
it means that it is gone, a hook what its changes mean. Everything is dated by the snapshot that shows it
first (`first_seen`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from rentalwatch.domain.instants import day_last, micros
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.following import Follower, Item
from rentalwatch.importers.held import Cells, Change, Held, HeldRow, held_before
from rentalwatch.importers.problems import RowError
from rentalwatch.importers.reading import Source, cells
from rentalwatch.ledger.application import Ledger

MISSING_PERCENT = 10
"""A snapshot that lacks more of the known rows than this is taken for a broken file."""

_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


class Taken(NamedTuple):
    """When a snapshot was taken, and how keys name it."""

    at: datetime
    name: str


def taken_at(text: str, path: Path, zone: str, *, report: bool = False) -> Taken:
    """When a snapshot was taken: as stated, or the day in the file's name (that whole day).

    Raises InvalidInputError (RW-SNAPSHOT-AT) if neither says it. The name of a report of refused rows says
    when those were refused.
    """
    found = _DAY.search(path.name)
    said = text or (found[0] if found and not report else "")
    try:
        if len(said) == 10:
            return Taken(day_last(date.fromisoformat(said), zone), said)
        at = datetime.fromisoformat(said)
        if at.tzinfo is not None:
            return Taken(at, at.isoformat())
    except ValueError:
        pass
    what = f"{said!r} is neither a day nor an instant with its offset" if said else "it does not say when"
    raise InvalidInputError(
        f"when was the snapshot {path.name} taken? {what}",
        todo="Add --snapshot-at 2026-08-22 (or an instant with its offset).",
        code="RW-SNAPSHOT-AT",
    )


def snapshot(
    ledger: Ledger, source: Source, follower: Follower, taken: Taken, *, confirm_missing: bool
) -> Iterator[Item]:
    """What a snapshot states, row by row.

    Raises InvalidInputError (RW-SNAPSHOT-MISSING) before anything is stored if it lacks too many of the
    rows that the source showed before, unless `confirm_missing`.
    """
    held = held_before(ledger, follower.mapping.source, micros(taken.at))
    shown = dict(_shown(source, follower))
    gone = [] if source.report else [row for row in held.rows if row not in shown]
    if not confirm_missing and len(gone) * 100 > len(held.rows) * MISSING_PERCENT:
        raise _too_many_missing(source.path.name, len(held.rows), len(gone))
    return _items(source, follower, taken, held, shown, gone)


def _shown(source: Source, follower: Follower) -> Iterator[tuple[str, str]]:
    """(row, home) of every line that can be read."""
    for _, line in cells(source):
        try:
            yield follower.identify(line)
        except RowError:
            continue


def _too_many_missing(name: str, known: int, missing: int) -> InvalidInputError:
    return InvalidInputError(
        f"{name} lacks {missing:,} of the {known:,} rows that its source showed before "
        f"({known - missing:,} present)",
        todo="Nothing was stored. If they are really gone, add --confirm-missing.",
        code="RW-SNAPSHOT-MISSING",
        known=f"{known:,}",
        present=f"{known - missing:,}",
        missing=f"{missing:,}",
    )


def _items(
    source: Source, follower: Follower, taken: Taken, held: Held, shown: dict[str, str], gone: list[str]
) -> Iterator[Item]:
    before = dict(held.rows)
    for row in gone:
        held.remove(row)
    for row, home in shown.items():
        if row not in before:
            held.add(row, home, taken.name, taken.at, {})
    seen: dict[str, int] = {}
    for number, line in cells(source):
        try:
            row, home = follower.identify(line)
            content = hash(tuple(line))
            if seen.setdefault(row, content) != content:
                raise _twice(row)
            was = before.get(row)
            change = _change(Change("changed", number, row, home, taken.at, taken.name, {}, {}, not before),
                             follower.cells(line), was)  # fmt: skip
            yield number, line, follower.says(line, change, held, was)
        except RowError as e:
            yield number, line, e
    for row in gone:
        was = before[row]
        change = Change("removed", 0, row, was.home, taken.at, taken.name, was.cells, {})
        yield 0, [], follower.says_gone(change, was)


def _change(change: Change, now: Cells, was: HeldRow | None) -> Change:
    """Which cells of a row differ. Cells that the source never showed of that row are not compared."""
    if was is None:
        return change._replace(what="added", now=now)
    differs = [name for name, value in was.cells.items() if now.get(name, value) != value]
    return change._replace(
        before={name: was.cells[name] for name in differs}, now={name: now[name] for name in differs}
    )


def _twice(row: str) -> RowError:
    return RowError(
        "RW-SAME-ID",
        what=f"same id ({row}) as an earlier row of this file, other content",
        todo="keep the row that is right, import the file again",
    )
