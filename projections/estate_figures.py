"""Monthly figures of estates 月度数据: how do complaints and police calls stand against the time before?

Compared is the mean of the months that were told, since a month that nobody told is no month without calls.
Nothing to compare with, or nothing but zeros, is n/a (None): no change can be told from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.estates import ESTATES
from projections.scope import Scope
from projections.spans import SpanTable
from rentalwatch.domain.folds.estate import NOT_TOLD, Figures
from rentalwatch.domain.months import following

FIGURES = SpanTable("estate_figures", Figures, ("month",), ("month", "recorded_to"))

COUNTED = ("complaints", "police_calls")
"""What is compared with a baseline."""


class Months(NamedTuple):
    """A range of months, both included: 2026-01, 2026-06."""

    begin: str
    end: str

    def hold(self, month: str) -> bool:
        """Whether a month is one of them."""
        return self.begin <= month <= self.end


def after(baseline: Months) -> Months:
    """Every month after a range."""
    return Months(following(baseline.end), "9999-12")


class Change(NamedTuple):
    """One count of an estate: the mean of a month then and now, over how many months, and the change in
    per cent (None: n/a)."""

    stream_id: str
    label: str
    area: str
    figure: str
    before: float | None
    months_before: int
    now: float | None
    months_now: int
    percent: float | None


def monthly(connection: sa.Connection, scope: Scope, stream: str = "") -> list[dict[str, Any]]:
    """The figures of an area's estates, or of one, month by month; None where nobody told."""
    c, e = FIGURES.c, ESTATES.c
    query = (
        sa.select(c.stream_id, e.label, e.area, c.month, c.complaints, c.police_calls, c.satisfaction)
        .select_from(FIGURES.table)
        .join(ESTATES.table, e.stream_id == c.stream_id)
        .where(*FIGURES.visible(scope.asked, scope.known_at, scope.axis))
        .where(*ESTATES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(e.area))
        .order_by(e.label, c.stream_id, c.month)
    )
    if stream:
        query = query.where(c.stream_id == stream)
    return [_told(dict(row)) for row in connection.execute(query).mappings()]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    points = row["satisfaction"]
    told = {name: None if row[name] == NOT_TOLD else row[name] for name in COUNTED}
    return {**row, **told, "satisfaction": None if points == NOT_TOLD else points / 100}


def changes(rows: Sequence[dict[str, Any]], baseline: Months, now: Months) -> list[Change]:
    """Each count of each estate of `monthly`, in `now` against `baseline`."""
    found = []
    for _, group in groupby(rows, key=lambda row: row["stream_id"]):
        months = list(group)
        found += [_change(months, name, baseline, now) for name in COUNTED]
    return found


def _change(months: list[dict[str, Any]], name: str, baseline: Months, now: Months) -> Change:
    then = [m[name] for m in months if baseline.hold(m["month"]) and m[name] is not None]
    since = [m[name] for m in months if now.hold(m["month"]) and m[name] is not None]
    before, after = _mean(then), _mean(since)
    percent = 100 * (after - before) / before if before and after is not None else None
    whose = (months[0]["stream_id"], months[0]["label"], months[0]["area"])
    return Change(*whose, name, before, len(then), after, len(since), percent)


def _mean(counts: list[int]) -> float | None:
    return sum(counts) / len(counts) if counts else None
