"""Silence of property managers 物业: which monthly reports are missing at an instant.

Computed when it is asked, never stored (D19). The manager of an estate that has a rectified list reports
every month by the 10th of the next (沪房市场〔2025〕179号); the list says by which day.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from rentalwatch.domain.folds.estate import SentList
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.months import day_of_following, following, starts

LAST_MONTH = "2099-12"
"""The last month that a report can be about (`events.Month`); nobody who asks gets beyond it."""


class InCharge(NamedTuple):
    """A manager was in charge from `since` (included) until `until`."""

    party: str
    since: Micros
    until: Micros


class Missing(NamedTuple):
    """A report that is due and not there. `party`: the manager who is liable, "" if nobody was in charge;
    `record`: the list that opened the clock."""

    month: str
    due: Micros
    party: str
    record: str


def missing(
    lists: Sequence[SentList], filed: Container[str], managers: Sequence[InCharge], asked: Micros, zone: str
) -> list[Missing]:
    """The reports missing at `asked`, month by month.

    A month counts from the list's own month on, if the list was sent before that month's report was due.
    Overdue means due < asked. `filed`: the months that were reported on.
    """
    newest_first = sorted(lists, key=lambda each: each.month, reverse=True)
    found = []
    for month in _over(newest_first, asked, zone):
        for said in newest_first:
            due = day_of_following(month, said.report_day, zone)
            if said.month <= month and said.sent_at < due:
                if month not in filed and due < asked:
                    found.append(Missing(month, due, liable(managers, month, zone), said.record))
                break
    return found


def _over(newest_first: Sequence[SentList], asked: Micros, zone: str) -> Iterator[str]:
    """The months since the first list that were over by then."""
    month = newest_first[-1].month if newest_first else LAST_MONTH
    while month < LAST_MONTH and starts(following(month), zone) < asked:
        yield month
        month = following(month)


def liable(managers: Sequence[InCharge], month: str, zone: str) -> str:
    """Who answers for a month: the last manager in charge in it. Whoever comes after its end does not know
    what was found; whoever left in the middle of it left it to the next."""
    begin, end = starts(month, zone), starts(following(month), zone)
    there = [m for m in managers if m.since < end and m.until > begin]
    return max(there, key=lambda m: m.since).party if there else ""
