"""`alerts`: which homes rules are suspicious of, and who has to answer by when."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from projections import alerts
from projections.alerts import OPEN, STATUSES, AlertRow, Asked
from rentalwatch.cli.alert_acts import ack, answer, release
from rentalwatch.cli.alert_table import as_value, reasons_of, rule_of, shown, status_of
from rentalwatch.cli.alert_timer import escalate_, tend
from rentalwatch.cli.alert_watch import watch
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, scope_of
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
from rentalwatch.cli.show import as_json, due_day, say
from rentalwatch.cli.words import Words
from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import Micros

app = typer.Typer(help="Alerts: what rules are suspicious of, and who has to answer.", no_args_is_help=True)
app.command("ack")(ack)
app.command("answer")(answer)
app.command("release")(release)
app.command("escalate")(escalate_)
app.command("tend")(tend)
app.command("watch")(watch)

RoleOption = Annotated[
    str, typer.Option("--role", help="Who looks: `manager` sees nothing that is withheld from managers.")
]
ALL = "all"


@app.command("list")
def list_(
    area: AreaOption = "",
    status: Annotated[
        str, typer.Option("--status", help=f"One of {', '.join((*STATUSES, ALL))} [default: the open ones].")
    ] = "",
    level: Annotated[
        str, typer.Option("--level", help=f"Who is asked: {', '.join(get_args(ev.AlertLevel))}.")
    ] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those not answered in time.")] = False,
    to_inspect: Annotated[
        bool, typer.Option("--to-inspect", help="Only the tenth of the unfounded that is inspected anyway.")
    ] = False,
    role: RoleOption = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Alerts with the level that has to answer, the first due first; one row however often a rule was
    suspicious again meanwhile.

    Example: rentalwatch alerts list --area sh/pudong/ --level manager --overdue
    """
    one_of("--status", status, (*STATUSES, ALL))
    one_of("--level", level, get_args(ev.AlertLevel))
    statuses = () if status == ALL else (status,) if status else OPEN
    asked = Asked(statuses, level, overdue, to_inspect, as_manager=role == "manager")
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(session, connection, area=area, as_of=as_of, known_at=known_at)
        rows = alerts.alerts(connection, scope, asked)
        if to_inspect and role == "manager":
            rows = []  # which answers are checked is not for those who gave them
        outside = role == "manager"
        shown(session.words, rows, scope.asked, fmt, limit_of(limit, fmt), outside=outside)


@app.command("show")
def show_(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's number, or how it begins.")],
    role: RoleOption = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One alert: what its rule saw, who was asked and what they answered. It is never evidence.

    Example: rentalwatch alerts show 3f1c2a9b
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(session, connection, as_of=as_of, known_at=known_at)
        row = alerts.find_alert(connection, alert, scope, as_manager=role == "manager")
        raised = alerts.raising(connection, row)
        score = raised.score if raised else None
        _show(session.words, row, (score, role == "manager"), scope.asked, fmt)


def _show(w: Words, row: AlertRow, told: tuple[float | None, bool], asked: Micros, fmt: Format) -> None:
    """`told`: the score, and whether a manager looks, who does not learn that anybody complained."""
    score, outside = told
    if fmt is Format.JSON:
        as_json({**as_value(row, asked, outside=outside), "score": score})
        return
    if fmt is Format.CSV:
        shown(w, [row], asked, fmt, None, outside=outside)
        return
    alert, zone = row.alert, row.zone
    rule = rule_of(row, outside=outside)
    version = f" ({alert.rule_version})" if rule == alert.rule else ""
    say(f"{alert.record} · {w(f'k_{alert.kind}', rule=rule)}{version}")
    say(f"{row.label} · {row.area}")
    lines = [
        ("alert_status", status_of(w, row)),
        ("reasons", "; ".join(reasons_of(row, "zh" if w.lang == "zh" else "en", outside=outside))),
        ("score", "" if score is None else f"{score:.2f}"),
        ("since", due_day(alert.raised_at, zone)),
        ("times", str(alert.repeats + 1)),
        ("last_seen", due_day(alert.last_seen_at, zone)),
        ("level", w(f"level_{alert.level}")),
        ("due", due_day(alert.due, zone)),
        ("alert_reference", alert.reference),
    ]
    for name, text in lines:
        if text:
            say(f"  {w(name)}: {text}")
    for remark, holds in (("alert_withheld", alert.withheld), ("alert_drawn", alert.drawn)):
        if holds:
            say(f"  {w(remark)}")
