"""Rows over two axes of time: when they held in the field, and when that was known (D8).

What held: valid_from < T <= valid_to. What was known: recorded_from < K <= recorded_to. A judgement that
changes closes the old rows at the instant of the new facts and adds the new ones; rows that were never
known over any span are dropped, so that tables do not depend on how a commit was split into batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_type_hints

import sqlalchemy as sa

from projections.database import METADATA
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judgement import Span

BOTH, LEDGER, SOURCE = 0, 1, 2
"""Whose knowledge a row tells: most files have one for both axes; a file with facts that a source recorded
earlier has rows of its own for each."""

Known = tuple[Micros, Micros, Any]
"""A row as known: valid_from, valid_to, the judgement's row."""


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
            sa.Column("stream_id", sa.Text(collation=None), nullable=False),
            sa.Column("axis", sa.SmallInteger, nullable=False),
            *(sa.Column(f, sa.BigInteger if hints[f] is int else sa.Text, nullable=False)
              for f in self.fields),
            sa.Column("valid_from", sa.BigInteger, nullable=False),
            sa.Column("valid_to", sa.BigInteger, nullable=False),
            sa.Column("recorded_from", sa.BigInteger, nullable=False),
            sa.Column("recorded_to", sa.BigInteger, nullable=False),
            sa.Index(f"{name}_by_file", "stream_id", "recorded_to"),
            *(sa.Index(f"{name}_by_{'_'.join(columns[:2])}", *columns) for columns in indexes),
        )  # fmt: skip
        self.c = self.table.c
        same = [self.c.stream_id == sa.bindparam("s"), self.c.axis == sa.bindparam("x")]
        same += [self.c.recorded_to == FOREVER, self.c.valid_from == sa.bindparam("vf")]
        same += [self.c.valid_to == sa.bindparam("vt")]
        same += [self.c[name] == sa.bindparam(f"k_{name}") for name in slot]
        self.close = self.table.update().where(*same).values(recorded_to=sa.bindparam("at"))

    def values(self, stream: str, axis: int, span: Known, begin: Micros, end: Micros) -> dict[str, Any]:
        """A row to insert."""
        row = dict(zip(self.fields, span[2], strict=True))
        row.update(
            stream_id=stream,
            axis=axis,
            valid_from=span[0],
            valid_to=span[1],
            recorded_from=begin,
            recorded_to=end,
        )
        return row

    def key(self, stream: str, axis: int, span: Known) -> dict[str, Any]:
        """The parameters that find a row that is known now."""
        row: dict[str, Any] = {"s": stream, "x": axis, "vf": span[0], "vt": span[1]}
        for name in self.slot:
            row[f"k_{name}"] = getattr(span[2], name)
        return row

    def visible(self, asked: Micros, known_at: Micros, axis: int = LEDGER) -> list[sa.ColumnElement[bool]]:
        """The conditions for what held at `asked` as known at `known_at`."""
        c = self.c
        conditions = [c.axis.in_((BOTH, axis)), c.valid_from < asked, c.valid_to >= asked]
        if known_at >= FOREVER:
            return [*conditions, c.recorded_to == FOREVER]
        return [*conditions, c.recorded_from < known_at, c.recorded_to >= known_at]

    def rewind(self, connection: sa.Connection, stream: str, at: Micros) -> None:
        """Takes back what was made known of a file at `at`, so that it can be made known whole: the batch
        before ended in the middle of a commit."""
        c = self.c
        mine = (c.stream_id == stream, c.axis.in_((BOTH, LEDGER)))
        connection.execute(self.table.delete().where(*mine, c.recorded_from == at))
        connection.execute(self.table.update().where(*mine, c.recorded_to == at).values(recorded_to=FOREVER))

    def read_open(self, connection: sa.Connection, streams: Iterable[str]) -> dict[str, dict[Known, Micros]]:
        """File → rows known now (of both axes or the ledger's own) → since when they are known."""
        c = self.c
        rows = connection.execute(
            sa.select(c.stream_id, c.valid_from, c.valid_to, c.recorded_from, *(c[f] for f in self.fields))
            .where(c.stream_id.in_(list(streams)), c.recorded_to == FOREVER, c.axis.in_((BOTH, LEDGER)))
        )  # fmt: skip
        found: dict[str, dict[Known, Micros]] = {}
        for stream, valid_from, valid_to, since, *values in rows:
            found.setdefault(stream, {})[(valid_from, valid_to, self.kind(*values))] = since
        return found


class Changes:
    """The rows that a batch will insert and close, table by table.

    Which axis a file's rows are of is known only when the batch is written: a later commit of the batch
    may be the first with facts that a source recorded earlier.
    """

    def __init__(self) -> None:
        self.fresh: dict[tuple[SpanTable, str, Known], Micros] = {}
        self.over: dict[SpanTable, list[tuple[str, Known, Micros, Micros]]] = {}
        self.closed: dict[SpanTable, list[tuple[str, Known, Micros]]] = {}

    def restate(
        self, table: SpanTable, stream: str, held: dict[Known, Micros], spans: Iterable[Span], at: Micros
    ) -> None:
        """From `at` on these spans are known of a file instead of `held` (which is brought up to date);
        every `at` of a file is later than those before."""
        now = {tuple(span) for span in spans}
        for span in [s for s in held if s not in now]:
            since = held.pop(span)
            if self.fresh.pop((table, stream, span), None) is None:
                self.closed.setdefault(table, []).append((stream, span, at))
            else:
                self.over.setdefault(table, []).append((stream, span, since, at))
        for span in now:
            if span not in held:
                held[span] = at
                self.fresh[(table, stream, span)] = at

    def write(self, connection: sa.Connection, axis: Callable[[str], int]) -> None:
        """Closes and inserts, a statement a table. `axis`: of the rows of a file."""
        inserts: dict[SpanTable, list[dict[str, Any]]] = {}
        for table, over in self.over.items():
            inserts[table] = [table.values(s, axis(s), span, since, to) for s, span, since, to in over]
        for (table, stream, span), since in self.fresh.items():
            row = table.values(stream, axis(stream), span, since, FOREVER)
            inserts.setdefault(table, []).append(row)
        for table, closed in self.closed.items():
            keys = [{**table.key(s, axis(s), span), "at": at} for s, span, at in closed]
            connection.execute(table.close, keys)
        for table, rows in inserts.items():
            connection.execute(table.table.insert(), rows)
