"""What a source had shown before an instant, read back from the ledger: its rows, cell by cell, and which
findings it had left open.

The instant is one of the source's own (when it was taken, or when a change was first seen), so that a file
handed in again is compared with what it was compared with the first time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Literal, NamedTuple

from rentalwatch.domain.events import (
    DwellingRegistered,
    Event,
    Finding,
    RecordCorrected,
    RecordRetracted,
    RectificationVerified,
    ViolationConfirmed,
)
from rentalwatch.domain.facts import Fact, known_to_source_by
from rentalwatch.domain.instants import Micros
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.reading import as_fact
from rentalwatch.ledger.rebuild import stated_by_its_source
from rentalwatch.ledger.store import Recorded

STREAMS_A_READ = 200
ABSENCE, CHANGE = "absence", "change"
"""How the facts begin that say that a row is gone, and those that say what a change of it meant. Neither
makes a row appear."""

Cells = dict[str, str]


class Change(NamedTuple):
    """What became of one row between two snapshots: `before` and `now` hold the cells that differ."""

    what: Literal["added", "removed", "changed"]
    number: int
    row: str
    home: str
    at: datetime
    since: str
    """The snapshot or commit that shows it, as keys name it."""
    before: Cells
    now: Cells
    first: bool = False
    """The source had shown nothing at all before."""


@dataclass
class HeldRow:
    """A row that the source shows: since which snapshot (its name and when), its cells, and the facts that it
    stated itself."""

    home: str
    since: str
    at: datetime
    cells: Cells = field(default_factory=dict)
    facts: dict[str, set[Finding]] = field(default_factory=dict)
    """Fact → the findings that it confirmed."""


class Held:
    """The rows that a source shows at one point of its history."""

    def __init__(self) -> None:
        self.rows: dict[str, HeldRow] = {}
        self._by_home: dict[str, set[str]] = {}
        self._open: dict[str, set[Finding]] = {}
        self._known_as: dict[str, str] = {}

    def rows_of(self, home: str) -> set[str]:
        """The rows about one home."""
        return self._by_home.get(self._known_as.get(home, home), set())

    def is_open(self, home: str) -> bool:
        """Whether the source left any finding of that home open."""
        return bool(self._open.get(self._known_as.get(home, home)))

    def add(self, row: str, home: str, since: str, at: datetime, cells: Cells) -> None:
        """A row appears."""
        home = self._known_as.get(home, home)
        self.rows[row] = HeldRow(home, since, at, dict(cells))
        self._by_home.setdefault(home, set()).add(row)

    def remove(self, row: str) -> None:
        """A row is gone."""
        gone = self.rows.pop(row, None)
        if gone is not None:
            self._by_home[gone.home].discard(row)

    def take(self, home: str, event: Event) -> None:
        """What the source said opens or closes findings."""
        home = self._known_as.get(home, home)
        if isinstance(event, ViolationConfirmed):
            self._open.setdefault(home, set()).update(event.findings)
        elif isinstance(event, RectificationVerified):
            self._open.get(home, set()).difference_update(event.findings)

    def names(self, keys: Iterable[str]) -> str:
        """One home by all its identity keys; returns the one under which it is held."""
        first, *_ = known = list(keys)
        self._known_as.update(dict.fromkeys(known, first))
        return first

    def replay(self, home: str, event: Event) -> None:
        """Takes in one standing event of the source, in the order in which the source came to know."""
        ref = event.source
        if ref is None:
            return
        self.take(home, event)
        if not ref.row:
            return
        row, since = ref.row, ref.key.rpartition("@")[2]
        if ref.fact.startswith(ABSENCE):
            self.remove(row)
            return
        at = event.source_recorded_at or event.happened_at
        stated = not ref.fact.startswith(CHANGE)
        if row not in self.rows and stated:
            self.add(row, home, since, at, {})
        held = self.rows.get(row)
        if held is None:
            return
        held.cells.update(ref.cells)
        if stated:
            held.facts[ref.fact] = set(getattr(event, "findings", ()))


def held_before(ledger: Ledger, source: str, before: Micros) -> Held:
    """What `source` had shown before an instant of its own. Reads every file that it spoke of, once."""
    held = Held()
    query = ledger.recorder.query
    streams = [row[0] for row in query(sql.SELECT_SOURCE_STREAMS, (source,))]
    for begin in range(0, len(streams), STREAMS_A_READ):
        part = json.dumps(streams[begin : begin + STREAMS_A_READ])
        rows = [Recorded(*row) for row in query(sql.SELECT_RECORDED_STREAMS, (part,))]
        for _, whole in groupby(rows, key=lambda row: row.stream_id):
            _replay_file(held, [as_fact(row) for row in whole], source, before)
    return held


def _replay_file(held: Held, facts: list[Fact], source: str, before: Micros) -> None:
    keys = [key for f in facts if isinstance(f.event, DwellingRegistered) for key in f.event.keys]
    if not keys:
        return
    home = held.names(dict.fromkeys(keys))
    known = [f for f in facts if f.event.source_recorded_at is None or f.known_to_source < before]
    acts = [f.event for f in known if isinstance(f.event, RecordCorrected | RecordRetracted)]
    undone = {act.target for act in acts if not _own(act)}
    for fact in sorted(known, key=known_to_source_by):
        ref = fact.event.source
        if ref is None or ref.name != source or fact.event.source_recorded_at is None:
            continue
        if fact.event.record_id not in undone:
            held.replay(home, fact.event)


def _own(event: Event) -> bool:
    """Whether the source itself took something back, by showing it no more."""
    ref = event.source
    return isinstance(event, RecordRetracted) and ref is not None and stated_by_its_source(event, ref)
