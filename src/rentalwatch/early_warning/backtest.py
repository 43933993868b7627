"""A rule tried on the past 回测: what it would have raised on closed days, and what inspections found there.

Counts of closed days are all that is left of readings, so thresholds can be varied and windows cannot. They
are judged by the very evaluation that judges them live. Alerts of one home are one *visit* until somebody
got in, a round opened, or the horizon passed: so much looking the rule would have asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from statistics import median
from typing import Literal, NamedTuple

from rentalwatch.domain.instants import FOREVER, SECOND, Micros
from rentalwatch.domain.shares import Interval, wilson
from rentalwatch.domain.warning import Warnings
from rentalwatch.signals.judging import Judge, Judged
from rentalwatch.signals.rows import Rows

What = Literal["found", "known", "false", "unlooked"]


class Seen(NamedTuple):
    """What is on record of a home: rounds 轮次, (opened, closed) in order, closed being FOREVER while one is
    open, and the inspections that got in, in order."""

    rounds: tuple[tuple[Micros, Micros], ...] = ()
    looked: tuple[Micros, ...] = ()


class Visit(NamedTuple):
    """A visit that a rule would have asked for, and what is known to have been there.

    `found`: a round opened within the horizon. `known`: one was open already, so nobody need have gone.
    `false`: an inspection got in within the horizon and nothing was confirmed by its end. `unlooked`: nobody
    got in, so nobody knows."""

    rule: str
    version: str
    dwelling: str
    at: Micros
    alerts: int
    what: What
    found_at: Micros = FOREVER


class Tried(NamedTuple):
    """What a version of a rule comes to over a period; `rule` is "" for all rules together."""

    rule: str
    version: str
    alerts: int
    visits: int
    """Homes to go to because of it: those where a round was open already are left out."""
    found: int
    known: int
    false: int
    unlooked: int
    missed: int
    """Rounds that opened in the period in homes with signals, without a visit that found them."""
    precision: Interval | None
    """Found of found and false (Wilson, 95 %)."""
    median_lead: float | None
    """Microseconds from alert to round."""

    @property
    def visits_a_find(self) -> float | None:
        """What a find costs."""
        return self.visits / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Rounds with an alert before them, of all."""
        there = self.found + self.missed
        return self.found / there if there else None


def would_raise(days: Iterable[Rows], warnings: Warnings) -> Iterator[Judged]:
    """What rules would have raised on closed days. `days`: estate by estate, each in order, whole."""
    for _, of_estate in groupby(days, key=lambda rows: rows.estate):
        judge = Judge()
        for rows in of_estate:
            yield from judge.judge(rows, warnings)


def visits(raised: Iterable[Judged], seen: Mapping[str, Seen], horizon: Micros) -> Iterator[Visit]:
    """The visits that alerts ask for, home by home; each begins with its first alert."""
    of: dict[tuple[str, str, str], list[Micros]] = defaultdict(list)
    for judged in raised:
        of[judged.hit.rule, judged.hit.version, judged.hit.dwelling].append(judged.at * SECOND)
    for (rule, version, dwelling), alerts in sorted(of.items()):
        yield from _of_home(rule, version, dwelling, sorted(alerts), seen.get(dwelling, Seen()), horizon)


def _of_home(
    rule: str, version: str, dwelling: str, alerts: list[Micros], seen: Seen, horizon: Micros
) -> Iterator[Visit]:
    nth = 0
    while nth < len(alerts):
        at = alerts[nth]
        what, until = _what(seen, at, horizon)
        after = bisect_right(alerts, until, lo=nth + 1)
        found_at = until if what == "found" else FOREVER
        yield Visit(rule, version, dwelling, at, after - nth, what, found_at)
        nth = after


def _what(seen: Seen, at: Micros, horizon: Micros) -> tuple[What, Micros]:
    """What is known to have been there, and until when a further alert asks for no other visit."""
    open_until = max((closed for opened, closed in seen.rounds if opened <= at < closed), default=None)
    if open_until is not None:
        return "known", open_until
    opened = _first_after((opened for opened, _ in seen.rounds), at, at + horizon)
    looked = _first_after(seen.looked, at, at + horizon)
    if opened is not None:
        return "found", opened
    return ("false", looked) if looked is not None else ("unlooked", at + horizon)


def _first_after(instants: Iterable[Micros], after: Micros, until: Micros) -> Micros | None:
    return min((instant for instant in instants if after < instant <= until), default=None)


def tried(asked: Iterable[Visit], seen: Mapping[str, Seen], begin: Micros, end: Micros) -> list[Tried]:
    """What each version of each rule comes to, by rule. `seen`: of every home that has signals; rounds that
    opened from `begin` to before `end` could have been found."""
    of: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for visit in asked:
        of[visit.rule, visit.version].append(visit)
    return [_tried(key, found, _missed(found, seen, begin, end)) for key, found in sorted(of.items())]


def _missed(found: list[Visit], seen: Mapping[str, Seen], begin: Micros, end: Micros) -> int:
    caught = {(visit.dwelling, visit.found_at) for visit in found if visit.what == "found"}
    return sum(
        begin <= opened < end and (dwelling, opened) not in caught
        for dwelling, on_record in seen.items()
        for opened, _ in on_record.rounds
    )


def _tried(key: tuple[str, str], found: list[Visit], missed: int) -> Tried:
    def count(what: What) -> int:
        return sum(visit.what == what for visit in found)

    lead = [visit.found_at - visit.at for visit in found if visit.what == "found"]
    return Tried(
        rule=key[0],
        version=key[1],
        alerts=sum(visit.alerts for visit in found),
        visits=len(found) - count("known"),
        found=count("found"),
        known=count("known"),
        false=count("false"),
        unlooked=count("unlooked"),
        missed=missed,
        precision=wilson(count("found"), count("found") + count("false")),
        median_lead=median(lead) if lead else None,
    )


def together(raised: Iterable[Judged]) -> Iterator[Judged]:
    """Alerts as if one rule had raised them all: what several rules cost and find together."""
    for judged in raised:
        yield judged._replace(hit=judged.hit._replace(rule="", version=""))
