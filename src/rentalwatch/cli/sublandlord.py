"""`sublandlord`: who lets which homes, who left as declared, who began again elsewhere; merging."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import sqlalchemy as sa
import typer

from projections.files import File, read_facts
from projections.identities import identities
from projections.scope import Scope
from projections.subjects import find_subject
from projections.sublandlords import ExitStood, Let, Operators, Recurrence
from rentalwatch.cli.asking import (
    AreaOption,
    AsOfOption,
    KnownOption,
    KnownSourceOption,
    known_phrase,
    scope_of,
)
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    Session,
    limit_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, due_day, how_many, say, stamp, table
from rentalwatch.cli.stating import OfficerOption, actor
from rentalwatch.cli.words import Words
from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.sublandlord import UNSTATED, SublandlordMerge
from rentalwatch.domain.instants import FOREVER, instant
from rentalwatch.domain.judge import judge
from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.ledger.store import wall_clock

app = typer.Typer(help="Sublandlords: homes, exits, recurrence, identities.", no_args_is_help=True)

COLUMNS = ("party", "identified", "homes", "exits", "completed", "contradicted", "recurrences")


@app.command("list")
def list_(
    area: AreaOption = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Who lets homes of others, with exits and recurrence elsewhere, as it stood.

    Example: rentalwatch sublandlord list --area pudong/ --as-of 2026-06-30
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(
            session, connection, area=area, begin="1900-01-01", as_of=as_of, known_at=known_at,
            known_at_source=known_at_source,
        )  # fmt: skip
        rows = _rows(Operators(connection, scope))
        shown = rows[: limit_of(limit, fmt)]
        if fmt is Format.JSON:
            as_json(shown)
        elif fmt is Format.CSV:
            as_csv(COLUMNS, [[row[c] for c in COLUMNS] for row in shown])
        elif not rows:
            say(session.words("no_sublandlords"))
        else:
            w = session.words
            head = [
                w(k)
                for k in ("party", "identified", "lets", "exits", "completed", "contradicted", "elsewhere")
            ]
            cells = [
                [w("yes" if row[c] else "no_word") if c == "identified" else row[c] for c in COLUMNS]
                for row in shown
            ]
            table(head, cells)
            say(how_many(w, len(shown), len(rows)))


def _rows(operators: Operators) -> list[dict[str, Any]]:
    """A row for everyone who lets, left or began again in the area; identified and idle ones without one."""
    who = operators.who
    told: dict[str, dict[str, Any]] = {}
    if not operators.scope.area:
        for stream in who.known:
            _row(told, operators, who.operator(stream))
    for let in operators.lets():
        _row(told, operators, let.operator)["homes"] += 1
    for stood in operators.exits_stood():
        row = _row(told, operators, stood.operator)
        row["exits"] += 1
        row["completed"] += stood.status == "completed"
        row["contradicted"] += stood.status == "contradicted"
    for again in operators.recurrences():
        _row(told, operators, again.operator)["recurrences"] += 1
    return sorted(told.values(), key=lambda row: str(row["party"]))


def _row(told: dict[str, dict[str, Any]], operators: Operators, operator: str) -> dict[str, Any]:
    if operator not in told:
        counts = dict.fromkeys(COLUMNS[2:], 0)
        identified = operator in operators.who.known
        told[operator] = {"party": operators.who.label(operator), "identified": identified, **counts}
    return told[operator]


@app.command("show")
def show(
    reference: Annotated[str, typer.Argument(metavar="REF", help="A reference of the party, or its id.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One sublandlord 二房东: the homes it lets, its exits and what became of them, where it began again.

    Example: rentalwatch sublandlord show S-0127 --as-of 2026-06-30
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, zone = scope_of(
            session, connection, begin="1900-01-01", as_of=as_of, known_at=known_at,
            known_at_source=known_at_source,
        )  # fmt: skip
        operators = Operators(connection, scope)
        operator = operators.who.operator(reference)
        if operator not in operators.who.known and operator not in operators.by_operator:
            raise NotFoundError(
                f"no sublandlord is known by {reference!r}",
                todo="`rentalwatch sublandlord list` shows them.",
                code="RW-NO-SUBJECT",
            )
        mine = _Mine(operators, operator)
        if fmt is Format.JSON:
            as_json(mine.as_json(zone))
        elif fmt is Format.CSV:
            as_csv(["home", "area", "state", "certainty", "since"], [_let(x, zone) for x in mine.lets])
        else:
            known = known_phrase(session.words, scope, known_at or known_at_source)
            mine.show(session.words, zone, known)


def _let(let: Let, zone: str) -> list[str]:
    return [let.place.label, let.place.area, let.place.state, let.certainty, day(let.since, zone)]


class _Mine:
    """What there is of one operator."""

    def __init__(self, operators: Operators, operator: str) -> None:
        who = operators.who
        self.scope = operators.scope
        self.party = who.label(operator)
        self.also = sorted(who.references.get(operator, set()) - {self.party})
        self.lets = [x for x in operators.lets() if x.operator == operator]
        self.exits = [x for x in operators.exits_stood() if x.operator == operator]
        self.again = [x for x in operators.recurrences() if x.operator == operator]

    def show(self, w: Words, zone: str, known: str) -> None:
        say(f"{self.party}    {w('as_of', day=due_day(self.scope.asked, zone), known=known)}")
        if self.also:
            say("  " + w("also_known_as", references=w("comma").join(self.also)))
        say("  " + w("lets_homes", n=len(self.lets)))
        table(["", "", "", ""], [self._home(w, x, zone) for x in self.lets], bare=True)
        if self.exits:
            say("  " + w("exits_of"))
            table(["", "", "", ""], [_exit_cells(w, x, zone) for x in self.exits], bare=True)
        if self.again:
            say("  " + w("recurrences_of"))
            table(["", "", ""], [_again_cells(w, x, zone) for x in self.again], bare=True)

    def _home(self, w: Words, let: Let, zone: str) -> list[str]:
        since = w("since_day", day=day(let.since, zone))
        return [f"    {let.place.label}", let.place.area, w.state(let.place.state), since]

    def as_json(self, zone: str) -> dict[str, Any]:
        return {
            "party": self.party,
            "references": [self.party, *self.also],
            "as_of": stamp(self.scope.asked, zone),
            "homes": [
                {**x.place._asdict(), "certainty": x.certainty, "since": stamp(x.since, zone)}
                for x in self.lets
            ],
            "exits": [exit_as_json(x, zone) for x in self.exits],
            "recurrences": [recurrence_as_json(x, zone) for x in self.again],
        }


def _exit_cells(w: Words, stood: ExitStood, zone: str) -> list[str]:
    what = w("exit_" + stood.exit.manner, place=stood.place or w("everywhere"))
    again = ""
    if stood.again_at:
        key = "again_there" if stood.again_there else "again_elsewhere"
        again = w(key, home=stood.again, day=day(stood.again_at, zone))
    done = w("homes_done", done=stood.done, n=stood.homes)
    return [f"    {day(stood.exit.exited_at, zone)}", what, f"{w(stood.status)} · {done}", again]


def _again_cells(w: Words, again: Recurrence, zone: str) -> list[str]:
    before = w("earlier_at", home=again.earlier.label, day=day(again.earlier_at, zone))
    return [f"    {day(again.confirmed_at, zone)}", f"{again.place.label} · {again.place.area}", before]


def exit_as_json(stood: ExitStood, zone: str) -> dict[str, Any]:
    """An exit and what became of it."""
    moved = stood.exit.persons_moved
    return {
        "record": stood.exit.record,
        "exited_at": stamp(stood.exit.exited_at, zone),
        "manner": stood.exit.manner,
        "voluntary": {"yes": True, "no": False}.get(stood.exit.voluntary),
        "from": stood.place,
        "persons_moved": None if moved == UNSTATED else moved,
        "status": stood.status,
        "homes": stood.homes,
        "done": stood.done,
        "again_at": stamp(stood.again_at, zone) if stood.again_at else None,
        "again": stood.again or None,
        "again_there": stood.again_there if stood.again_at else None,
    }


def recurrence_as_json(again: Recurrence, zone: str) -> dict[str, Any]:
    """A recurrence elsewhere, with the earlier address."""
    return {
        "home": again.place.label,
        "area": again.place.area,
        "round": again.round_no,
        "confirmed_at": stamp(again.confirmed_at, zone),
        "earlier": again.earlier.label,
        "earlier_at": stamp(again.earlier_at, zone),
    }


@app.command("merge")
def merge(
    reference: Annotated[str, typer.Argument(metavar="REF", help="The identity that is closed.")],
    into: Annotated[str, typer.Option("--into", help="The identity that goes on.")],
    reason: Annotated[str, typer.Option("--reason", help="Why they are one party; no personal data.")],
    officer: OfficerOption = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """Two identities are one party: one is closed, the other goes on. It can be undone.

    Example: rentalwatch sublandlord merge S-0131 --into S-0127 --reason "one lease names both"
    """
    with opened(data, lang) as session:
        with session.asking() as connection:
            closed, survivor = _file(connection, reference), _file(connection, into)
            who = identities(connection, Scope(asked=FOREVER))
        if who.operator(closed.stream_id) == who.operator(survivor.stream_id):
            raise NotPermittedError(
                f"{reference!r} and {into!r} are one party already",
                todo="`rentalwatch sublandlord show` lists its references.",
                code="RW-SAME-SUBLANDLORD",
            )
        event = ev.SublandlordsMerged(
            record_id=NO_RECORD, happened_at=_now(), by=actor(officer), into=survivor.stream_id, reason=reason
        )
        _record(session, event, closed)
        say(session.words("sublandlords_merged", closed=closed.label, into=survivor.label))


@app.command("unmerge")
def unmerge(
    reference: Annotated[str, typer.Argument(metavar="REF", help="The identity that was closed.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it was a mistake; no personal data.")],
    officer: OfficerOption = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """A merge of two identities was a mistake: the closed one counts again. Both records stay.

    Example: rentalwatch sublandlord unmerge S-0131 --reason "two brothers"
    """
    with opened(data, lang) as session:
        with session.asking() as connection:
            closed = _file(connection, reference)
            facts = read_facts(connection, [closed.stream_id])[closed.stream_id]
        merges = judge(facts, of="sublandlord").at(FOREVER, SublandlordMerge)
        if not merges:
            raise NotPermittedError(
                f"{reference!r} is not merged into another",
                todo="Name the identity that was closed.",
                code="RW-NO-MERGE",
            )
        event = ev.MergeUndone(
            record_id=NO_RECORD, happened_at=_now(), by=actor(officer), merge=merges[0].record, reason=reason
        )
        _record(session, event, closed)
        say(session.words("sublandlords_unmerged", closed=closed.label))


def _file(connection: sa.Connection, reference: str) -> File:
    return find_subject(connection, ("sublandlord",), reference)


def _record(session: Session, event: ev.Event, closed: File) -> None:
    said = Statement(event, subject=closed.stream_id, of="sublandlord")
    session.ledger.record(said, uuid4())
    session.follow()


def _now() -> datetime:
    return instant(wall_clock())
