"""A log of changes as a source: what a series of snapshots showed, commit by commit.

Within a commit rows appear and go first; then changes are judged, all cells of one row that changed by that
commit together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Literal, NamedTuple

from rentalwatch.domain.instants import micros
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.following import Follower, Item
from rentalwatch.importers.held import Change, Held, HeldRow, held_before
from rentalwatch.importers.mapping import ChangeLog
from rentalwatch.importers.problems import RowError
from rentalwatch.importers.reading import Source, cells
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.statements import Statement


class _Line(NamedTuple):
    """A line of the log that can be read."""

    number: int
    cells: list[str]
    row: str
    home: str
    at: datetime
    commit: str
    what: str
    field: str
    old: str
    new: str


class _Unread(NamedTuple):
    """A line that cannot be read; it stays with the commit before it."""

    number: int
    cells: list[str]
    commit: str
    error: RowError


def change_log(ledger: Ledger, source: Source, follower: Follower, words: ChangeLog) -> Iterator[Item]:
    """What a log of changes states, line by line. Changes of one row by one commit are stated with the
    first of their lines.

    Raises InvalidInputError (RW-SNAPSHOT-BEFORE), before anything is stored, if it begins with the change
    of a row and the ledger holds no earlier snapshot of the source.
    """
    first = _first_commit(source, follower, words)
    if not first:
        return _items(source, follower, words, Held())
    held = held_before(ledger, follower.mapping.source, micros(first[0].at))
    if not held.rows and any(line.what != words.added for line in first):
        raise InvalidInputError(
            f"{source.path.name} tells what changed, and the ledger does not hold what it was before",
            todo="Nothing was stored. Import the source's first snapshot before its changes.",
            code="RW-SNAPSHOT-BEFORE",
        )
    return _items(source, follower, words, held)


def _first_commit(source: Source, follower: Follower, words: ChangeLog) -> list[_Line]:
    readable = (line for line in _lines(source, follower, words) if isinstance(line, _Line))
    return next((list(whole) for _, whole in groupby(readable, key=lambda line: line.commit)), [])


def _items(source: Source, follower: Follower, words: ChangeLog, held: Held) -> Iterator[Item]:
    for _, whole in groupby(_lines(source, follower, words), key=lambda line: line.commit):
        group = list(whole)
        yield from ((line.number, line.cells, line.error) for line in group if isinstance(line, _Unread))
        yield from _commit([line for line in group if isinstance(line, _Line)], follower, held, words)


def _lines(source: Source, follower: Follower, words: ChangeLog) -> Iterator[_Line | _Unread]:
    names = (words.commit, words.change, words.field, words.old, words.new)
    places = [source.header.index(name) for name in names]
    at_place, commit = source.header.index(words.at), ""
    for number, row in cells(source):
        try:
            named = follower.identify(row)
            found = [row[i].strip() for i in places]
            _refuse_unknown(words, found[1])
            line = _Line(number, row, *named, _instant(words.at, row[at_place]), *found)
        except RowError as e:
            yield _Unread(number, row, commit, e)
        else:
            commit = line.commit
            yield line


def _refuse_unknown(words: ChangeLog, what: str) -> None:
    kinds = (words.added, words.removed, words.changed)
    if what not in kinds:
        said = f"must be one of: {', '.join(kinds)}"
        raise RowError("RW-VALUE-UNKNOWN", column=words.change, value=what, what=said)


def _instant(column: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = datetime.min  # noqa: DTZ901
    if at.tzinfo is None:
        raise RowError("RW-DATE", column=column, value=text, what="not an instant with its offset (ISO 8601)")
    return at


def _commit(lines: list[_Line], follower: Follower, held: Held, words: ChangeLog) -> Iterator[Item]:
    before = {line.row: held.rows.get(line.row) for line in lines}
    for line in lines:
        if line.what == words.removed:
            held.remove(line.row)
        elif line.what == words.added:
            held.add(line.row, line.home, line.commit, line.at, {line.field: line.new})
            held.rows[line.row].facts = dict(follower.own_facts)
    changed = []
    for line in lines:
        if line.what == words.added:
            yield _item(line, partial(_came, line, follower, held))
        elif line.what == words.removed:
            yield _item(line, partial(_went, line, follower, before[line.row]))
        else:
            changed.append(line)
    for _, whole in groupby(sorted(changed, key=lambda line: line.row), key=lambda line: line.row):
        first, *rest = group = list(whole)
        yield _item(first, partial(follower.judged, _change("changed", group), held))
        yield from ((line.number, line.cells, []) for line in rest)


def _item(line: _Line, say: Callable[[], list[Statement]]) -> Item:
    try:
        return line.number, line.cells, say()
    except RowError as e:
        return line.number, line.cells, e


def _came(line: _Line, follower: Follower, held: Held) -> list[Statement]:
    change = _change("added", [line])
    return follower.appears(line.cells, change) + follower.judged(change, held)


def _went(line: _Line, follower: Follower, was: HeldRow | None) -> list[Statement]:
    if was is None:
        raise RowError("RW-CHANGE", value=line.row, what="is gone, and the source had not shown it before")
    return follower.says_gone(_change("removed", [line]), was)


def _change(what: Literal["added", "removed", "changed"], lines: Sequence[_Line]) -> Change:
    first = lines[0]
    before = {line.field: line.old for line in lines if line.old or what == "changed"}
    now = {line.field: line.new for line in lines if line.new or what == "changed"}
    return Change(what, first.number, first.row, first.home, first.at, first.commit, before, now)
