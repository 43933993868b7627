"""Identities of sublandlords: which references are one and the same party, as known on a day?

Who somebody is does not change with the day that is asked about; only what was known of it does. So merges
and references count for every day, as far as they were known by then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.names import NAMES
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.folds.sublandlord import Exit, Sublandlord, SublandlordMerge
from rentalwatch.domain.instants import FOREVER

SUBLANDLORDS = SpanTable("sublandlords", Sublandlord, (), ("party", "recorded_to"))
EXITS = SpanTable("sublandlord_exits", Exit, ("record", "dwelling", "area"))
MERGES = SpanTable("sublandlord_merges", SublandlordMerge, ())
PREFIX = "sublandlord:"
"""What the identity keys of sublandlords begin with."""


class Identities(NamedTuple):
    """Who is who. An operator is named by the stream of the identity that goes on, or, where nobody
    identified it, by its reference."""

    known: dict[str, Sublandlord]
    """Stream → who it is, the merged ones too."""
    stream_of: dict[str, str]
    """Reference, or stream, → its own stream."""
    survivor: dict[str, str]
    """Stream → the stream that goes on."""
    references: dict[str, set[str]]
    """Operator → every reference of it."""

    def operator(self, reference: str) -> str:
        """The operator that a reference or a stream means."""
        stream = self.stream_of.get(reference)
        return reference if stream is None else self.survivor.get(stream, stream)

    def label(self, operator: str) -> str:
        """The reference by which an operator is shown."""
        found = self.known.get(operator)
        return found.party if found else operator

    def all_references(self, reference: str) -> set[str]:
        """Every reference of the party that one of them means."""
        return {reference} | self.references.get(self.operator(reference), set())


def identities(connection: sa.Connection, scope: Scope) -> Identities:
    """Everyone who was identified, as known at the scope's known_at."""
    ever = replace(scope, asked=FOREVER)
    known = {row[0]: Sublandlord(*row[1:]) for row in connection.execute(_visible(SUBLANDLORDS, ever))}
    n = NAMES.c
    names = connection.execute(
        _visible(NAMES, ever).where(n.name >= PREFIX, n.name < PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1))
    )
    stream_of = {row[1].removeprefix(PREFIX): row[0] for row in names}
    stream_of |= {who.party: stream for stream, who in known.items() if who.party not in stream_of}
    stream_of |= {stream: stream for stream in known}
    merged = {
        row[0]: stream_of.get(str(row[2]).removeprefix(PREFIX), str(row[2]))
        for row in connection.execute(_visible(MERGES, ever))
    }
    survivor = {stream: _end(stream, merged) for stream in {*known, *merged}}
    references: dict[str, set[str]] = defaultdict(set)
    for reference, stream in stream_of.items():
        if reference != stream:
            references[survivor.get(stream, stream)].add(reference)
    return Identities(known, stream_of, survivor, dict(references))


def _visible(table: SpanTable, scope: Scope) -> sa.Select[Any]:
    columns = (table.c.stream_id, *(table.c[name] for name in table.fields))
    query = sa.select(*columns).where(*table.visible(scope.asked, scope.known_at, scope.axis))
    return query.order_by(table.c.stream_id)


def _end(stream: str, merged: dict[str, str]) -> str:
    """Where a chain of merges ends; of a circle, which only hands could make, the least."""
    seen = [stream]
    while (further := merged.get(seen[-1])) is not None:
        if further in seen:
            return min(seen[seen.index(further) :])
        seen.append(further)
    return seen[-1]
