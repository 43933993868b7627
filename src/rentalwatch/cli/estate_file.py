"""`estate show`: one estate's file, as of any day."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections import estate_figures, estates
from projections.estates import MissingReport
from projections.files import File, read_facts
from projections.scope import Scope
from projections.spans import SOURCE
from projections.subjects import find_subject
from rentalwatch.cli.asking import (
    AsOfOption,
    KnownOption,
    KnownSourceOption,
    known_phrase,
    scope_of,
)
from rentalwatch.cli.irregular import odd_rows
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
from rentalwatch.domain.instants import DAY, FOREVER, Micros
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Irregularity

PARTS = ("missing", "leads", "reports", "figures")
"""What `estate show --part` may ask for."""

LOCATED_IN = -1
"""The cell of a lead that says in which home it was located."""

Rows = tuple[list[str], list[list[Any]]]


def show(
    name: Annotated[str, typer.Argument(help="Its label, an identity key, or its id.")],
    part: Annotated[
        str, typer.Option("--part", help="missing, leads, reports or figures [CSV: missing].")
    ] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One estate: its manager, reports that are missing or came, leads nobody has located, monthly figures.

    Example: rentalwatch estate show "Jinqiao Estate" --as-of 2026-06-30
    """
    one_of("--part", part, PARTS)
    with opened(data, lang) as session, session.asking() as connection:
        found = find_subject(connection, ("estate",), name)
        scope, _ = scope_of(
            session, connection, area=found.area, as_of=as_of, known_at=known_at,
            known_at_source=known_at_source,
        )  # fmt: skip
        if fmt is Format.JSON:
            as_json(_as_json(connection, scope, found))
        elif fmt is Format.CSV:
            as_csv(*_part(connection, scope, found, part or PARTS[0]))
        else:
            _show(
                session.words,
                connection,
                scope,
                found,
                part,
                known_at or known_at_source,
                limit_of(limit, fmt),
            )


def _show(
    w: Words, connection: sa.Connection, scope: Scope, found: File, part: str, known: str, limit: int | None
) -> None:
    whole = Scope(scope.asked, scope.begin, scope.known_at, scope.axis)
    rows = estates.estates(connection, whole, found.stream_id)
    when = w("as_of", day=due_day(scope.asked, found.zone), known=known_phrase(w, scope, known))
    say(f"{found.label} · {found.area}    {when}")
    if not rows:
        say(w("nothing_known"))
        return
    manager = w("managed_by", party=rows[0].manager) if rows[0].manager else w("no_manager")
    households = [w("households_n", n=f"{rows[0].households:,}")] if rows[0].households >= 0 else []
    say(" · ".join([manager, *households]))
    for each in [part] if part else PARTS:
        title, (header, cells) = w(f"estate_{each}"), _part(connection, scope, found, each, w)
        if each == "leads" and not part:
            title, cells = _waiting(w, cells)
        if each in ("reports", "figures"):
            cells = cells[::-1]  # the last month first
        if cells:
            say(f"\n{title}")
            table([w(k) for k in header], cells[:limit])
            if len(cells[:limit]) < len(cells):
                say(how_many(w, len(cells[:limit]), len(cells)))
    odd = _odd(connection, scope, found)
    if odd:
        say(f"\n{w('irregular', n=len(odd))}")
        table(["", ""], odd_rows(w, odd, found.zone), bare=True)


def _waiting(w: Words, leads: list[list[Any]]) -> tuple[str, list[list[Any]]]:
    """The leads that nobody has located, and a title that says how many were; `--part leads` shows those."""
    waiting = [lead for lead in leads if not lead[LOCATED_IN]]
    return w("estate_waiting", located=f"{len(leads) - len(waiting):,}"), waiting


def _part(
    connection: sa.Connection, scope: Scope, found: File, part: str, words: Words | None = None
) -> Rows:
    """Header and rows of one part; codes in words if `words` are given."""
    whole = Scope(scope.asked, scope.begin, scope.known_at, scope.axis)
    if part == "missing":
        return shown_missing(estates.missing_reports(connection, whole, found.stream_id), scope.asked)
    if part == "leads":
        return _leads(estates.leads(connection, whole, found.stream_id), found.zone, words)
    if part == "reports":
        return _reports(estates.reports(connection, whole, found.stream_id), found.zone, words)
    columns = ["month", "complaints", "police_calls", "satisfaction"]
    rows = estate_figures.monthly(connection, whole, found.stream_id)
    return columns, [[row[c] for c in columns] for row in rows]


