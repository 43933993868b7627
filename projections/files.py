"""Which homes are in the book, and estates, cases and programmes, and what the facts of each are: the table
of facts that judgements are made from (D8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.database import METADATA, TEXT, Bytes
from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact, closed_by, moves, redirects, standing
from rentalwatch.domain.instants import Micros
from rentalwatch.errors import NotFoundError
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.store import Recorded

FILES = sa.Table(
    "files",
    METADATA,
    sa.Column("stream_id", TEXT, primary_key=True),
    sa.Column("kind", TEXT, nullable=False),
    sa.Column("last_version", sa.Integer, nullable=False),
    sa.Column("parked", sa.SmallInteger, nullable=False),
    sa.Column("sourced", sa.SmallInteger, nullable=False),
    sa.Column("label", TEXT, nullable=False),
    sa.Column("area", TEXT, nullable=False),
    sa.Column("zone", TEXT, nullable=False),
    sa.Column("proxy", sa.SmallInteger, nullable=False),
    sa.Column("merged_into", TEXT, nullable=False),
    sa.Index("files_by_label", "label"),
    sa.Index("files_by_area", "area"),
)
"""A row per stream; `kind`: what it is about; `parked`: an event could not be applied; `sourced`: a source
recorded some of it; `merged_into`: the file that goes on with it (blank: it goes on itself)."""

ARE_PARKED = FILES.c.parked != sa.literal_column("0")
ARE_PROXIES = FILES.c.proxy != sa.literal_column("0")
for _name, _few in (("files_parked", ARE_PARKED), ("files_proxy", ARE_PROXIES)):
    sa.Index(_name, FILES.c.area, sqlite_where=_few, postgresql_where=_few)


def _stored_event() -> tuple[sa.Column[Any], ...]:
    """The columns of a stored event, as `fact_row` fills them."""
    return (
        sa.Column("stream_id", TEXT, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("type_name", TEXT, nullable=False),
        sa.Column("state", Bytes, nullable=False),
    )


FACTS = sa.Table("facts", METADATA, *_stored_event(), sqlite_with_rowid=False)

PARKED = sa.Table("parked", METADATA, *_stored_event(), sa.Column("reason", TEXT, nullable=False))
"""Events that could not be applied, and every later one of their streams."""


class Identity(NamedTuple):
    """What a file is called and where it lies, as last known."""

    label: str = ""
    area: str = ""
    zone: str = "Asia/Shanghai"
    proxy: int = 0
    merged_into: str = ""


def identity(facts: Sequence[Fact]) -> Identity:
    """From what stands of the registration and later corrections of particulars; a file that was merged keeps
    what it was called then."""
    found = Identity()
    for fact in standing(f for f in facts if not isinstance(f.event, ev.DwellingsMerged)):
        event = fact.event
        if event.OPENS:
            found = _opened(event)
        elif isinstance(event, ev.DwellingCorrected):
            found = found._replace(label=event.label or found.label, area=event.area or found.area)
        elif isinstance(event, ev.AreaReassigned):
            found = found._replace(area=event.area)
    closing = closed_by(facts)
    return found._replace(merged_into=getattr(closing.event, "into", "")) if closing else found


def called_in(event: type[ev.Event]) -> str:
    """The field of an event that opens a stream that says what it is called."""
    names = ("label", "action_id", "number", "party", "name")
    return next(name for name in names if name in event.model_fields)


def _opened(event: ev.Event) -> Identity:
    """What the event that opens a stream says of it."""
    label = str(getattr(event, called_in(type(event))))
    zone = getattr(event, "zone", Identity().zone)
    return Identity(label, getattr(event, "area", ""), zone, int(getattr(event, "proxy", False)))


def may_rename(event: ev.Event) -> bool:
    """Whether `identity` may be another with this event than without it."""
    return event.OPENS or type(event) in _RENAMING or redirects(event) or moves(event)


_RENAMING = frozenset({ev.DwellingCorrected, ev.AreaReassigned})


def fact_row(row: Recorded) -> tuple[str, int, int, Micros, str, bytes]:
    """A stored event as a row of `facts`, or of `parked` but for the reason."""
    return (row.stream_id, row.version, row.position, row.recorded_at, row.type_name, row.state)


def read_facts(connection: sa.Connection, streams: Iterable[str]) -> dict[str, list[Fact]]:
    """File → its facts in the order of versions."""
    c = FACTS.c
    rows = connection.execute(
        sa.select(c.position, c.stream_id, c.version, c.type_name, c.state, c.recorded_at)
        .where(c.stream_id.in_(list(streams)))
        .order_by(c.stream_id, c.version)
    )
    found: dict[str, list[Fact]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(as_fact(Recorded(*row)))
    return found


class File(NamedTuple):
    """A file as the list shows it."""

    stream_id: str
    label: str
    area: str
    zone: str


def find(connection: sa.Connection, name: str) -> File:
    """The one home called `name`: its stream id, or its label whatever the case. A file that was merged is
    found by its id alone.

    Raises NotFoundError, with what it may have been.
    """
    c = FILES.c
    columns = sa.select(c.stream_id, c.label, c.area, c.zone).where(c.kind == "dwelling")
    goes_on = c.merged_into == ""
    hits = connection.execute(
        columns.where(sa.or_(c.stream_id == name, sa.and_(c.label == name, goes_on))).limit(3)
    ).all() or connection.execute(
        columns.where(goes_on, sa.func.lower(c.label) == " ".join(name.lower().split())).limit(3)
    ).all()  # fmt: skip
    if len(hits) == 1:
        return File(*hits[0])
    if hits:
        ids = ", ".join(h[0] for h in hits)
        raise NotFoundError(
            f"{len(hits)} homes are called {name!r}", todo=f"Use the id: {ids}.", code="RW-AMBIGUOUS-DWELLING"
        )
    near = connection.execute(
        columns.where(goes_on, c.label.icontains(name.split("/")[0].strip(), autoescape=True))
        .order_by(c.label)
        .limit(5)
    ).all()
    todo = f"Did you mean: {'; '.join(h[1] for h in near)}?" if near else "`rentalwatch list` shows them."
    raise NotFoundError(f"no home is called {name!r}", todo=todo, code="RW-NO-DWELLING", name=name)
