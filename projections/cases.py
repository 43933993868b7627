"""Penalty cases: how does each stand, and what was a party penalised for before?

No figure here adds up fines or penalties by officer or team (行政处罚法 art. 74): no row names either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.history import STATES
from projections.names import meaning
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.folds.case import PenaltyCase
from rentalwatch.domain.instants import FOREVER, Micros

CASES = SpanTable("cases", PenaltyCase, (), ("party", "recorded_to"), ("dwelling", "recorded_to"))


class Listed(NamedTuple):
    """A case and the home that it is about, as both stood."""

    stream_id: str
    home_id: str
    home: str
    area: str
    zone: str
    home_state: str
    home_deadline: Micros
    """The earliest deadline of an order that still ran in the home, or had run out."""
    case: PenaltyCase


def cases(
    connection: sa.Connection,
    scope: Scope,
    *,
    state: str = "",
    stream: str = "",
    parties: Iterable[str] | None = None,
) -> list[Listed]:
    """Cases as they stood, in the order of filing. `parties`: only against one of these references. The
    area is that of the home then."""
    c = CASES.c
    names, named, home = meaning(c.dwelling)
    lies = STATES.joined(home, scope.asked, scope.known_at, scope.axis)
    query = (
        sa.select(
            c.stream_id, home, FILES.c.label, STATES.c.area, FILES.c.zone, STATES.c.state, STATES.c.b2_due,
            *(c[name] for name in PenaltyCase._fields),
        )
        .select_from(CASES.table)
        .outerjoin(names, named)
        .outerjoin(FILES, FILES.c.stream_id == home)
        .outerjoin(STATES.table, lies)
        .where(*CASES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(STATES.c.area))
        .order_by(c.filed_at, c.number, c.stream_id)
    )  # fmt: skip
    if state:
        query = query.where(c.state == state)
    if stream:
        query = query.where(c.stream_id == stream)
    if parties is not None:
        query = query.where(c.party.in_(sorted(parties)))
    return [_listed(tuple(row)) for row in connection.execute(query)]


def _listed(row: Sequence[Any]) -> Listed:
    stream, home_id, home, area, zone, state, deadline = row[:7]
    return Listed(
        stream_id=stream,
        home_id=home_id,
        home=home or home_id,
        area=area or "",
        zone=zone or "Asia/Shanghai",
        home_state=state or "",
        home_deadline=FOREVER if deadline is None else deadline,
        case=PenaltyCase._make(row[7:]),
    )


class History(NamedTuple):
    """What a party was penalised for before 屡教不改: only decisions that stand count."""

    standing: list[Listed]
    waived: list[Listed]
    """No penalty, such as for a first offence put right in time: shown beside, never counted."""
    others: list[Listed]
    """Pending, withdrawn, declined, annulled, revoked: not counted either."""

    @property
    def first_offence(self) -> bool:
        """Whether the leniency of a first offence (行政处罚法 art. 33) is still there to be considered: the
        party was never penalised, and it was not spared before."""
        return not self.standing and not self.waived


def history(connection: sa.Connection, scope: Scope, parties: Iterable[str]) -> History:
    """The cases against one party, known by any of these references, at any address."""
    found = cases(connection, scope, parties=parties)
    return History(
        [r for r in found if r.case.standing],
        [r for r in found if r.case.state == "waived"],
        [r for r in found if not r.case.standing and r.case.state != "waived"],
    )