def missing_rows(found: list[MissingReport], asked: Micros | None) -> list[dict[str, Any]]:
    """Missing reports for JSON; days over where it is known when it was asked."""
    return [
        {
            "stream_id": r.stream_id,
            "label": r.label,
            "month": r.month,
            "due": stamp(r.due, r.zone),
            "liable": r.manager or None,
            "chased_at": None if r.chased_at >= FOREVER else stamp(r.chased_at, r.zone),
            **({} if asked is None else {"days_over": (asked - r.due) // DAY}),
        }
        for r in found
    ]


def shown_missing(found: list[MissingReport], asked: Micros | None) -> Rows:
    """Header and rows of missing reports, for a table or a CSV."""
    header = ["estate", "month", "due", "liable", "chased_on"]
    cells: list[list[Any]] = [
        [r.label, r.month, due_day(r.due, r.zone), r.manager, day(r.chased_at, r.zone)] for r in found
    ]
    if asked is None:
        return header, cells
    return [*header, "overdue_days"], [
        [*cell, (asked - r.due) // DAY] for cell, r in zip(cells, found, strict=True)
    ]


def _leads(rows: list[dict[str, Any]], zone: str, words: Words | None) -> Rows:
    header = ["lead", "building", "reported_on", "due", "state", "sent_to", "home"]
    return header, [
        [
            row["lead"].removeprefix("/"),
            row["building"],
            day(row["reported_at"], zone),
            due_day(row["due"], zone),
            words(f"lead_{row['status']}") if words else row["status"],
            row["unit"],
            row["home"],
        ]
        for row in rows
    ]


def _reports(rows: list[dict[str, Any]], zone: str, words: Words | None) -> Rows:
    return ["month", "result", "relapses_found", "report_filed_on"], [
        [
            row["month"],
            words(f"report_{row['result']}") if words else row["result"],
            row["relapses"],
            day(row["filed_at"], zone),
        ]
        for row in rows
    ]


def _odd(connection: sa.Connection, scope: Scope, found: File) -> list[Irregularity]:
    """What does not fit, of what was known and had happened by then."""
    facts = read_facts(connection, [found.stream_id])[found.stream_id]
    source = scope.axis == SOURCE
    known = [f for f in facts if (f.known_to_source if source else f.recorded_at) < scope.known_at]
    judged = judge(known, "source" if source else "ledger", "estate")
    return [one for one in judged.irregular if one.at < scope.asked]


def _as_json(connection: sa.Connection, scope: Scope, found: File) -> dict[str, Any]:
    whole = Scope(scope.asked, scope.begin, scope.known_at, scope.axis)
    stream, zone = found.stream_id, found.zone
    rows = estates.estates(connection, whole, stream)

    def at(value: Micros) -> str | None:
        return None if value >= FOREVER else stamp(value, zone)

    return {
        "stream_id": stream,
        "label": found.label,
        "area": rows[0].area if rows else found.area,
        "manager": (rows[0].manager or None) if rows else None,
        "households": rows[0].households if rows and rows[0].households >= 0 else None,
        "missing": missing_rows(estates.missing_reports(connection, whole, stream), scope.asked),
        "leads": [
            {**_own(row), **{name: at(row[name]) for name in ("reported_at", "due", "answer_due")}}
            for row in estates.leads(connection, whole, stream)
        ],
        "reports": [
            {**{k: row[k] for k in ("month", "result", "relapses")}, "filed_at": at(row["filed_at"])}
            for row in estates.reports(connection, whole, stream)
        ],
        "figures": [_own(row) for row in estate_figures.monthly(connection, whole, stream)],
        "irregular": [
            {"code": one.code, "record": one.record, "at": at(one.at)}
            for one in _odd(connection, scope, found)
        ],
    }


def _own(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what it repeats of its estate."""
    return {k: v for k, v in row.items() if k not in ("stream_id", "label", "area", "zone")}
