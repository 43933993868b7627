"""`estate year`: what a year did to an estate, in the figures that such a year is told by."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections import estate_figures
from projections.estate_figures import Change, Months
from projections.estate_year import EstateYear, year
from projections.scope import Scope
from projections.subjects import find_subject
from rentalwatch.cli.asking import AsOfOption, KnownOption, scope_of
from rentalwatch.cli.estate_months import months_of
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.words import Words


def year_(
    name: Annotated[str, typer.Argument(help="Label, identity key or id.")],
    begin: Annotated[str, typer.Option("--from", help="Begin of the year [default: 1 January].")] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    baseline: Annotated[
        str, typer.Option("--baseline", help="Months to compare calls with, such as 2025-01..2025-12.")
    ] = "",
    months: Annotated[
        str, typer.Option("--months", help="The months compared [default: all after the baseline].")
    ] = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Homes patrolled and put right, sublandlords gone, tenants moved out; calls against the time before.

    Example: rentalwatch estate year "Lakeside" --as-of 2026-12-31 --baseline 2025-01..2025-12
    """
    before = months_of("--baseline", baseline) if baseline else None
    now = months_of("--months", months) if months else None
    with opened(data, lang) as session, session.asking() as connection:
        found = find_subject(connection, ("estate",), name)
        scope, _ = scope_of(session, connection, area=found.area, begin=begin, as_of=as_of, known_at=known_at)
        told = year(connection, replace(scope, area=found.area))
        calls = _calls(connection, scope, found.stream_id, before, now) if before else []
        _show(session.words, found.label, told, calls, fmt)


def _calls(
    connection: sa.Connection, scope: Scope, stream: str, before: Months, now: Months | None
) -> list[Change]:
    rows = estate_figures.monthly(connection, scope, stream)
    return estate_figures.changes(rows, before, now or estate_figures.after(before))


def _show(w: Words, label: str, told: EstateYear, calls: list[Change], fmt: Format) -> None:
    if fmt is Format.TABLE:
        say(label)
        rows = [[f"  {w(f'year_{name}')}", f"{count:,}", ""] for name, count in told._asdict().items()]
        table(["", "", ""], rows + [_line(w, change) for change in calls], bare=True)
        return
    value: dict[str, Any] = {"estate": label, **told._asdict()}
    value |= {change.figure: None if change.percent is None else round(change.percent, 1) for change in calls}
    if fmt is Format.JSON:
        as_json(value)
    else:
        as_csv(list(value), [list(value.values())])


def _line(w: Words, change: Change) -> list[str]:
    if change.percent is None or change.before is None or change.now is None:
        return [f"  {w(f'year_{change.figure}')}", w("na"), ""]
    told = w("year_change", before=f"{change.before:,.0f}", now=f"{change.now:,.0f}")
    return [f"  {w(f'year_{change.figure}')}", f"{change.percent:+.0f} %".replace("-", "−"), told]
