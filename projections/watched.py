"""The watch 回头看 of an area: which homes are to be revisited by when, and which may be released?"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.homes import WATCHES
from projections.scope import Scope
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judgement import Watch


class Watched(NamedTuple):
    """A home under watch."""

    stream_id: str
    label: str
    area: str
    zone: str
    watch: Watch

    def is_releasable(self, at: Micros) -> bool:
        """Whether its plan is fulfilled at an instant."""
        return self.watch.release_from <= at <= self.watch.release_until


def watched(
    connection: sa.Connection, scope: Scope, *, overdue: bool = False, releasable: bool = False
) -> list[Watched]:
    """The homes of an area that were under watch, the first due first. `overdue`: only those whose revisit
    was not made by then; `releasable`: only those whose plan is fulfilled."""
    c, f = WATCHES.c, FILES.c
    query = (
        sa.select(c.stream_id, f.label, f.area, f.zone, *(c[name] for name in Watch._fields))
        .join(FILES, f.stream_id == c.stream_id)
        .where(*WATCHES.visible(scope.asked, scope.known_at, scope.axis), c.released_at == FOREVER)
        .where(*scope.within(f.area))
        .order_by(c.due, f.label, c.stream_id)
    )
    if overdue:
        query = query.where(c.due < scope.asked)
    if releasable:
        query = query.where(c.release_from <= scope.asked, c.release_until >= scope.asked)
    found = []
    for stream, label, area, zone, *watch in connection.execute(query):
        found.append(Watched(stream, label, area, zone, Watch(*watch)))
    return found
