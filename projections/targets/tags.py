"""Tags of relapses: which defence caught it, on the same ground or another, by the same operator or another,
under watch or released? Counted in homes; one that relapsed twice may have two tags of a kind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from projections.history import ROUNDS
from projections.scope import Scope
from projections.targets.homes import Condition, in_area
from projections.targets.within import WITHIN, relapsed, within_rows
from rentalwatch.errors import InvalidInputError

TAGS = ("caught_by", "ground", "operator", "watch")
TAGGED = ("relapses", "relapse_incidents")
"""The figures that tags break down."""


def tagged(connection: sa.Connection, scope: Scope) -> dict[str, dict[str, int]]:
    """Tag → value → homes that relapsed so in the period; values that no relapse has are left out."""
    return {tag: _count(connection, scope, tag) for tag in TAGS}


def _count(connection: sa.Connection, scope: Scope, tag: str) -> dict[str, int]:
    c = ROUNDS.c
    query = (
        sa.select(c[tag], sa.func.count(c.stream_id.distinct()))
        .where(*ROUNDS.visible(scope.asked, scope.known_at, scope.axis), relapsed(scope))
        .where(*in_area(scope, c.stream_id))
        .group_by(c[tag])
        .order_by(c[tag])
    )
    return {value or "none": int(count) for value, count in connection.execute(query)}


def tag_rows(scope: Scope, figure: str) -> sa.Select[Any]:
    """The rows behind `relapses:caught_by=complaint` and the like. Raises InvalidInputError."""
    name, _, tag = figure.partition(":")
    return within_rows(scope, name, _condition(tag))


def is_tagged(figure: str) -> bool:
    """Whether it asks for the relapses with one tag."""
    return figure.partition(":")[0] in TAGGED and ":" in figure


def _condition(tag: str) -> Condition:
    name, _, value = tag.partition("=")
    if name not in TAGS:
        raise InvalidInputError(
            f"relapses have no tag {name!r}",
            todo=f"Tags: {', '.join(TAGS)}; such as relapses:caught_by=complaint.",
            code="RW-FIGURE",
        )
    return ROUNDS.c[name] == ("" if value == "none" else value)


assert set(TAGGED) <= set(WITHIN)
