"""How well alerts hit what was true: `score(truth, alerts)`.

An alert is a home and a day. Whoever gets it goes there once: what is raised for the same home within four
weeks belongs to the same visit. So precision is of visits, as people feel it, and recall is of stays of group
rental.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

SAME_VISIT = 28
"""Days within which alerts of a home belong to one visit: the window of the combined score, and about the
time from an alert to an inspection."""
LEAST_DAYS = 28
"""Days within the time told that a stay must have to count as missed: a shorter one may be caught, and then
counts, but nothing that looks at weeks can be asked for it."""
AFTERWARDS = 7
"""Days after the end of a stay on which a visit still counts as right: figures of a week look back, and what
was there is still seen."""

Line = Mapping[str, Any]


@dataclass
class Score:
    """What alerts were worth. `found`, `missed`: stays of group rental; `right`, `wrong`: visits;
    `wrong_kinds`: how the homes of the wrong ones were lived in; `relapses_found`, `relapses`: stays that
    were relapses, of `found` and of all; `waited`: days from the onset, or from the first day told, to the
    first visit of each found stay."""

    found: int = 0
    missed: int = 0
    right: int = 0
    wrong: int = 0
    relapses_found: int = 0
    relapses: int = 0
    wrong_kinds: Counter[str] = field(default_factory=Counter)
    waited: list[int] = field(default_factory=list)

    @property
    def recall(self) -> float | None:
        """The share of stays found; None if there were none."""
        return self.found / (self.found + self.missed) if self.found + self.missed else None

    @property
    def precision(self) -> float | None:
        """The share of visits that found group rental; None if there were none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def median_wait(self) -> float | None:
        """Days until half of the found stays were found; None if none was."""
        return median(self.waited) if self.waited else None

    def add(self, other: Score) -> None:
        """Takes another one in, such as that of another seed."""
        for name in ("found", "missed", "right", "wrong", "relapses_found", "relapses"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong_kinds += other.wrong_kinds
        self.waited += other.waited


def score(truth: Iterable[Line], alerts: Iterable[tuple[str, date]], begin: date, days: int) -> Score:
    """What alerts are worth against the truth of a district of which so many days were told. `alerts`: the
    home's id and the local day; their order does not matter. Alerts of homes that are not in the truth are
    ignored."""
    raised: defaultdict[str, set[date]] = defaultdict(set)
    for dwelling, day in alerts:
        raised[dwelling].add(day)
    total, end = Score(), begin + timedelta(days=days)
    for line in truth:
        _of_home(line, visits(raised[line["dwelling"]]), (begin, end), total)
    return total


def visits(days: Iterable[date]) -> list[date]:
    """The days on which somebody is sent to a home, of the days on which alerts were raised."""
    found: list[date] = []
    for day in sorted(days):
        if not found or (day - found[-1]).days >= SAME_VISIT:
            found.append(day)
    return found


def _of_home(line: Line, made: list[date], told: tuple[date, date], total: Score) -> None:
    spans = [_span(stay, told) for stay in line["group_rental"]]
    for stay, (begin, end) in zip(line["group_rental"], spans, strict=True):
        within = [day for day in made if begin <= day < end + timedelta(days=AFTERWARDS)]
        if within:
            total.waited.append((within[0] - begin).days)
        elif (end - begin).days < LEAST_DAYS:
            continue
        total.found += bool(within)
        total.missed += not within
        total.relapses += stay["relapse"]
        total.relapses_found += bool(within) and stay["relapse"]
    for day in made:
        right = any(begin <= day < end + timedelta(days=AFTERWARDS) for begin, end in spans)
        total.right += right
        total.wrong += not right
        if not right:
            total.wrong_kinds[_kind_on(line, day)] += 1


def _span(stay: Line, told: tuple[date, date]) -> tuple[date, date]:
    """The part of a stay that lies within the days told."""
    begin, until = (date.fromisoformat(stay[name]) if stay[name] else None for name in ("onset", "until"))
    return max(begin or told[0], told[0]), min(until or told[1], told[1])


def _kind_on(line: Line, day: date) -> str:
    """How a home is lived in on a day."""
    starts = [(str(s["from"] or ""), str(s["kind"])) for s in line["stays"]]
    for (_, kind), (following, _) in pairwise([*starts, ("9999", "")]):
        if day.isoformat() < following:
            return kind
    return starts[-1][1]
