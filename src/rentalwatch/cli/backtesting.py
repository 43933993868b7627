"""`rules backtest`, `rules explain`: what a rule would have raised, and what an alert rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from projections import alerts
from projections.alerts import AlertRow
from rentalwatch import rulebooks
from rentalwatch.cli.adopted import day_named
from rentalwatch.cli.asking import AreaOption, scope_of
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.waiting import note, progress
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY, instant, local_date
from rentalwatch.domain.warning import WarningRule
from rentalwatch.early_warning.database import open_signals
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.errors import InvalidInputError
from rentalwatch.rulebooks.rules import Rules
from rentalwatch.rulebooks.warnings import warnings_of
from rentalwatch.signals import reasons
from rentalwatch.signals.reasons import Lang

if TYPE_CHECKING:  # numpy takes a moment
    from rentalwatch.early_warning.backtest import Tried, Visit
    from rentalwatch.early_warning.kept import Grounds
    from rentalwatch.early_warning.trial import Trial

_EPOCH = date(1970, 1, 1).toordinal()
HORIZON = 60
"""Days: what is found later than this after an alert was not found because of it."""


def backtest(
    rule: Annotated[str, typer.Option("--rule", help="A file with rules, or a rulebook's name or file.")],
    begin: Annotated[str, typer.Option("--from", help="The first day of the counts.")],
    to: Annotated[str, typer.Option("--to", help="The last day, included.")],
    area: AreaOption = "",
    within: Annotated[
        int, typer.Option("--within", min=1, help="Days within which a finding was found by an alert.")
    ] = HORIZON,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Try rules on kept counts of closed days: what each would have raised, what inspections found there,
    what it would have missed, and how many visits it would have cost. Nothing is recorded.

    Example: rentalwatch rules backtest --rule shanghai --from 2026-01-01 --to 2026-03-31
    """
    from rentalwatch.early_warning.kept import of_other_versions
    from rentalwatch.early_warning.trial import trial

    warnings = warnings_of(rulebooks.read_text(rule), rule)
    period = _day("--from", begin), _day("--to", to)
    if period[0] > period[1]:
        raise InvalidInputError("--from lies after --to", todo="Swap them.", code="RW-OPTIONS")
    where = f"{area.strip('/')}/" if area.strip("/") else ""
    with opened(data, lang) as session, session.asking() as models:
        engine = open_signals(session.place)
        with engine.connect() as signals, progress(session.words("trying_rules")):
            found = trial(models, signals, warnings, period, area=where, horizon_days=within)
            left_out = of_other_versions(signals, *period)
        engine.dispose()
        _shown(session.words, found, left_out, fmt)


def _day(option: str, text: str) -> int:
    found = day_named(option, text)
    if found is None:
        raise InvalidInputError(f"{option} is blank", todo="Write 2026-03-24.", code="RW-DATE")
    return found.toordinal() - _EPOCH


_HEADER = (
    "rule", "version", "alerts", "visits", "found", "known", "false", "unlooked", "missed", "recall",
    "precision_low", "precision_high", "visits_a_find", "median_lead_days",
)  # fmt: skip


def _shown(w: Words, found: Trial, left_out: int, fmt: Format) -> None:
    rows = [_row(tried) for tried in found.rules]
    if fmt is Format.JSON:
        as_json(
            {
                "homes": found.homes, "days": found.days, "days_left_out": left_out,
                "rules": [dict(zip(_HEADER, row, strict=True)) for row in rows],
                "visits": [_visit(visit) for visit in found.visits if visit.rule],
            }
        )  # fmt: skip
    elif fmt is Format.CSV:
        as_csv(_HEADER, rows)
    else:
        say(w("tried_on", days=f"{found.days:,}", homes=f"{found.homes:,}"))
        if rows:
            table([w(f"trial_{name}") for name in _HEADER], [_cells(w, row) for row in rows])
        else:
            say(w("would_raise_nothing"))
        if left_out:
            note(w("days_of_another_version", n=f"{left_out:,}"))


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "rule": visit.rule, "version": visit.version, "dwelling": visit.dwelling,
        "at": instant(visit.at).isoformat(), "alerts": visit.alerts, "what": visit.what,
    }  # fmt: skip


