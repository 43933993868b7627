"""Sublandlords 二房东: which homes do they let, did they leave as they said, did they begin again elsewhere?

Joined over streams when asked: links lie in the files of homes, exits in those of sublandlords. An operator
is a party that is linked as sublandlord; identities that were merged count as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.history import ROUNDS, STATES
from projections.identities import EXITS, Identities, identities
from projections.names import meaning
from projections.parties import PARTIES
from projections.scope import Scope
from rentalwatch.domain.folds.sublandlord import Exit
from rentalwatch.domain.instants import Micros, local_date
from rentalwatch.domain.judgement import Round

ROLE = "sublandlord"


class Place(NamedTuple):
    """A home as it stood at the asked instant."""

    stream_id: str
    label: str
    area: str
    zone: str
    state: str


class Link(NamedTuple):
    """That an operator had to do with a home, over a span of time."""

    operator: str
    place: Place
    certainty: str
    said_at: Micros
    """When it was last linked: linking it again says that it is there again."""
    begin: Micros
    end: Micros


class Let(NamedTuple):
    """A home that an operator lets at the asked instant."""

    operator: str
    place: Place
    certainty: str
    since: Micros


class ExitStood(NamedTuple):
    """What became of an exit by the asked instant: completed, declared, or contradicted."""

    operator: str
    exit: Exit
    place: str
    """Where from: homes, an area, or everywhere ("")."""
    homes: int
    done: int
    status: str
    again_at: Micros
    again: str
    """The home that it was linked with again, and when; 0 and "" if it was not."""
    again_there: bool
    """Whether that home is one of those that it had left."""


class Recurrence(NamedTuple):
    """Operator recurrence 异地再犯: a documented party was confirmed at another address before. It is no
    relapse of the home, and never counted as one."""

    operator: str
    place: Place
    round_no: int
    confirmed_at: Micros
    earlier: Place
    earlier_at: Micros


class Operators:
    """Everything about operators that the questions below share, read once for a scope. All of the book is
    read, since a party is followed across areas; what is told lies in the scope's."""

    def __init__(self, connection: sa.Connection, scope: Scope) -> None:
        self.scope = scope
        self.who: Identities = identities(connection, scope)
        self.places = _places(connection, scope)
        self.links = _links(connection, scope, self.who, self.places)
        self.exits = _exits(connection, scope, self.who)
        self.rounds = _rounds(connection, scope)
        self.by_operator: dict[str, list[Link]] = defaultdict(list)
        for link in self.links:
            self.by_operator[link.operator].append(link)

    def lets(self) -> list[Let]:
        """The homes that are let at the asked instant: linked, and not left since."""
        left: dict[str, list[tuple[Exit, str]]] = defaultdict(list)
        for operator, one, home in self.exits:
            left[operator].append((one, home))
        return [
            Let(link.operator, link.place, link.certainty, link.said_at)
            for link in self.links
            if link.begin < self.scope.asked <= link.end
            and self._within(link.place.area)
            and not any(
                one.exited_at >= link.said_at and _covers(one, home, link.place)
                for one, home in left[link.operator]
            )
        ]

    def exits_stood(self) -> list[ExitStood]:
        """Every exit up to the asked instant, the earliest first."""
        records: dict[tuple[str, str], list[tuple[Exit, str]]] = defaultdict(list)
        for operator, one, home in self.exits:
            records[(operator, one.record)].append((one, home))
        found = [self._stood(operator, parts) for (operator, _), parts in records.items()]
        return sorted((e for e in found if e is not None), key=lambda e: (e.exit.exited_at, e.exit.record))

    def _stood(self, operator: str, parts: list[tuple[Exit, str]]) -> ExitStood | None:
        one = parts[0][0]
        links = self.by_operator[operator]
        homes = {home: self.places[home] for _, home in parts if home in self.places}
        homes |= {
            link.place.stream_id: link.place
            for link in links
            if link.begin < one.exited_at and any(_covers(e, home, link.place) for e, home in parts)
        }
        if not self._told(parts, homes.values()):
            return None
        done = sum(self._done(place, one.exited_at) for place in homes.values())
        again = self._again(links, one.exited_at)
        whole = bool(homes) and done == len(homes)
        return ExitStood(
            operator=operator,
            exit=one,
            place=", ".join(sorted({p.label for p in homes.values()} if not one.area else {one.area})),
            homes=len(homes),
            done=done,
            status="contradicted" if again else "completed" if whole else "declared",
            again_at=again.said_at if again else 0,
            again=again.place.label if again else "",
            again_there=again is not None and again.place.stream_id in homes,
        )

    def _told(self, parts: list[tuple[Exit, str]], homes: Iterable[Place]) -> bool:
        """Whether an exit belongs to the area asked about: it names it, or a home that lies there."""
        if not self.scope.area:
            return True
        return any(e.area.startswith(self.scope.area) for e, _ in parts if e.area) or any(
            self._within(place.area) for place in homes
        )

    def _done(self, place: Place, exited_at: Micros) -> bool:
        """Whether a home that was left is verified, or gone. A round that opened after the exit is another
        matter once what was there before is verified."""
        if place.state == "gone":
            return True
        rounds = self.rounds.get(place.stream_id, [])
        there = [r for r in rounds if r.opened_at < exited_at] or rounds
        closed = all(r.closed_at < self.scope.asked for r in there)
        return closed and any(r.closing == "verification" for r in there)

    def _again(self, links: Iterable[Link], exited_at: Micros) -> Link | None:
        """The first link after an exit, with any home; a suspicion is none."""
        later = [
            link
            for link in links
            if exited_at < link.said_at < self.scope.asked and link.certainty != "suspected"
        ]
        return min(later, key=lambda link: (link.said_at, link.place.stream_id), default=None)

    def recurrences(self) -> list[Recurrence]:
        """Confirmations of the period at an address other than an earlier one of the same documented party,
        on a later day; the earliest first."""
        found = [r for op in self.by_operator for r in self._recurrences(op)]
        return sorted(found, key=lambda r: (r.confirmed_at, r.place.stream_id, r.operator))

    def _recurrences(self, operator: str) -> Iterable[Recurrence]:
        first: list[tuple[Micros, Place]] = []
        for at, place, number in sorted(self._confirmed(operator)):
            before = next(((t, p) for t, p in first if p.stream_id != place.stream_id), None)
            if (
                before is not None
                and self.scope.begin <= at < self.scope.asked
                and self._within(place.area)
                and local_date(before[0], place.zone) < local_date(at, place.zone)
            ):
                yield Recurrence(operator, place, number, at, before[1], before[0])
            if len(first) < 2 and all(p.stream_id != place.stream_id for _, p in first):
                first.append((at, place))

    def _confirmed(self, operator: str) -> Iterable[tuple[Micros, Place, int]]:
        """The rounds of homes for which it is documented, that were open while it was there."""
        of_home: dict[str, list[Link]] = defaultdict(list)
        for link in self.by_operator[operator]:
            of_home[link.place.stream_id].append(link)
        for home, links in of_home.items():
            if any(link.certainty == "documented" for link in links):
                for r in self.rounds.get(home, []):
                    if any(r.opened_at < link.end and link.begin < r.closed_at for link in links):
                        yield r.opened_at, links[0].place, r.number

    def _within(self, area: str) -> bool:
        return area.startswith(self.scope.area)


