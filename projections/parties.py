"""Parties 关系人: who had to do with a home on a day, and where else is that party known?"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.judgement import Party

PARTIES = SpanTable("parties", Party, ("party", "role"), ("party", "role"))


class Linked(NamedTuple):
    """A home that a party has to do with."""

    stream_id: str
    label: str
    area: str
    role: str
    certainty: str


def homes_of(connection: sa.Connection, scope: Scope, party: str) -> list[Linked]:
    """The homes that a party had to do with at the asked instant, in any role. A link whose end was known in
    advance holds no longer from there on."""
    c = PARTIES.c
    query = (
        sa.select(c.stream_id, FILES.c.label, FILES.c.area, c.role, c.certainty)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*PARTIES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(FILES.c.area))
        .where(c.party == party, c.until >= scope.asked)
        .order_by(FILES.c.label, c.role)
    )
    return [Linked(*row) for row in connection.execute(query)]
