"""One trial of rules on kept days: which homes, what is on record of them, and what it all comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import sqlalchemy as sa

from rentalwatch.domain.instants import DAY, FOREVER, SECOND
from rentalwatch.domain.warning import COMBINED, Warnings
from rentalwatch.early_warning.backtest import Tried, Visit, together, tried, visits, would_raise
from rentalwatch.early_warning.kept import closed_days
from rentalwatch.early_warning.outcomes import on_record
from rentalwatch.signals.judging import Judged
from rentalwatch.signals.rows import Rows

LOOKS_BACK = 28
"""Days before the period that a combined score counts rules on."""


class Trial(NamedTuple):
    """What came of it. `days`: closed days of estates that were judged; `rules`: each rule as if it raised
    alerts by itself, then all together as the rulebook would raise them (`rule` is "")."""

    homes: int
    days: int
    rules: list[Tried]
    visits: list[Visit]


def trial(
    models: sa.Connection,
    signals: sa.Connection,
    warnings: Warnings,
    period: tuple[int, int],
    *,
    area: str = "",
    horizon_days: int,
) -> Trial:
    """Tries rules on the closed days of an area. `period`: the first and the last local day, both included,
    since 1970-01-01; `models`: the read models, where what inspections found stands."""
    seen = _Seen(period)
    days = closed_days(signals, period[0] - LOOKS_BACK, period[1], area)
    raised = [hit for hit in would_raise(seen.passed(days), _loud(warnings)) if hit.hit.day >= period[0]]
    raised = [_named_as_written(hit, warnings) for hit in raised]
    record = on_record(models, seen.homes, area, FOREVER)
    horizon = horizon_days * DAY
    shipped = [hit for hit in raised if hit.hit.rule == COMBINED or warnings.rules[hit.hit.rule].alone]
    asked = [*visits(raised, record, horizon), *visits(together(shipped), record, horizon)]
    found = tried(asked, record, seen.begins * SECOND, seen.ends * SECOND)
    return Trial(len(seen.homes), seen.days, sorted(found, key=lambda t: (not t.rule, t.rule)), asked)


def _loud(warnings: Warnings) -> Warnings:
    """Each rule raises alerts of its own: whoever tries one wants to know what it would raise."""
    rules = {name: rule.model_copy(update={"alone": True}) for name, rule in warnings.rules.items()}
    return Warnings(rules=rules, combined=warnings.combined)


def _named_as_written(judged: Judged, warnings: Warnings) -> Judged:
    return judged._replace(hit=judged.hit._replace(version=warnings.versions[judged.hit.rule]))


class _Seen:
    """Remembers of the days of the period what they cover, while they pass."""

    def __init__(self, period: tuple[int, int]) -> None:
        self._first, _ = period
        self.homes: set[str] = set()
        self.days = 0
        self.begins, self.ends = FOREVER // SECOND, 0

    def passed(self, days: Iterable[Rows]) -> Iterator[Rows]:
        for rows in days:
            if rows.day >= self._first:
                self.homes.update(rows.dwellings)
                self.days += 1
                self.begins, self.ends = min(self.begins, rows.begins), max(self.ends, rows.ends)
            yield rows
