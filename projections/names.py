"""Names: which stream does an event mean that names one by an identity key?

Events refer to homes, estates, sublandlords … by a key or by the stream's id. Where a read model joins what
it was told of with what it is about, it goes through here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from projections.spans import BOTH, LEDGER, SpanTable
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judgement import Name

NAMES = SpanTable("names", Name, ("name",), ("name", "recorded_to"))


def meaning(reference: sa.ColumnElement[str]) -> tuple[sa.FromClause, Any, sa.ColumnElement[str]]:
    """(table, condition, stream id) for an outer join that says which stream a column of references means.

    The column holds what `streams.identity_key` makes of a reference. Names are taken as they are known
    now: who is meant does not depend on when it is asked. What is no key is a stream's id already.
    """
    names = NAMES.table.alias()
    c = names.c
    now = (c.recorded_to == FOREVER, c.valid_to == FOREVER, c.axis.in_((BOTH, LEDGER)))
    return names, sa.and_(c.name == reference, *now), sa.func.coalesce(c.stream_id, reference)
