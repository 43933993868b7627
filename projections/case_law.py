"""Penalty cases beside the law of their days and beside each other: which regimes may apply, and what a
decision does that they do not provide. Asked, never stored: a rulebook read again shows it anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from projections.cases import Listed, cases
from projections.scope import Scope
from rentalwatch.domain.applicable import Applicable
from rentalwatch.domain.instants import FOREVER, local_date
from rentalwatch.domain.penalty import against_others, against_the_law, looked_up
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.rulebooks import load, names
from rentalwatch.rulebooks.adoption import rules_of
from rentalwatch.rulebooks.rules import SHIPPED, Rules

FEW = 500
"""Parties that are asked for by name; more are found among all cases."""


class Beside(NamedTuple):
    """What stands beside a case: its rulebook and the look-up (None: no rulebook is known, or there is
    nothing to look up), and the codes of what does not fit it or the other cases."""

    book: Rulebook | None
    found: Applicable | None
    codes: tuple[str, ...]


def beside(
    connection: sa.Connection,
    scope: Scope,
    rows: Sequence[Listed],
    rulebook: str = "",
    rules: Rules = SHIPPED,
) -> list[Beside]:
    """For each row what stands beside it. `rulebook`: for cases that were recorded under none; `rules`: those
    that count in the ledger."""
    if not rows:
        return []
    parties = {r.case.party for r in rows if r.case.standing}
    known = cases(connection, replace(scope, area=""), parties=parties if len(parties) <= FEW else None)
    of_home: dict[str, list[Listed]] = defaultdict(list)
    for one in known:
        of_home[one.home_id].append(one)
    versions = {row.case.rulebook or rulebook for row in rows}
    books = {version: book_of(version, rules) for version in versions}
    return [_beside(row, of_home[row.home_id], scope, books[row.case.rulebook or rulebook]) for row in rows]


def _beside(row: Listed, others: Iterable[Listed], scope: Scope, book: Rulebook | None) -> Beside:
    case = row.case
    codes = list(against_others(case, (o.case for o in others if o.stream_id != row.stream_id)))
    if book is None:
        return Beside(None, None, tuple(codes))
    decided = case.decided_at if case.decided_at < FOREVER else scope.asked - 1
    overdue = row.home_deadline < scope.asked
    found = looked_up(case, book.law, local_date(decided, row.zone), overdue=overdue)
    if found is not None:
        codes += against_the_law(case, found)
    return Beside(book, found, tuple(codes))


def book_of(rulebook: str, rules: Rules = SHIPPED) -> Rulebook | None:
    """The rulebook that a case was recorded under, `name@version`: that very version if it was adopted, else
    the shipped one of that name; None if there is neither."""
    for event in rules.adopted:
        if rulebook == f"{event.name}@{event.version}":
            return rules_of(event)[0]
    name = rulebook.partition("@")[0]
    return load(name)[0] if name in names() else None
