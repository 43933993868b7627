"""Which homes are possibly the same dwelling: asked of the files as they stand, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice

import sqlalchemy as sa

from projections.files import FACTS, FILES
from projections.scope import Scope
from rentalwatch.domain.addresses import Address, Group, groups
from rentalwatch.domain.events import TYPE_OF, DwellingRegistered, RecordCorrected, RecordRetracted
from rentalwatch.domain.facts import standing
from rentalwatch.domain.instants import FOREVER
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.store import Recorded

_TELLING = [TYPE_OF[kind] for kind in (DwellingRegistered, RecordCorrected, RecordRetracted)]
"""The types that say which registration stands."""
AT_ONCE = 500
"""Files whose facts are counted by one statement: fewer than any database takes parameters."""
EVERY = 1_000
"""Homes after which progress is told."""

Progress = Callable[[int, int], None]


def possibly_same(
    connection: sa.Connection, area: str = "", progress: Progress = lambda done, total: None
) -> list[Group]:
    """Every group of homes below `area` (all, if blank) that are possibly the same, as now known.

    The likely ones first, then by area and label. Files that count buildings (proxies), and those
    that were merged, are left out. Areas
    are compared one after another: as much memory as the largest needs. `progress` is told homes done and
    in all.
    """
    told = _told(_addresses(connection, area), _count(connection, area), progress)
    found = [g for _, homes in groupby(told, key=lambda home: home[1].area) for g in groups(homes)]
    return sorted(found, key=lambda g: g.certainty != "likely")


def _told(
    homes: Iterable[tuple[str, Address]], total: int, progress: Progress
) -> Iterator[tuple[str, Address]]:
    for done, home in enumerate(homes):
        if done % EVERY == 0:
            progress(done, total)
        yield home


def _homes(area: str) -> list[sa.ColumnElement[bool]]:
    return [FILES.c.proxy == 0, FILES.c.merged_into == "", *Scope(FOREVER, area=area).within(FILES.c.area)]


def _count(connection: sa.Connection, area: str) -> int:
    query = sa.select(sa.func.count()).select_from(FILES).where(*_homes(area))
    return int(connection.execute(query).scalar_one())


def _addresses(connection: sa.Connection, area: str) -> Iterator[tuple[str, Address]]:
    """Each home's address: label and area as last known, the parts as the standing registration has them.
    Parts that a later correction of the label left behind say nothing any more. A file whose registration
    was retracted, or that is no home's, has none."""
    f, c = FILES.c, FACTS.c
    rows = connection.execute(
        sa.select(
            f.label, f.area, f.zone, c.position, c.stream_id, c.version, c.type_name, c.state, c.recorded_at
        )
        .join(FACTS, sa.and_(c.stream_id == f.stream_id, c.type_name.in_(_TELLING)))
        .where(*_homes(area))
        .order_by(f.area, f.stream_id, c.version)
        .execution_options(yield_per=EVERY)
    )
    for stream_id, found in groupby(rows, key=lambda row: str(row.stream_id)):
        said = list(found)
        label, where, zone = said[0][:3]
        facts = standing([as_fact(Recorded(*row[3:])) for row in said])
        stated = [x.event for x in facts if isinstance(x.event, DwellingRegistered)]
        if stated:
            last = stated[-1]
            parts = (last.house, last.street, last.unit, last.unit_unknown) if last.label == label else ()
            yield stream_id, Address(label, where, zone, *parts)


def facts_of(connection: sa.Connection, streams: Iterable[str]) -> dict[str, int]:
    """Home → how many facts its file holds."""
    found: dict[str, int] = {}
    wanted = iter(streams)
    while some := list(islice(wanted, AT_ONCE)):
        query = (
            sa.select(FACTS.c.stream_id, sa.func.count())
            .where(FACTS.c.stream_id.in_(some))
            .group_by(FACTS.c.stream_id)
        )
        found.update((str(stream), int(count)) for stream, count in connection.execute(query))
    return found
