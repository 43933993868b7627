"""Rows over two axes of time: when they held in the field, and when that was known (D8).

What held: valid_from < T <= valid_to. What was known: recorded_from < K <= recorded_to. A judgement that
changes closes the old rows at the instant of the new facts and adds the new ones; rows that were never
known over any span are dropped, so that tables do not depend on how a commit was split into batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_type_hints

import sqlalchemy as sa

from projections.database import METADATA, TEXT
from projections.many import Many, insert_many
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judgement import Span

BOTH, LEDGER, SOURCE = 0, 1, 2
"""Whose knowledge a row tells: most files have one for both axes; a file with facts that a source recorded
earlier has rows of its own for each."""


def unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The same value, but no index over it is taken. SQLite knows nothing of how many rows an index leaves,
    and takes the one of which the most columns are given: over time that is every home at once, where a
    file's own few rows are found by its id."""
    number = isinstance(column.type, sa.Integer)
    return column + sa.literal_column("0") if number else column.concat(sa.literal_column("''"))


class SpanTable:
    """A table of spans of one kind of row. `slot` names the columns that tell rows of one file apart."""

    def __init__(self, name: str, kind: type, slot: tuple[str, ...], *indexes: tuple[str, ...]) -> None:
        self.kind = kind
        self.slot = slot
        self.fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
        hints = get_type_hints(kind)
        self.table = sa.Table(
            name,
            METADATA,
            sa.Column("stream_id", TEXT, nullable=False),
            sa.Column("axis", sa.SmallInteger, nullable=False),
            *(sa.Column(f, sa.BigInteger if hints[f] is int else TEXT, nullable=False)
              for f in self.fields),
            sa.Column("valid_from", sa.BigInteger, nullable=False),
            sa.Column("valid_to", sa.BigInteger, nullable=False),
            sa.Column("recorded_from", sa.BigInteger, nullable=False),
            sa.Column("recorded_to", sa.BigInteger, nullable=False),
            sa.Index(f"{name}_by_file", "stream_id", "recorded_to"),
            *(sa.Index(f"{name}_by_{'_'.join(columns[:2])}", *columns) for columns in indexes),
        )  # fmt: skip
        self.c = self.table.c
        same = [self.c.stream_id == sa.bindparam("s"), unindexed(self.c.axis) == sa.bindparam("x")]
        same += [self.c.recorded_to == sa.bindparam("now")]
        same += [unindexed(self.c.valid_from) == sa.bindparam("vf")]
        same += [unindexed(self.c.valid_to) == sa.bindparam("vt")]
        same += [unindexed(self.c[name]) == sa.bindparam(f"k_{name}") for name in slot]
        self.insert = insert_many(self.table)
        self.close = Many(
            self.table.update().where(*same).values(recorded_to=sa.bindparam("at")),
            ["at", "s", "x", "now", "vf", "vt", *(f"k_{name}" for name in slot)],
        )
        self.slot_at = [self.fields.index(name) for name in slot]

    def closing(self, stream: str, axis: int, span: Span, at: Micros) -> tuple[Any, ...]:
        """The parameters of `close` for a row that is known until `at`."""
        valid_from, valid_to, judged = span
        return (at, stream, axis, FOREVER, valid_from, valid_to, *(judged[i] for i in self.slot_at))

    def visible(self, asked: Micros, known_at: Micros, axis: int = LEDGER) -> list[sa.ColumnElement[bool]]:
        """The conditions for what held at `asked` as known at `known_at`."""
        return [*self.known(known_at, axis), self.c.valid_from < asked, self.c.valid_to >= asked]

    def joined(
        self, stream: sa.ColumnElement[str], asked: Micros, known_at: Micros, axis: int = LEDGER
    ) -> sa.ColumnElement[bool]:
        """As `visible`, of the file `stream` of another row: what to join on."""
        held = (self.c.valid_from < asked, unindexed(self.c.valid_to) >= asked)
        return sa.and_(self.c.stream_id == stream, *self.known(known_at, axis), *held)

    def known(self, known_at: Micros, axis: int = LEDGER) -> list[sa.ColumnElement[bool]]:
        """The conditions for what was known at `known_at` to have held over some span."""
        c = self.c
        whose = c.axis.in_((BOTH, axis))
        if known_at >= FOREVER:
            return [whose, c.recorded_to == FOREVER]
        return [whose, c.recorded_from < known_at, c.recorded_to >= known_at]

    def rewind(self, connection: sa.Connection, stream: str, at: Micros) -> None:
        """Takes back what was made known of a file at `at`, so that it can be made known whole: the batch
        before ended in the middle of a commit."""
        c = self.c
        mine = (c.stream_id == stream, c.axis.in_((BOTH, LEDGER)))
        connection.execute(self.table.delete().where(*mine, c.recorded_from == at))
        connection.execute(self.table.update().where(*mine, c.recorded_to == at).values(recorded_to=FOREVER))


class Changes:
    """The rows that a batch will insert and close.

    Which axis a file's rows are of is known only when the batch is written: a later commit of the batch
    may be the first with facts that a source recorded earlier.
    """

    def __init__(self) -> None:
        self.fresh: dict[str, dict[Span, Micros]] = {}
        self.over: list[tuple[str, Span, Micros, Micros]] = []
        self.closed: list[tuple[str, Span, Micros]] = []

    def restate(self, stream: str, gone: Iterable[Span], new: Iterable[Span], at: Micros) -> None:
        """From `at` on the spans in `gone` are known of a file no more, those in `new` are; every `at` of a
        file is later than those before."""
        fresh = self.fresh.setdefault(stream, {})
        for span in gone:
            since = fresh.pop(span, None)
            if since is None:
                self.closed.append((stream, span, at))
            else:
                self.over.append((stream, span, since, at))
        for span in new:
            fresh[span] = at

    def write(
        self, connection: sa.Connection, tables: Mapping[type, SpanTable], axis: Callable[[str], int]
    ) -> None:
        """Closes and inserts, a statement a table. `tables`: by the kind of their rows; `axis`: of the rows
        of a file."""
        closes: dict[type, list[tuple[Any, ...]]] = {kind: [] for kind in tables}
        for stream, span, at in self.closed:
            kind = type(span.row)
            closes[kind].append(tables[kind].closing(stream, axis(stream), span, at))
        inserts: dict[type, list[tuple[Any, ...]]] = {kind: [] for kind in tables}
        for stream, (begin, end, row), since, until in self.over:
            inserts[type(row)].append((stream, axis(stream), *row, begin, end, since, until))
        for stream, spans in self.fresh.items():
            whose = axis(stream)
            for (begin, end, row), since in spans.items():
                inserts[type(row)].append((stream, whose, *row, begin, end, since, FOREVER))
        for kind, table in tables.items():
            table.close.execute(connection, closes[kind])
            table.insert.execute(connection, inserts[kind])
