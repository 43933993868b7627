"""`rules`: warning rules, and how good each was."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from projections import precision
from projections.precision import Precision
from rentalwatch import rulebooks
from rentalwatch.cli.adopted import AdoptedOption, version_adopted
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, KnownSourceOption, scope_of
from rentalwatch.cli.backtesting import backtest, explain
from rentalwatch.cli.lookup import title_of
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened, words_of
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.domain.warning import COMBINED, COMPARISONS, Condition, WarningRule

app = typer.Typer(help="Warning rules: what they ask, how good they were.", no_args_is_help=True)
app.command("backtest")(backtest)
app.command("explain")(explain)


@app.command("list")
def list_(
    rulebook: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A rulebook's name or file.")],
    adopted: AdoptedOption = False,
    as_of: Annotated[
        str, typer.Option("--as-of", help="With --adopted: on which day [default: today].")
    ] = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """The warning rules of a rulebook with their versions: when each fires, for whom, how much it counts.

    Example: rentalwatch rules list shanghai
    """
    if adopted:
        book, _ = version_adopted(rulebook, data, as_of)
    else:
        book, _ = rulebooks.read(rulebooks.read_text(rulebook), rulebook)
    w = words_of(lang)
    rows = _rules(book, w)
    if fmt is Format.JSON:
        as_json(rows)
        return
    header = ["rule", "version", "title", "fires_where", "for_whom", "score", "raises"]
    cells = [[row[k] for k in header] for row in rows]
    (as_csv if fmt is Format.CSV else table)([w(f"of_rule_{k}") for k in header], cells)
    if fmt is Format.TABLE and not rows:
        say(w("no_warning_rules"))


def _rules(book: Rulebook, w: Words) -> list[dict[str, Any]]:
    warning = book.warning
    rows: list[dict[str, Any]] = [
        {
            "rule": name,
            "version": warning.versions[name],
            "title": title_of(rule, w),
            "fires_where": " & ".join(map(_condition, rule.all)),
            "for_whom": w(f"only_{rule.only}"),
            "score": rule.score,
            "raises": w(_raises(rule)),
        }
        for name, rule in warning.rules.items()
    ]
    if warning.combined is not None:
        rows.append(
            {
                "rule": COMBINED,
                "version": warning.versions[COMBINED],
                "title": w("combined_score"),
                "fires_where": f"score >= {warning.combined.threshold:g}",
                "for_whom": w("only_any"),
                "score": None,
                "raises": w("raises_alert"),
            }
        )
    return rows


def _raises(rule: WarningRule) -> str:
    if not rule.alone:
        return "raises_only_combined"
    return "raises_relapse_alert" if rule.relapse else "raises_alert"


def _condition(condition: Condition) -> str:
    comparison, number = condition.limit
    times = f" × {condition.times}" if condition.times else ""
    return f"{condition.feature} {COMPARISONS[comparison]} {number:g}{times}"


@app.command("precision")
def precision_(
    rule: Annotated[str, typer.Option("--rule", help="Only this rule.")] = "",
    area: AreaOption = "",
    begin: Annotated[
        str, typer.Option("--from", help="Alerts raised since [default: the begin of the year].")
    ] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """How good each version of a rule was: alerts raised, answered, confirmed by an inspection, false, open;
    those answered as unfounded and confirmed later; the precision with its interval.

    Example: rentalwatch rules precision --area sh/pudong/ --from 2026-01-01
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(
            session, connection, area=area, begin=begin, as_of=as_of, known_at=known_at,
            known_at_source=known_at_source,
        )  # fmt: skip
        found = precision.precision(connection, scope, rule)
        _shown(session.words, found, fmt)


_HEADER = (
    "rule", "version", "raised", "answered", "confirmed_by_inspection", "false", "lifted", "open",
    "unfounded", "missed", "precision", "interval_low", "interval_high", "median_days",
)  # fmt: skip


def _shown(w: Words, found: list[Precision], fmt: Format) -> None:
    rows = [_row(p) for p in found]
    if fmt is Format.JSON:
        as_json([dict(zip(_HEADER, row, strict=True)) for row in rows])
    elif fmt is Format.CSV:
        as_csv(_HEADER, rows)
    elif not rows:
        say(w("no_alerts_raised"))
    else:
        table([w(f"of_rule_{name}") for name in _HEADER], [_cells(w, row) for row in rows])
        say(w("precision_means"))


def _row(p: Precision) -> list[Any]:
    low, high = p.interval or (None, None)
    took = p.median_to_confirmation
    days = None if took is None else round(took / DAY, 2)
    return [
        p.rule, p.version, p.raised, p.answered, p.confirmed, p.false, p.lifted, p.open, p.unfounded,
        p.missed, p.precision, low, high, days,
    ]  # fmt: skip


def _cells(w: Words, row: list[Any]) -> list[Any]:
    shares = [w("na") if share is None else f"{share:.0%}" for share in row[10:13]]
    days = "" if row[13] is None else f"{row[13]:.1f}"
    return [*row[:10], *shares, days]
