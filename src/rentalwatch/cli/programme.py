"""`programme start`, `list`, `close`: a programme 专项行动 with its baseline and goals."""

from __future__ import annotations

import re
from typing import Annotated

import sqlalchemy as sa
import typer
from pydantic import ValidationError

from projections import targets
from projections.programmes import Found, find, programmes
from projections.scope import Scope
from rentalwatch.cli.programme_file import show_programme
from rentalwatch.cli.reporting import report
from rentalwatch.cli.rolls import amend, roll
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened
from rentalwatch.cli.show import as_csv, as_json, day, say, table
from rentalwatch.cli.stating import OfficerOption, OnOption, actor, baseline_of, state, when
from rentalwatch.domain.events import Goal, ProgrammeClosed, ProgrammeStarted
from rentalwatch.domain.instants import FOREVER
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.statements import NO_RECORD

app = typer.Typer(help="Programmes: baseline, rolls, goals, reported figures.", no_args_is_help=True)
app.command("roll")(roll)
app.command("amend")(amend)
app.command("report")(report)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its label, an identity key, or its id.")]
_GOAL = re.compile(r"^([a-z0-9_]+)\s*(<=|>=)\s*(-?\d+(?:\.\d+)?)$")


@app.command("start")
def start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    baseline: Annotated[
        str,
        typer.Option("--baseline", help="A day: what was there before it is stock, what came after is new."),
    ],
    area: Annotated[str, typer.Option("--area", help="Where it runs, such as sh/pudong/.")] = "",
    goal: Annotated[
        list[str] | None, typer.Option("--goal", help='A figure and its bound, such as "relapses<=0".')
    ] = None,
    cycle: Annotated[
        int, typer.Option("--cycle", min=1, max=12, help="Months in which each home is to be screened once.")
    ] = 3,
    on: OnOption = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """Start a programme: an area, and the instant that divides stock 存量 from new 新增.

    Example: rentalwatch programme start "Three zeros" --area sh/pudong/ --baseline 2026-01-01
    """
    area = area if not area or area.endswith("/") else area + "/"
    with opened(data, lang, create=True) as session:
        with session.asking() as connection:
            zone = session.zone(connection, area)
        try:
            event = ProgrammeStarted(
                record_id=NO_RECORD,
                **when(ProgrammeStarted, on, zone),
                by=actor(officer),
                label=name,
                area=area,
                zone=zone,
                baseline=baseline_of(baseline, zone),
                goals=tuple(_goal(text) for text in goal or ()),
                screening_cycle_months=cycle,
            )
        except ValidationError as e:
            raise InvalidInputError(
                f"{e.errors()[0]['loc'][0]} cannot be so",
                todo="See `programme start --help`.",
                code="RW-OPTIONS",
            ) from None
        state(session, event, name)
        say(session.words("programme_started", name=name))


def _goal(text: str) -> Goal:
    match = _GOAL.match(text.strip())
    if match is None or match[1] not in targets.FIGURES:
        raise InvalidInputError(
            f"{text!r} is no goal",
            todo=f'Write "relapses<=0". Figures: {", ".join(targets.FIGURES)}.',
            code="RW-OPTIONS",
        )
    bound = float(match[3])
    return Goal(figure=match[1], at_most=bound) if match[2] == "<=" else Goal(figure=match[1], at_least=bound)


@app.command("close")
def close(
    name: NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why it ends.")],
    on: OnOption = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """End a programme. It erases nothing: relapses, claims and files go on as they were.

    Example: rentalwatch programme close "Three zeros" --reason "term ended"
    """
    with opened(data, lang) as session, session.asking() as connection:
        found = find(connection, name)
        event = ProgrammeClosed(
            record_id=NO_RECORD,
            **when(ProgrammeClosed, on, found.zone),
            by=actor(officer),
            reason=reason,
        )
        state(session, event, found.stream_id)
        say(session.words("programme_closed", name=found.label))


@app.command("list")
def list_(data: DataOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """Every programme: where it runs, its baseline, whether it goes on.

    Example: rentalwatch programme list --format json
    """
    with opened(data, lang) as session, session.asking() as connection:
        w = session.words
        rows = [_plain(p) for p in _every(connection)]
        if fmt is Format.JSON:
            as_json(rows)
        elif fmt is Format.CSV:
            as_csv(_COLUMNS, [[row[c] for c in _COLUMNS] for row in rows])
        elif rows:
            table([w(f"programme_{c}") for c in _COLUMNS], [[row[c] for c in _COLUMNS] for row in rows])
        else:
            say(w("nothing_listed"))


_COLUMNS = ["label", "area", "baseline", "cycle_months", "closed_on"]


def _every(connection: sa.Connection) -> list[Found]:
    return programmes(connection, Scope(asked=FOREVER))


def _plain(p: Found) -> dict[str, str | int]:
    return {
        "label": p.label, "area": p.area, "baseline": day(p.baseline, p.zone),
        "cycle_months": p.cycle_months, "closed_on": day(p.closed_at, p.zone),
    }  # fmt: skip


app.command("show")(show_programme)
