"""Homes as warning rules see them 预警对象: how many rooms and persons, under watch or not, when did anybody
complain, and which names lead there?

Each question is one query for all homes of an area, since an estate has thousands; what is known now counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections import checkpoints
from projections.checkpoints import FOLDED
from projections.database import is_postgres
from projections.estates import ESTATES
from projections.exemptions import EXEMPTIONS
from projections.files import FILES
from projections.history import ROUNDS, STATES
from projections.names import NAMES
from projections.scope import Scope
from projections.spans import BOTH, LEDGER, SpanTable
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judgement import Complaint, Particulars, Watch

PARTICULARS = SpanTable("particulars", Particulars, ())
WATCHES = SpanTable("watches", Watch, ())
COMPLAINTS = SpanTable("complaints", Complaint, ("lead",))


class EstatePlace(NamedTuple):
    """An estate and where it lies; its homes are those whose area lies under its own."""

    stream_id: str
    area: str
    zone: str


class Known(NamedTuple):
    """Rows of one kind about the homes of an area: the home's stream, then the columns asked for."""

    stream_id: str
    row: Any


def places(connection: sa.Connection, area: str = "") -> list[EstatePlace]:
    """The estates of an area that have one of their own, by their streams."""
    c = ESTATES.c
    query = (
        sa.select(c.stream_id, c.area, FILES.c.zone)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*_now(ESTATES), c.area != "", *Scope(FOREVER, area=area).within(c.area))
        .order_by(c.stream_id)
    )
    return [EstatePlace(*row) for row in connection.execute(query)]


def names_of(connection: sa.Connection, stream: str) -> list[str]:
    """Every name that leads to one stream."""
    query = sa.select(NAMES.c.name).where(*_now(NAMES), NAMES.c.stream_id == stream)
    return sorted(connection.execute(query).scalars())


def homes_in(connection: sa.Connection, area: str) -> list[tuple[str, str]]:
    """(stream, area) of the homes there that are and go on, by their streams."""
    c = FILES.c
    gone = sa.select(STATES.c.stream_id).where(*_now(STATES), STATES.c.state == "gone")
    query = (
        sa.select(c.stream_id, c.area)
        .where(c.kind == "dwelling", c.merged_into == "", *Scope(FOREVER, area=area).within(c.area))
        .where(c.stream_id.not_in(gone.where(*Scope(FOREVER, area=area).within(STATES.c.area))))
        .order_by(c.stream_id)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def known_in(connection: sa.Connection, table: SpanTable, area: str, *columns: str) -> Iterator[Known]:
    """What a read model says now of all homes of an area, home by home."""
    wanted = [table.c[name] for name in columns]
    return _of_homes(connection, table, area, wanted, _now(table))


def names_in(connection: sa.Connection, area: str) -> Iterator[Known]:
    """The names of all homes of an area, home by home, in order."""
    return _of_homes(connection, NAMES, area, [NAMES.c.name], _now(NAMES), NAMES.c.name)


def rounds_in(connection: sa.Connection, area: str) -> Iterator[Known]:
    """(number, opened, closed, by what) of the rounds of all homes of an area, in order."""
    c = ROUNDS.c
    wanted = [c.number, c.opened_at, c.closed_at, c.closing]
    return _of_homes(connection, ROUNDS, area, wanted, _now(ROUNDS), c.number)


def exemptions_in(connection: sa.Connection, area: str) -> Iterator[Known]:
    """(from, until, cause) of every exemption that the homes of an area have or had, in order."""
    c = EXEMPTIONS.c
    until = sa.case((c.until < c.valid_to, c.until), else_=c.valid_to)
    known = [c.recorded_to == FOREVER, c.axis.in_((BOTH, LEDGER))]
    return _of_homes(
        connection, EXEMPTIONS, area, [c.valid_from, until, c.cause], known, c.valid_from, c.record
    )


def complaints_in(connection: sa.Connection, area: str) -> Iterator[Known]:
    """When somebody complained of each home of an area, in order."""
    return _of_homes(
        connection, COMPLAINTS, area, [COMPLAINTS.c.at], _now(COMPLAINTS), COMPLAINTS.c.at, COMPLAINTS.c.lead
    )


def folded(connection: sa.Connection) -> int:
    """How many events these read models hold: it grows with whatever they come to know."""
    if not is_postgres(connection):
        return checkpoints.load(connection)[0]
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(FOLDED.c.events), 0))).scalar_one())


def _now(table: SpanTable) -> list[sa.ColumnElement[bool]]:
    return table.visible(FOREVER, FOREVER)


def _of_homes(
    connection: sa.Connection,
    table: SpanTable,
    area: str,
    wanted: Sequence[sa.ColumnElement[Any]],
    where: list[sa.ColumnElement[bool]],
    *order: sa.ColumnElement[Any],
) -> Iterator[Known]:
    c = table.c
    lies = (FILES.c.kind == "dwelling", *Scope(FOREVER, area=area).within(FILES.c.area))
    query = (
        sa.select(c.stream_id, *wanted)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*lies, *where)
        .order_by(c.stream_id, *order)
    )
    for row in connection.execute(query):
        yield Known(row[0], tuple(row[1:]))


__all__ = [
    "COMPLAINTS",
    "PARTICULARS",
    "WATCHES",
    "EstatePlace",
    "Known",
    "complaints_in",
    "exemptions_in",
    "folded",
    "homes_in",
    "known_in",
    "names_in",
    "names_of",
    "places",
    "rounds_in",
]
