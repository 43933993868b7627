"""What one batch writes: collected while it is folded, written at its end, a statement a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from projections.actions import ACTIONS, AT_ACTIONS
from projections.alerts import ALERTS, RELAPSE_CALLS
from projections.cases import CASES
from projections.clocks import CLOCKS
from projections.departures import DEPARTURES
from projections.estate_figures import FIGURES
from projections.estates import CHASERS, ESTATES, LEADS, LISTS, MANAGERS, REPORTS
from projections.exemptions import EXEMPTIONS
from projections.files import FACTS, FILES, PARKED, Identity
from projections.history import CLAIMS, ROUNDS, STATES
from projections.homes import COMPLAINTS, PARTICULARS, WATCHES
from projections.identities import EXITS, MERGES, SUBLANDLORDS
from projections.many import Many, insert_many
from projections.marks import LATE_ENTRIES, MARKS
from projections.names import NAMES
from projections.parties import PARTIES
from projections.programmes import PROGRAMME_TABLES
from projections.rulebooks import ADOPTIONS
from projections.spans import BOTH, LEDGER, SOURCE, Changes, SpanTable
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.judge import Running
from rentalwatch.domain.streams import kind_of

_OF_HOMES = (
    *(STATES, ROUNDS, CLAIMS, CLOCKS, ALERTS, RELAPSE_CALLS),
    *(PARTIES, EXEMPTIONS, DEPARTURES, AT_ACTIONS),
)
_FOR_WARNING = (PARTICULARS, WATCHES, COMPLAINTS)
_OF_ESTATES = (ESTATES, MANAGERS, LISTS, REPORTS, CHASERS, LEADS, FIGURES)
_OF_SUBLANDLORDS = (SUBLANDLORDS, EXITS, MERGES)
_OF_ALL = (NAMES, MARKS, LATE_ENTRIES, CASES)
_OF_OTHERS = (*_OF_SUBLANDLORDS, *_OF_ESTATES, ACTIONS, ADOPTIONS, *PROGRAMME_TABLES)
TABLES: dict[type, SpanTable] = {t.kind: t for t in (*_OF_HOMES, *_FOR_WARNING, *_OF_ALL, *_OF_OTHERS)}

_INSERT_FACTS, _INSERT_PARKED, _INSERT_FILES = map(insert_many, (FACTS, PARKED, FILES))
_STATED = [c.name for c in FILES.columns if not c.primary_key]
_UPDATE_FILES = Many(
    FILES.update()
    .where(FILES.c.stream_id == sa.bindparam("b_stream"))
    .values({name: sa.bindparam(name) for name in _STATED}),
    [*_STATED, "b_stream"],
)


@dataclass
class FileState:
    """A file as the projector last wrote it."""

    judged: Running
    last_version: int = 0
    exists: bool = False
    parked: bool = False
    sourced: bool = False
    named: Identity = field(default_factory=Identity)

    @property
    def facts(self) -> list[Fact]:
        return self.judged.facts


class Writes:
    """Everything one batch writes."""

    def __init__(self, connection: sa.Connection, refused: Mapping[tuple[str, int], str]) -> None:
        self.connection = connection
        self.refused = refused
        self.new: dict[str, int] = {}
        self.changes = Changes()
        self.facts: list[tuple[Any, ...]] = []
        self.parked: list[tuple[Any, ...]] = []
        self.files: dict[str, FileState] = {}
        self.split: list[str] = []
        self.to_source = Changes()
        self.sourced: list[str] = []

    def know_sourced(self, stream: str, facts: list[Fact]) -> None:
        """The rows for what the source knew when: made anew, since a fact may arrive after later ones. Once
        a file and batch."""
        judged = Running("source", kind_of(stream))
        by_then = sorted(facts, key=lambda f: f.known_to_source)
        for at, known in groupby(by_then, key=lambda f: f.known_to_source):
            self.to_source.restate(stream, *judged.add(known), at)
        self.sourced.append(stream)

    def write(self) -> None:
        connection = self.connection
        _INSERT_FACTS.execute(connection, self.facts)
        _INSERT_PARKED.execute(connection, self.parked)
        split, made_anew = self._there(self.split), self._there(self.sourced)
        self._write_files(connection)
        for table in TABLES.values():
            of_file = table.c.stream_id
            if split:
                connection.execute(table.table.update().where(of_file.in_(split)).values(axis=LEDGER))
            if made_anew:
                gone = (of_file.in_(made_anew), table.c.axis == SOURCE)
                connection.execute(table.table.delete().where(*gone))
        self.changes.write(connection, TABLES, lambda s: LEDGER if self.files[s].sourced else BOTH)
        self.to_source.write(connection, TABLES, lambda _: SOURCE)

    def _there(self, streams: list[str]) -> list[str]:
        """Those with rows in the tables: a file that this batch begins has none."""
        return [stream for stream in streams if self.files[stream].exists]

    def _write_files(self, connection: sa.Connection) -> None:
        new, old = [], []
        for stream, file in self.files.items():
            row = (kind_of(stream), file.last_version, int(file.parked), int(file.sourced), *file.named)
            if file.exists:
                old.append((*row, stream))
            else:
                new.append((stream, *row))
                file.exists = True
        _INSERT_FILES.execute(connection, new)
        _UPDATE_FILES.execute(connection, old)
