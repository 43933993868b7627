"""Exemptions 豁免: at which homes are warning rules quiet on a day, and why?"""

from __future__ import annotations

import sqlalchemy as sa

from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.judgement import Exemption

EXEMPTIONS = SpanTable("exemptions", Exemption, ("record",))


def exempt(connection: sa.Connection, scope: Scope) -> set[str]:
    """The files of the homes at which rules are quiet at the asked instant."""
    c = EXEMPTIONS.c
    held = EXEMPTIONS.visible(scope.asked, scope.known_at, scope.axis)
    query = sa.select(c.stream_id).where(*held, c.until >= scope.asked)
    return set(connection.execute(query).scalars())
