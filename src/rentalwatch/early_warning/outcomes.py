"""What inspections found in homes, for rules that are tried on the past: rounds, and who got in when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

import sqlalchemy as sa

from projections.files import FILES, read_facts
from projections.history import ROUNDS
from projections.scope import Scope
from rentalwatch.domain.events import InspectionRecorded
from rentalwatch.domain.facts import standing
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.early_warning.backtest import Seen

FILES_AT_ONCE = 500
"""Homes whose facts are read in one question."""


def on_record(connection: sa.Connection, homes: Collection[str], area: str, to: Micros) -> dict[str, Seen]:
    """What is known now of homes of an area up to an instant: their rounds, and the inspections that got in
    with full access. A home of which nothing is known is there, too."""
    rounds = _rounds(connection, area, to)
    return {
        home: Seen(tuple(rounds.get(home, ())), looked) for home, looked in _looked(connection, homes, to)
    }


def _rounds(connection: sa.Connection, area: str, to: Micros) -> dict[str, list[tuple[Micros, Micros]]]:
    c = ROUNDS.c
    query = (
        sa.select(c.stream_id, c.opened_at, c.closed_at)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .where(*ROUNDS.visible(FOREVER, FOREVER), c.opened_at < to)
        .where(*Scope(FOREVER, area=area).within(FILES.c.area))
        .order_by(c.stream_id, c.opened_at)
    )
    found: dict[str, list[tuple[Micros, Micros]]] = defaultdict(list)
    for home, opened, closed in connection.execute(query):
        found[home].append((opened, closed))
    return found


def _looked(
    connection: sa.Connection, homes: Collection[str], to: Micros
) -> Iterator[tuple[str, tuple[Micros, ...]]]:
    for some in _chunks(sorted(homes)):
        facts = read_facts(connection, some)
        for home in some:
            stand = standing(facts.get(home, []))
            yield home, tuple(f.at for f in stand if _got_in(f.event) and f.at < to)


def _got_in(event: object) -> bool:
    return isinstance(event, InspectionRecorded) and event.access == "full"


def _chunks(homes: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(homes)
    while some := list(islice(rest, FILES_AT_ONCE)):
        yield some
