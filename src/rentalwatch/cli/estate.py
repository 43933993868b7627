"""`estate`: property managers and what they owe, leads without a home, monthly figures."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections import estate_figures, estates
from projections.chasing import record_chasers, unchased
from projections.estates import MissingReport
from projections.scope import Scope
from projections.subjects import find_subject
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, KnownSourceOption, scope_of
from rentalwatch.cli.estate_file import missing_rows, shown_missing
from rentalwatch.cli.estate_file import show as show_one
from rentalwatch.cli.estate_months import months_of
from rentalwatch.cli.estate_year import year_
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
from rentalwatch.cli.show import as_csv, as_json, how_many, say, table
from rentalwatch.cli.stating import OfficerOption
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import local_date
from rentalwatch.ledger.store import wall_clock

app = typer.Typer(help="Estates: managers, reports, leads without a home.", no_args_is_help=True)
app.command("show")(show_one)
app.command("year")(year_)

NameArgument = Annotated[str, typer.Argument(help="Label, identity key or id [default: all of the area].")]


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
    """Estates with who manages them, how many reports are missing and how many leads wait too long.

    Example: rentalwatch estate list --area pudong/
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(
            session, connection, area=area, as_of=as_of, known_at=known_at, known_at_source=known_at_source
        )
        found = [_summary(*each) for each in _counted(connection, scope)]
        w = session.words
        if fmt is Format.JSON:
            as_json(found)
            return
        shown = found if fmt is Format.CSV else found[: limit_of(limit, fmt)]
        header = ("estate", "area", "households", "manager", "reports_missing", "leads_waiting")
        rows = [list(estate.values())[1:] for estate in shown]
        if fmt is Format.CSV:
            as_csv(list(header), rows)
        elif not found:
            say(w("no_estates"))
        else:
            table([w(k) for k in header], rows)
            say(how_many(w, len(rows), len(found)))


def _counted(connection: sa.Connection, scope: Scope) -> list[tuple[estates.EstateRow, int, int]]:
    """Each estate, how many reports are missing there, and how many leads were not located in time."""
    silent = [report.stream_id for report in estates.missing_reports(connection, scope)]
    waiting = [lead["stream_id"] for lead in estates.leads(connection, scope, overdue=True)]
    return [
        (estate, silent.count(estate.stream_id), waiting.count(estate.stream_id))
        for estate in estates.estates(connection, scope)
    ]


def _summary(estate: estates.EstateRow, missing: int, waiting: int) -> dict[str, Any]:
    return {
        "stream_id": estate.stream_id,
        "label": estate.label,
        "area": estate.area,
        "households": None if estate.households < 0 else estate.households,
        "manager": estate.manager or None,
        "reports_missing": missing,
        "leads_waiting": waiting,
    }


@app.command("figures")
def figures(
    name: NameArgument = "",
    baseline: Annotated[
        str, typer.Option("--baseline", help="The months to compare with, such as 2025-01..2025-12.")
    ] = "",
    months: Annotated[
        str, typer.Option("--months", help="The months compared [default: all after the baseline].")
    ] = "",
    area: AreaOption = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Complaints and police calls month by month; with a baseline, their mean month against its mean month.

    Example: rentalwatch estate figures --baseline 2025-01..2025-12 --months 2026-01..2026-06
    """
    before = months_of("--baseline", baseline) if baseline else None
    since = months_of("--months", months) if months else None
    with opened(data, lang) as session, session.asking() as connection:
        stream = find_subject(connection, ("estate",), name).stream_id if name else ""
        scope, _ = scope_of(session, connection, area=area, as_of=as_of, known_at=known_at)
        rows = estate_figures.monthly(connection, scope, stream)
        if before is None:
            _monthly(session.words, [r for r in rows if since is None or since.hold(r["month"])], fmt)
        else:
            found = estate_figures.changes(rows, before, since or estate_figures.after(before))
            _changes(session.words, found, fmt)


def _monthly(w: Words, rows: list[dict[str, Any]], fmt: Format) -> None:
    columns = ("label", "month", "complaints", "police_calls", "satisfaction")
    cells = [[row[c] for c in columns] for row in rows]
    if fmt is Format.JSON:
        as_json(rows)
    elif fmt is Format.CSV:
        as_csv(["estate", *columns[1:]], cells)
    elif not rows:
        say(w("no_estate_figures"))
    else:
        table([w(k) for k in ("estate", *columns[1:])], cells)


def _changes(w: Words, found: list[estate_figures.Change], fmt: Format) -> None:
    if fmt is Format.JSON:
        as_json([change._asdict() for change in found])
        return
    header = (
        "estate",
        "figure",
        "month_before",
        "months_before",
        "month_now",
        "months_now",
        "change_percent",
    )
    spreadsheet = fmt is Format.CSV
    cells = [
        [
            c.label,
            c.figure if spreadsheet else w(c.figure),
            _number(c.before),
            c.months_before,
            _number(c.now),
            c.months_now,
            _number(c.percent, sign="+") if c.percent is not None else "" if spreadsheet else w("na"),
        ]
        for c in found
    ]
    if spreadsheet:
        as_csv(list(header), cells)
    elif not found:
        say(w("no_estate_figures"))
    else:
        table([w(k) for k in header], cells)


def _number(value: float | None, *, sign: str = "") -> str:
    return "" if value is None else f"{value:{sign}.1f}"


@app.command("chase")
def chase(
    name: NameArgument = "",
    area: AreaOption = "",
    officer: OfficerOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be asked for.")] = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Ask for every monthly report that is missing by now and was not asked for yet 催报; once each.

    Example: rentalwatch estate chase --area pudong/ --dry-run
    """
    with opened(data, lang) as session:
        now = wall_clock()
        with session.asking() as connection:
            stream = find_subject(connection, ("estate",), name).stream_id if name else ""
            scope, zone = scope_of(session, connection, area=area)
            found = unchased(estates.missing_reports(connection, scope, stream))
        if not dry_run:
            found = record_chasers(session.ledger, found, now, officer)
        _chased(session, found, fmt, dry_run=dry_run, day=local_date(now, zone).isoformat())


def _chased(session: Session, found: list[MissingReport], fmt: Format, *, dry_run: bool, day: str) -> None:
    w = session.words
    if fmt is Format.JSON:
        as_json({"recorded": not dry_run, "on": day, "chased": missing_rows(found, None)})
    elif fmt is Format.CSV:
        as_csv(*shown_missing(found, None))
    elif not found:
        say(w("nothing_to_chase"))
    else:
        header, rows = shown_missing(found, None)
        table([w(k) for k in header], rows)
        say(w("would_chase" if dry_run else "chased", n=len(found)))
