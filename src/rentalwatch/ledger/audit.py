"""Whether a ledger is whole: every rule that its writers keep, checked on what is stored.

Reads one snapshot page by page, so that writers may go on; what the events say of the side tables is
collected in a scratch database on disk, not in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from rentalwatch.domain.events import Event, RecordCorrected
from rentalwatch.domain.instants import Micros
from rentalwatch.errors import RentalwatchError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.rebuild import side_rows
from rentalwatch.ledger.store import MAX_EVENTS, Page, Recorded

PAGE = 1_000
"""Rows read at a time."""


@dataclass(frozen=True)
class Problem:
    """Something that must not be. `code` is stable, `where` names the place, `what` is a sentence."""

    code: str
    where: str
    what: str


def audit(ledger: Ledger) -> Iterator[Problem]:
    """Everything that is wrong with a ledger, in order of position, the side tables last.

    Checked: every event can be decoded; versions of a stream run 1, 2, 3 …; a record lies in one stream
    and one commit, its events are numbered 0, 1 …, its id occurs once, a correction comes with what
    replaces it; `recorded_at` never falls, and no more events share one than a commit may hold; the side
    tables say what the events say. Nothing is changed. Memory: a page, and one number per stream.
    Raises StorageError if the database itself cannot be read.
    """
    with (
        ledger.recorder.snapshot() as stored,
        closing(sqlite3.connect("", isolation_level=None)) as scratch,
    ):

        def told(statement: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
            return scratch.execute(statement, params).fetchall()

        for statement in (*sql.CREATE, "BEGIN"):
            scratch.execute(statement)
        yield from _events(_recorded(stored), scratch)
        for table in sql.SIDE_TABLES:
            yield from _differences(table, _pages(table, stored), _pages(table, told))


@dataclass
class _Order:
    """What the next event is measured against."""

    versions: dict[str, int] = field(default_factory=dict)
    recorded_at: Micros = 0
    in_commit: int = 0

    def check(self, row: Recorded) -> Iterator[Problem]:
        expected = self.versions.get(row.stream_id, 0) + 1
        self.versions[row.stream_id] = row.version
        if row.version != expected:
            yield Problem("RW-VERIFY-VERSION", _at(row), f"version {expected} was expected")
        if not isinstance(row.recorded_at, int) or row.recorded_at < self.recorded_at:
            yield Problem("RW-VERIFY-TIME", _at(row), "recorded_at lies before that of an earlier position")
            return
        self.in_commit = self.in_commit + 1 if row.recorded_at == self.recorded_at else 1
        self.recorded_at = row.recorded_at
        if self.in_commit == MAX_EVENTS + 1:
            yield Problem("RW-VERIFY-TIME", _at(row), f"more than {MAX_EVENTS:,} events share recorded_at")


def _recorded(page: Page) -> Iterator[Recorded]:
    after = 0
    while rows := page(sql.SELECT_RECORDED, (after, PAGE)):
        yield from (Recorded(*row) for row in rows)
        after = rows[-1][0]


def _events(rows: Iterator[Recorded], scratch: sqlite3.Connection) -> Iterator[Problem]:
    order = _Order()
    found: list[Problem] = []
    for _, record in groupby(_decoded(rows, order, found), key=_record_of):
        said = list(record)
        yield from found
        found.clear()
        yield from _record(said, scratch)
    yield from found


def _decoded(
    rows: Iterator[Recorded], order: _Order, found: list[Problem]
) -> Iterator[tuple[Recorded, Event]]:
    for row in rows:
        found.extend(order.check(row))
        try:
            yield row, decode(str(row.type_name), row.state)
        except RentalwatchError as e:
            found.append(Problem(e.code, _at(row), e.what))


def _record_of(said: tuple[Recorded, Event]) -> tuple[Any, ...]:
    row, event = said
    return row.stream_id, row.recorded_at, event.record_id


def _record(said: list[tuple[Recorded, Event]], scratch: sqlite3.Connection) -> Iterator[Problem]:
    first = said[0][0]
    events = [event for _, event in said]
    if [event.index for event in events] != list(range(len(events))):
        yield Problem("RW-VERIFY-RECORD", _at(first), f"record {events[0].record_id} is not whole")
    elif isinstance(events[-1], RecordCorrected):
        yield Problem("RW-VERIFY-RECORD", _at(first), "a correction without what replaces the record")
    side = side_rows(first.stream_id, first.version, events)
    if scratch.execute(sql.INSERT_NEW_RECORD, side.records[0]).rowcount == 0:
        yield Problem("RW-VERIFY-RECORD", _at(first), f"record id {events[0].record_id} was used before")
    scratch.executemany(sql.PUT_FACT, side.facts)
    scratch.executemany(sql.INSERT_NEW_KEY, side.keys)
    scratch.executemany(sql.PUT_KEY, side.led)
    scratch.executemany(sql.PUT_MOVED, side.moved)
    scratch.executemany(sql.PUT_MERGED, side.merged)


def _pages(table: str, page: Page) -> Iterator[tuple[Any, ...]]:
    """All rows of a side table, in the order of its key."""
    width = len(sql.SIDE_TABLES[table])
    rows = page(sql.select_page(table, after=False), (PAGE,))
    while rows:
        yield from rows
        rows = page(sql.select_page(table, after=True), (*rows[-1][:width], PAGE))


def _differences(
    table: str, stored: Iterator[tuple[Any, ...]], told: Iterator[tuple[Any, ...]]
) -> Iterator[Problem]:
    """Two walks in the same order, side by side."""
    width = len(sql.SIDE_TABLES[table])
    here, there = next(stored, None), next(told, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here[:width] < there[:width]):
            assert here is not None
            yield Problem("RW-VERIFY-SIDE", _in(table, here[:width]), "is told by no event")
            here = next(stored, None)
        elif here is None or there[:width] < here[:width]:
            yield Problem("RW-VERIFY-SIDE", _in(table, there[:width]), "is missing; the events tell it")
            there = next(told, None)
        else:
            if here != there:
                yield Problem("RW-VERIFY-SIDE", _in(table, here[:width]), "differs from what the events tell")
            here, there = next(stored, None), next(told, None)


def _at(row: Recorded) -> str:
    return f"position {row.position} ({row.stream_id}, version {row.version})"


def _in(table: str, key: tuple[Any, ...]) -> str:
    named = (part.hex() if isinstance(part, bytes) else str(part) for part in key)
    return f"{table} {' / '.join(named)}"


__all__ = ["Problem", "audit"]
