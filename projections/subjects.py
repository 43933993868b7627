"""What does a name mean that a person typed: an estate, a case, a programme, a home …?

By the stream's id, a label, or an identity key.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from projections.files import FILES, File
from projections.names import NAMES
from rentalwatch.domain.events import Stream
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.streams import identity_key
from rentalwatch.errors import NotFoundError
from rentalwatch.ledger.reading import unknown

SUGGESTED = 5
"""Names that are offered where one is not known."""


def find_subject(connection: sa.Connection, kinds: Sequence[Stream], name: str) -> File:
    """The one stream of these kinds that is called so. Raises NotFoundError, with what it may have been, or
    with the ids if several are called so."""
    hits = _called(connection, kinds, name)
    if len(hits) == 1:
        return hits[0]
    if hits:
        ids = ", ".join(hit.stream_id for hit in hits)
        raise NotFoundError(
            f"{len(hits)} are called {name!r}", todo=f"Use the id: {ids}.", code="RW-AMBIGUOUS-SUBJECT"
        )
    error = unknown(kinds[0], name)
    near = _near(connection, kinds, name)
    if near:
        error.todo = f"Did you mean: {'; '.join(near)}?"
    raise error


def _called(connection: sa.Connection, kinds: Sequence[Stream], name: str) -> list[File]:
    """Those whose id, label or identity key it is; if there are none, whose label it is whatever the case."""
    c, n = FILES.c, NAMES.c
    keys = [identity_key(of, name) for of in kinds]
    known = sa.select(n.stream_id).where(n.name.in_(keys), n.recorded_to == FOREVER, n.valid_to == FOREVER)
    columns = sa.select(c.stream_id, c.label, c.area, c.zone).where(c.kind.in_(kinds))
    plain = " ".join(name.lower().split())
    for condition in (
        sa.or_(c.stream_id == name, c.label == name, c.stream_id.in_(known)),
        sa.func.lower(c.label) == plain,
    ):
        rows = connection.execute(columns.where(condition).order_by(c.stream_id).limit(3)).all()
        if rows:
            return [File(*row) for row in rows]
    return []


def _near(connection: sa.Connection, kinds: Sequence[Stream], name: str) -> list[str]:
    c = FILES.c
    like = c.label.icontains(name.split("/")[0].strip(), autoescape=True)
    query = sa.select(c.label).where(c.kind.in_(kinds), like).order_by(c.label).limit(SUGGESTED)
    return list(connection.execute(query).scalars())
