"""Rows over two axes of time: when they held in the field, and when that was known (D8).

What held: valid_from < T <= valid_to. What was known: recorded_from < K <= recorded_to. A judgement that
changes closes the old rows at the instant of the new facts and adds the new ones; rows that were never
known over any span are dropped, so that tables do not depend on how a commit was split into batches.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        self.drop = self.table.delete().where(*same)

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
    """The rows that a batch will insert, close and delete, table by table."""

    def __init__(self) -> None:
        self.fresh: dict[tuple[SpanTable, str, int, Known], Micros] = {}
        self.inserts: dict[SpanTable, list[dict[str, Any]]] = {}
        self.closes: dict[SpanTable, list[dict[str, Any]]] = {}
        self.drops: dict[SpanTable, list[dict[str, Any]]] = {}

    def restate(
        self,
        table: SpanTable,
        where: tuple[str, int],
        held: dict[Known, Micros],
        spans: Iterable[Span],
        at: Micros,
    ) -> None:
        """From `at` on these spans are known of a file instead of `held` (which is brought up to date)."""
        stream, axis = where
        now = {tuple(span) for span in spans}
        for span in [s for s in held if s not in now]:
            self._close(table, stream, axis, span, held.pop(span), at)
        for span in now:
            if span not in held:
                held[span] = at
                self.fresh[(table, stream, axis, span)] = at

    def _close(
        self, table: SpanTable, stream: str, axis: int, span: Known, since: Micros, at: Micros
    ) -> None:
        slot = (table, stream, axis, span)
        if slot in self.fresh:
            del self.fresh[slot]
            if since < at:
                self.inserts.setdefault(table, []).append(table.values(stream, axis, span, since, at))
        elif since < at:
            self.closes.setdefault(table, []).append({**table.key(stream, axis, span), "at": at})
        else:
            self.drops.setdefault(table, []).append(table.key(stream, axis, span))

    def write(self, connection: sa.Connection) -> None:
        """Deletes, closes and inserts, a statement a table."""
        for (table, stream, axis, span), since in self.fresh.items():
            self.inserts.setdefault(table, []).append(table.values(stream, axis, span, since, FOREVER))
        for table, rows in self.drops.items():
            connection.execute(table.drop, rows)
        for table, rows in self.closes.items():
            connection.execute(table.close, rows)
        for table, rows in self.inserts.items():
            connection.execute(table.table.insert(), rows)
