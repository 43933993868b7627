"""`case`: penalty cases, each with its steps, its clocks and the law beside it; what a party did before.

There is no total of fines or penalties by officer or team (行政处罚法 art. 74).
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from projections.case_law import beside, book_of
from projections.cases import History, Listed, cases, history
from projections.files import read_facts
from projections.identities import identities
from projections.scope import Scope
from projections.spans import SOURCE
from projections.subjects import find_subject
from rentalwatch.cli.asking import (
    AreaOption,
    AsOfOption,
    KnownOption,
    KnownSourceOption,
    known_phrase,
    scope_of,
)
from rentalwatch.cli.case_file import case_as_json, ground_named, show_case
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    limit_of,
    one_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, due_day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.case import CASE_STATES, UNKNOWN
from rentalwatch.domain.instants import FOREVER
from rentalwatch.rulebooks.rules import Rules

app = typer.Typer(help="Penalty cases: steps, clocks, lawful order, repeat history.", no_args_is_help=True)

BookOption = Annotated[str, typer.Option("--rulebook", help="For cases recorded under no rulebook.")]


@app.command("list")
def list_(
    area: AreaOption = "",
    state: Annotated[str, typer.Option("--state", help="Such as filed, decided, paid, annulled.")] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    rulebook: BookOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Penalty cases as they stood, with how often each left the lawful order.

    Example: rentalwatch case list --area pudong/ --state decided
    """
    one_of("--state", state, CASE_STATES)
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(
            session, connection, area=area, as_of=as_of, known_at=known_at, known_at_source=known_at_source
        )
        found = cases(connection, scope, state=state)
        shown = found[: limit_of(limit, fmt)]
        rules = Rules(session.ledger.adopted())
        laws = beside(connection, scope, shown, rulebook, rules)
        told = [_plain(row, law.codes) for row, law in zip(shown, laws, strict=True)]
        _list(session.words, told, shown, len(found), fmt, rules)


def _list(
    w: Words, told: list[dict[str, Any]], shown: list[Listed], total: int, fmt: Format, rules: Rules
) -> None:
    if fmt is Format.JSON:
        as_json(told)
    elif fmt is Format.CSV:
        as_csv(COLUMNS, [[t[c] for c in COLUMNS] for t in told])
    elif not told:
        say(w("no_cases"))
    else:
        rows = [[*_cells(w, row, rules), t["irregular"] or ""] for row, t in zip(shown, told, strict=True)]
        table([w(k) for k in (*_HEADER, "odd_steps")], rows)
        say(how_many(w, len(rows), total))


_HEADER = ("case", "home", "party", "ground", "filed_on", "state", "regime", "amount")


def _cells(w: Words, row: Listed, rules: Rules) -> list[Any]:
    case = row.case
    return [
        case.number,
        row.home,
        case.party,
        ground_named(case.ground, book_of(case.rulebook, rules), w),
        day(case.filed_at, row.zone),
        w(f"case_{case.state}"),
        case.regime,
        "" if case.amount == UNKNOWN else case.amount,
    ]


COLUMNS = (
    "number", "home", "area", "party", "party_kind", "ground", "acted_on", "state", "filed_at",
    "decision_due", "decided_at", "decision", "regime", "tier", "amount", "paid", "standing", "waived",
    "service_due", "served_at", "irregular",
)  # fmt: skip
"""What is told of a case, in CSV and JSON. No column names an officer."""


def _plain(row: Listed, codes: tuple[str, ...] = ()) -> dict[str, Any]:
    """A case as JSON has it."""
    case = row.case
    told: dict[str, Any] = {"home": row.home, "area": row.area}
    for name, value in case._asdict().items():
        if name in COLUMNS:
            told[name] = _value(name, value, row.zone)
    told["standing"] = bool(case.standing)
    told["irregular"] = case.irregular + len(codes)
    return {name: told[name] for name in COLUMNS}


def _value(name: str, value: Any, zone: str) -> Any:
    if name.endswith(("_at", "_due")):
        return None if value >= FOREVER else stamp(value, zone)
    return None if value == UNKNOWN or value == "" else value


@app.command("show")
def show(
    number: Annotated[str, typer.Argument(help="The number of the case, or its id.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    rulebook: BookOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One penalty case 处罚案件: its steps in order, its clocks, where it left the lawful order, and the law.

    Example: rentalwatch case show P-2026-0071 --as-of 2026-06-30
    """
    with opened(data, lang) as session, session.asking() as connection:
        stream = find_subject(connection, ("case",), number).stream_id
        scope, _ = scope_of(
            session, connection, as_of=as_of, known_at=known_at, known_at_source=known_at_source
        )
        found = cases(connection, scope, stream=stream)
        facts = [f for f in read_facts(connection, [stream]).get(stream, []) if _known(f, scope)]
        if not found:
            say(session.words("case_unknown_then")) if fmt is Format.TABLE else as_json(None)
            return
        (row,) = found
        (law,) = beside(connection, scope, found, rulebook, Rules(session.ledger.adopted()))
        if fmt is Format.JSON:
            as_json({**_plain(row, law.codes), **case_as_json(session.words, row, facts, law, scope)})
        elif fmt is Format.CSV:
            as_csv(COLUMNS, [[_plain(row, law.codes)[c] for c in COLUMNS]])
        else:
            known = known_phrase(session.words, scope, known_at or known_at_source)
            show_case(session.words, row, facts, law, scope, known)


def _known(fact: Fact, scope: Scope) -> bool:
    return (fact.known_to_source if scope.axis == SOURCE else fact.recorded_at) < scope.known_at


@app.command("history")
def history_(
    party: Annotated[str, typer.Argument(help="The reference of a party, never a name.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """What a party was penalised for before 屡教不改, at any address: decisions that stand, and nothing else.

    Example: rentalwatch case history S-0127 --as-of 2026-06-30
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, zone = scope_of(
            session, connection, as_of=as_of, known_at=known_at, known_at_source=known_at_source
        )
        found = history(connection, scope, identities(connection, scope).all_references(party))
        if fmt is Format.JSON:
            as_json(_history_as_json(party, found, scope, zone))
        elif fmt is Format.CSV:
            as_csv(COLUMNS, [[_plain(r)[c] for c in COLUMNS] for r in found.standing])
        else:
            known = known_phrase(session.words, scope, known_at or known_at_source)
            rules = Rules(session.ledger.adopted())
            _history(session.words, party, found, rules, due_day(scope.asked, zone), known)


def _history_as_json(party: str, found: History, scope: Scope, zone: str) -> dict[str, Any]:
    return {
        "party": party,
        "as_of": stamp(scope.asked, zone),
        "standing": [_plain(r) for r in found.standing],
        "first_offence": found.first_offence,
        "waived": [_plain(r) for r in found.waived],
        "not_counted": [_plain(r) for r in found.others],
    }


def _history(w: Words, party: str, found: History, rules: Rules, asked: str, known: str) -> None:
    say(f"{party}    {w('as_of', day=asked, known=known)}")
    say("  " + w("history_standing", n=len(found.standing)))
    if found.standing:
        table([w(k) for k in _HEADER], [_cells(w, r, rules) for r in found.standing])
    say("  " + w("first_offence" if found.first_offence else "no_first_offence"))
    for name, rows in (("history_waived", found.waived), ("history_others", found.others)):
        if rows:
            numbers = w("comma").join(f"{r.case.number} ({w(f'case_{r.case.state}')})" for r in rows)
            say("  " + w(name, n=len(rows), cases=numbers))
