"""`rulebook lookup`: which regimes a case may fall under, and which is lighter. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Protocol

import typer

from rentalwatch import rulebooks
from rentalwatch.cli.adopted import AdoptedOption, version_adopted
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, one_of, words_of
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.applicable import Applicable, Candidate, Case, look_up
from rentalwatch.domain.instants import local_date
from rentalwatch.domain.law import PARTIES, InForce, Sanction
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.store import wall_clock


class Titled(Protocol):
    """What has a title in both languages."""

    @property
    def title(self) -> str: ...
    @property
    def title_zh(self) -> str: ...


def title_of(thing: Titled, w: Words) -> str:
    """Its title in the language of the words."""
    return (thing.title_zh if w.lang == "zh" else "") or thing.title


def span(in_force: InForce, w: Words) -> str:
    """From when until when, as a person writes it."""
    since, until = in_force.since, in_force.until
    if since and until:
        return w("from_to", since=since, until=until)
    if since:
        return w("from_on", since=since)
    return w("up_to", until=until) if until else ""


def lookup(
    ground: Annotated[str, typer.Option("--ground", help="What was found, such as headcount.")],
    party: Annotated[str, typer.Option("--party", help="individual or company.")],
    acted: Annotated[str, typer.Option("--acted", help="The day of the act; if it lasted, its last day.")],
    decided: Annotated[str, typer.Option("--decided", help="The day of the decision [default: today].")] = "",
    overdue: Annotated[
        bool, typer.Option("--overdue", help="The order's time has run out, or it was refused.")
    ] = False,
    rulebook: Annotated[str, typer.Option("--rulebook", help="A rulebook's name or file.")] = "shanghai",
    adopted: AdoptedOption = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Every regime that a case may fall under, with articles and ranges, and which is lighter.

    Example: rentalwatch rulebook lookup --ground headcount --party individual --acted 2025-08-10
    """
    w = words_of(lang)
    if adopted:
        book, _ = version_adopted(rulebook, data, decided, option="--decided")
    else:
        book, _ = rulebooks.read(rulebooks.read_text(rulebook), rulebook)
    one_of("--ground", ground or " ", tuple(book.grounds))
    one_of("--party", party or " ", PARTIES)
    day = _day("--decided", decided) if decided else local_date(wall_clock(), book.zone)
    case = Case(
        ground, "company" if party == "company" else "individual", _day("--acted", acted), day, overdue
    )
    if case.decided < case.acted:
        raise InvalidInputError(
            "--decided lies before --acted", todo="Swap them, or correct one.", code="RW-OPTIONS"
        )
    found = look_up(book.law, case)
    if fmt is Format.JSON:
        as_json(plain_lookup(found, book, w))
        return
    header = [w(k) for k in ("regime", "title", "in_force_at", "tier", "fine", "article", "now", "compared")]
    rows = candidate_rows(found, w)
    if fmt is Format.CSV:
        as_csv(header, rows)
    else:
        say(_heading(found, book, w))
        if rows:
            table(header, rows)
        for line in sentences(found, book, w):
            say(line)


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r} is no date", todo="Write 2025-08-10.", code="RW-DATE"
        ) from None


def _heading(found: Applicable, book: Rulebook, w: Words) -> str:
    case = found.case
    parts = [
        title_of(book.grounds[case.ground], w),
        w(f"party_{case.party}"),
        w("acted_on", day=case.acted),
        w("decided_on", day=case.decided),
        w("order_overdue") if case.overdue else "",
    ]
    return " · ".join(p for p in parts if p)


def candidate_rows(found: Applicable, w: Words) -> list[list[Any]]:
    """A row for everything that each candidate threatens."""
    return [row for c in found.candidates for row in _rows(c, found, w)]


def _rows(c: Candidate, found: Applicable, w: Words) -> Iterator[list[Any]]:
    """A row for everything that the regime threatens."""
    at = "at_both" if c.at_act and c.at_decision else "at_act" if c.at_act else "at_decision"
    for s in c.sanctions:
        yield [
            c.name,
            title_of(c.regime, w),
            w(at),
            w(f"tier_{s.tier}"),
            w("fine_range", least=s.fine.least, most=s.fine.most) if s.fine else w("no_fine"),
            w("both_articles", ground=c.covered.article, sanction=s.article),
            w("yes") if s in c.open_now else w("not_yet"),
            w("lighter") if s is c.compared and c.name in found.lighter
            else w("is_compared") if s is c.compared and len(found.candidates) > 1 else "",
        ]  # fmt: skip


def sentences(found: Applicable, book: Rulebook, w: Words) -> Iterator[str]:
    """What must be known beside the ranges, in sentences."""
    if found.lighter:
        yield w(f"lighter_by_{found.by}", regimes=_named(found.lighter, w))
    for remark in found.remarks:
        yield w(f"remark_{remark.name}", regimes=_named(remark.regimes, w))
    if found.candidates:
        if book.law.leniency:
            yield w("leniency", title=title_of(book.law.leniency, w), article=book.law.leniency.article)
        if book.law.limitation:
            yield w(
                "limitation", day=found.found_by, later=found.found_by_where_life_or_health,
                article=book.law.limitation.article,
            )  # fmt: skip
        yield w("officer_decides")


def _named(regimes: tuple[str, ...], w: Words) -> str:
    return w("comma").join(regimes)


def plain_lookup(found: Applicable, book: Rulebook, w: Words) -> dict[str, Any]:
    law = book.law
    return {
        "case": found.case._asdict(),
        "basis": found.basis,
        "candidates": [_plain_candidate(c) for c in found.candidates],
        "lighter": list(found.lighter),
        "lighter_by": found.by or None,
        "remarks": [
            {"name": r.name, "regimes": list(r.regimes),
             "text": w(f"remark_{r.name}", regimes=_named(r.regimes, w))}
            for r in found.remarks
        ],
        "found_by": found.found_by,
        "found_by_where_life_or_health": found.found_by_where_life_or_health,
        "limitation": law.limitation.model_dump(mode="json") if law.limitation else None,
        "leniency": law.leniency.model_dump(mode="json") if law.leniency else None,
    }  # fmt: skip


def _plain_candidate(c: Candidate) -> dict[str, Any]:
    return {
        "regime": c.name,
        "title": c.regime.title,
        "title_zh": c.regime.title_zh,
        "rank": c.regime.rank,
        "since": c.regime.in_force.since,
        "until": c.regime.in_force.until,
        "at_act": c.at_act,
        "at_decision": c.at_decision,
        "article": c.covered.article,
        "counts_as_group_rental": c.covered.counts_as_group_rental,
        "order_first": c.order_first,
        "compared": _plain_sanction(c.compared),
        "sanctions": [{**_plain_sanction(s), "now": s in c.open_now} for s in c.sanctions],
    }


def _plain_sanction(s: Sanction) -> dict[str, Any]:
    return {
        "tier": s.tier,
        "least": s.fine.least if s.fine else None,
        "most": s.fine.most if s.fine else None,
        "article": s.article,
    }
