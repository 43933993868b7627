"""Which files hold what lies below an area, in an order that does not depend on when they were recorded; and
their facts, a few files at a time.

A case lies where its home does; a sublandlord where homes are linked with it, or where it left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from projections.files import FACTS, FILES, read_facts
from projections.follow import Progress
from projections.names import NAMES
from projections.scope import Scope
from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.streams import identity_key
from rentalwatch.importers.record_files import Records
from rentalwatch.importers.standing_records import Wanted, all_keys, name_of, standing_records
from rentalwatch.importers.stated import streams_in
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.store import Recorded

ORDER: tuple[ev.Stream, ...] = ("dwelling", "estate", "action", "case", "sublandlord", "programme")
"""What is named comes before what names it."""
PLACED = ("dwelling", "estate", "action", "programme")
"""Kinds of stream that say themselves where they lie."""
FILES_A_READ = 200


class Told(NamedTuple):
    """A file and its facts, in the order of recording."""

    stream: str
    facts: list[Fact]


def collect(
    connection: sa.Connection,
    area: str,
    wanted: Wanted,
    records: Records,
    on_progress: Progress = lambda done, total: None,
) -> int:
    """Adds the records of what is wanted below an area to `records`; how many files they are about.

    Guarantees: all is read through one connection, so that it fits together; a few files at a time."""
    total, zones = _count(connection), _zones(connection)
    seen = told = 0
    for page in _told(connection, area):
        names = _names(connection, page)
        for file in page:
            found = standing_records(file.stream, file.facts, wanted, zones, names)
            records.add(*found)
            told += any(found)
        seen += len(page)
        on_progress(seen, total)
    return told


def _count(connection: sa.Connection) -> int:
    """How many files there are."""
    query = sa.select(sa.func.count()).select_from(FILES).where(FILES.c.kind.in_(ORDER))
    return int(connection.execute(query).scalar_one())


def _zones(connection: sa.Connection) -> list[str]:
    """The zones that files have, the most frequent first."""
    c = FILES.c
    query = sa.select(c.zone).group_by(c.zone).order_by(sa.func.count().desc(), c.zone)
    return list(connection.execute(query).scalars())


def _told(connection: sa.Connection, area: str) -> Iterator[list[Told]]:
    """The files below an area, kind by kind, each kind by area, label and id; a few at a time."""
    parties: set[str] = set()
    for kind in ORDER:
        for streams in _streams(connection, kind, area):
            facts = read_facts(connection, streams)
            page = [Told(stream, facts.get(stream, [])) for stream in streams]
            if area and kind == "dwelling":
                parties.update(e.party for e in _events(page) if isinstance(e, ev.PartyLinked))
            if area and kind not in PLACED:
                page = _below(connection, page, area, parties)
            yield page


def _streams(connection: sa.Connection, kind: str, area: str) -> Iterator[list[str]]:
    c = FILES.c
    query = sa.select(c.stream_id).where(c.kind == kind).order_by(c.area, c.label, c.stream_id)
    if kind in PLACED:
        query = query.where(*Scope(asked=FOREVER, area=area).within(c.area))
    rows = connection.execute(query, execution_options={"stream_results": True})
    yield from ([row[0] for row in page] for page in rows.partitions(FILES_A_READ))


def _events(page: Iterable[Told]) -> Iterator[ev.Event]:
    return (fact.event for file in page for fact in file.facts)


def _below(connection: sa.Connection, page: list[Told], area: str, parties: set[str]) -> list[Told]:
    """Those that have to do with a home below an area."""
    homes = _lying(connection, {name for event in _events(page) for name in _homes(event)}, area)

    def has_to_do(file: Told) -> bool:
        keys = {key.removeprefix("sublandlord:") for key in all_keys(file.facts)}
        left = (getattr(f.event, "area", "") for f in file.facts)
        return (
            bool(keys & parties)
            or any(where.startswith(area) for where in left)
            or any(name in homes for f in file.facts for name in _homes(f.event))
        )

    return [file for file in page if has_to_do(file)]


def _homes(event: ev.Event) -> Iterator[str]:
    """The homes that an event names, as `identity_key` makes names alike."""
    for field, of in event.REFERS:
        if of == "dwelling":
            value = getattr(event, field)
            yield from (identity_key(of, n) for n in ((value,) if isinstance(value, str) else value) if n)


def _lying(connection: sa.Connection, names: set[str], area: str) -> set[str]:
    """Those of the names that mean a home below an area."""
    c, n = FILES.c, NAMES.table.c
    below = Scope(asked=FOREVER, area=area).within(c.area)
    found: set[str] = set()
    for part in _parts(sorted(names)):
        by_key = sa.select(n.name).join(FILES, c.stream_id == n.stream_id).where(n.name.in_(part), *below)
        by_id = sa.select(c.stream_id).where(c.stream_id.in_(part), *below)
        found.update(connection.execute(by_key).scalars(), connection.execute(by_id).scalars())
    return found


def _names(connection: sa.Connection, page: Iterable[Told]) -> dict[str, str]:
    """Id of a stream that these files name → what it is called."""
    c = FACTS.c
    wanted = sorted({stream for event in _events(page) for stream in streams_in(event)})
    found: dict[str, str] = {}
    for part in _parts(wanted):
        rows = connection.execute(
            sa.select(c.position, c.stream_id, c.version, c.type_name, c.state, c.recorded_at).where(
                c.stream_id.in_(part), c.version == 1
            )
        )
        found |= {row[1]: name_of(row[1], [as_fact(Recorded(*row))]) for row in rows}
    return found


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[begin : begin + FILES_A_READ] for begin in range(0, len(names), FILES_A_READ))