def _row(tried: Tried) -> list[Any]:
    low, high = tried.precision or (None, None)
    lead = None if tried.median_lead is None else round(tried.median_lead / DAY, 1)
    return [
        tried.rule, tried.version, tried.alerts, tried.visits, tried.found, tried.known, tried.false,
        tried.unlooked, tried.missed, tried.recall, low, high, tried.visits_a_find, lead,
    ]  # fmt: skip


def _cells(w: Words, row: list[Any]) -> list[Any]:
    shares = [w("na") if share is None else f"{share:.0%}" for share in row[9:12]]
    rest = ["" if number is None else f"{number:.1f}" for number in row[12:]]
    return [row[0] or w("all_rules"), *row[1:9], *shares, *rest]


class Told(NamedTuple):
    """What is told of an alert. `outside`: to a manager, who does not learn that anybody complained."""

    row: AlertRow
    grounds: Grounds | None
    rules: Mapping[str, WarningRule]
    """Those in force where it was raised, for their titles."""
    lang: Lang
    outside: bool

    @property
    def rule(self) -> str:
        """The rule's name; outside its title, which tells nothing of complaints."""
        name = self.row.alert.rule
        found = self.rules.get(name)
        if not self.outside or found is None:
            return name
        return reasons.title(found, self.lang, outside=True)

    @property
    def why(self) -> list[str]:
        codes = [code for code in self.row.alert.reasons.split(";") if code]
        return reasons.all_words(codes, self.lang, outside=self.outside, rules=self.rules)

    @property
    def figures(self) -> dict[str, float]:
        return reasons.told(self.grounds.figures if self.grounds else {}, outside=self.outside)

    @property
    def day(self) -> str:
        return date.fromordinal(_EPOCH + self.grounds.day).isoformat() if self.grounds else ""


def explain(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's number, or how it begins.")],
    role: Annotated[
        str, typer.Option("--role", help="Who looks: `manager` does not learn that anybody complained.")
    ] = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """What an alert rests on: each threshold with the figure that passed it, and every figure of the home on
    that day. An alert is never evidence.

    Example: rentalwatch rules explain 3f1c2a9b
    """
    from rentalwatch.early_warning.kept import grounds_of

    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(session, connection)
        row = alerts.find_alert(connection, alert, scope, as_manager=role == "manager")
        engine = open_signals(session.place)
        with engine.connect() as signals:
            grounds = grounds_of(signals, row.alert.record)
        engine.dispose()
        day = local_date(row.alert.raised_at, row.zone).toordinal() - _EPOCH
        in_force = InForce(Rules(session.ledger.adopted()), row.zone)(row.area, day)
        spoken: Lang = "zh" if session.words.lang == "zh" else "en"
        _explained(session.words, Told(row, grounds, in_force.rules, spoken, role == "manager"), fmt)


def _explained(w: Words, told: Told, fmt: Format) -> None:
    alert = told.row.alert
    if fmt is Format.JSON:
        as_json(
            {
                "alert": alert.record, "home": told.row.label, "rule": told.rule,
                "version": alert.rule_version, "day": told.day, "reasons": told.why, "figures": told.figures,
            }
        )  # fmt: skip
    elif fmt is Format.CSV:
        as_csv(["figure", "value"], [[name, figure] for name, figure in told.figures.items()])
    else:
        say(f"{alert.record} · {told.row.label} · {told.rule} ({alert.rule_version})")
        for reason in told.why:
            say(f"  {reason}")
        say(w("figures_of_that_day", day=told.day) if told.grounds else w("no_figures_kept"))
        if told.grounds:
            cells = [[f"  {title}", figure] for title, figure in reasons.figures(told.figures, told.lang)]
            table(["", ""], cells, bare=True)