def _covers(one: Exit, home: str, place: Place) -> bool:
    """Whether an exit is from this home: it names it, or the area where it lies, or everything."""
    return home == place.stream_id if one.dwelling else place.area.startswith(one.area)


def _links(
    connection: sa.Connection, scope: Scope, who: Identities, places: Mapping[str, Place]
) -> list[Link]:
    """Every link up to the asked instant, as known then."""
    p = PARTIES.c
    query = (
        sa.select(p.party, p.stream_id, p.certainty, p.since, p.valid_from, p.valid_to, p.until)
        .where(*PARTIES.known(scope.known_at, scope.axis), p.valid_from < scope.asked, p.role == ROLE)
        .order_by(p.stream_id, p.valid_from, p.party)
    )
    return [
        Link(who.operator(party), places[home], certainty, since, begin, min(end, until))
        for party, home, certainty, since, begin, end, until in connection.execute(query)
        if home in places
    ]


def _places(connection: sa.Connection, scope: Scope) -> dict[str, Place]:
    """The homes that sublandlords were ever linked with or left, as they stood."""
    s = STATES.c
    query = (
        sa.select(s.stream_id, FILES.c.label, s.area, FILES.c.zone, s.state)
        .join(FILES, FILES.c.stream_id == s.stream_id)
        .where(*STATES.visible(scope.asked, scope.known_at, scope.axis), s.stream_id.in_(_in_question()))
    )
    return {row[0]: Place(*row) for row in connection.execute(query)}


def _in_question() -> sa.CompoundSelect[tuple[str]]:
    """The streams of those homes."""
    names, named, home = meaning(EXITS.c.dwelling)
    linked = sa.select(PARTIES.c.stream_id).where(PARTIES.c.role == ROLE)
    return sa.union(linked, sa.select(home).select_from(EXITS.table.outerjoin(names, named)))


def _exits(connection: sa.Connection, scope: Scope, who: Identities) -> list[tuple[str, Exit, str]]:
    """(operator, exit, the stream of the home that it names) up to the asked instant."""
    e = EXITS.c
    names, named, home = meaning(e.dwelling)
    query = (
        sa.select(e.stream_id, home, *(e[name] for name in EXITS.fields))
        .select_from(EXITS.table)
        .outerjoin(names, named)
        .where(*EXITS.visible(scope.asked, scope.known_at, scope.axis))
        .order_by(e.exited_at, e.record, e.dwelling, e.area)
    )
    return [(who.operator(row[0]), Exit(*row[2:]), row[1]) for row in connection.execute(query)]


def _rounds(connection: sa.Connection, scope: Scope) -> Mapping[str, list[Round]]:
    """The rounds of those homes, as they stood."""
    r = ROUNDS.c
    query = sa.select(r.stream_id, *(r[name] for name in ROUNDS.fields)).where(
        *ROUNDS.visible(scope.asked, scope.known_at, scope.axis), r.stream_id.in_(_in_question())
    )
    found: dict[str, list[Round]] = defaultdict(list)
    for row in connection.execute(query):
        found[row[0]].append(Round(*row[1:]))
    return found


def figures(operators: Operators) -> dict[str, int]:
    """What stands beside the targets, in the scope's period; each is as long as its list."""
    return {name: len(rows) for name, rows in lists(operators).items()}


def lists(operators: Operators) -> dict[str, list[Recurrence] | list[ExitStood]]:
    """Figure → its rows: recurrences confirmed in the period, exits of the period by how they stand."""
    scope = operators.scope
    stood = [e for e in operators.exits_stood() if e.exit.exited_at >= scope.begin]
    found: dict[str, list[Recurrence] | list[ExitStood]] = {"operator_recurrences": operators.recurrences()}
    for status in ("declared", "completed", "contradicted"):
        found[f"exits_{status}"] = [e for e in stood if e.status == status]
    return found
