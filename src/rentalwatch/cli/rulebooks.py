"""`rulebook show`, `rulebook check`: what a rulebook says, and what is wrong with one of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from rentalwatch import rulebooks
from rentalwatch.cli.adopted import AdoptedOption, version_adopted
from rentalwatch.cli.adoption import adopt, list_
from rentalwatch.cli.lookup import lookup, span, title_of
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, one_of, words_of
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.law import InForce
from rentalwatch.domain.rulebook import Rulebook, content_hash
from rentalwatch.errors import InvalidInputError

app = typer.Typer(help="Rulebooks: grounds, law by date, clocks.", no_args_is_help=True)
app.command("lookup")(lookup)
app.command("adopt")(adopt)
app.command("list")(list_)

PARTS = ("clocks", "grounds", "regimes", "definitions")
"""What `rulebook show --part` may ask for."""


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A rulebook's name or file [default: lists them].")] = "",
    part: Annotated[str, typer.Option("--part", help="clocks, grounds, regimes or definitions.")] = "",
    adopted: AdoptedOption = False,
    as_of: Annotated[
        str, typer.Option("--as-of", help="With --adopted: on which day [default: today].")
    ] = "",
    area: Annotated[
        str | None, typer.Option("--area", help="With --adopted: where, such as sh/pudong/.")
    ] = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """What a rulebook says: its clocks, grounds, regimes and definitions; or which rulebooks there are.

    Example: rentalwatch rulebook show shanghai --part regimes
    """
    one_of("--part", part, PARTS)
    w = words_of(lang)
    if not name:
        _list(w, fmt)
        return
    if (as_of or area is not None) and not adopted:
        raise InvalidInputError(
            "--as-of and --area ask which version was adopted", todo="Add --adopted.", code="RW-OPTIONS"
        )
    if adopted:
        book, version = version_adopted(name, data, as_of, area=area and f"{area.strip('/')}/")
    else:
        book, text = rulebooks.read(rulebooks.read_text(name), name)
        version = f"{book.name}@{content_hash(text.encode())}"
    if fmt is Format.JSON:
        as_json({"version": version, **_plain(book)})
    elif fmt is Format.CSV:
        as_csv(*_part(w, book, part or PARTS[0]))
    else:
        say(_heading(w, book, version))
        for each in [part] if part else PARTS:
            header, rows = _part(w, book, each)
            if rows:
                say(f"\n{w(f'part_{each}')}")
                table(header, rows)


@app.command("check")
def check(
    rulebook: Annotated[str, typer.Argument(metavar="FILE", help="A rulebook's file or name.")],
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Whether a rulebook can be used; every complaint with its line.

    Example: rentalwatch rulebook check my_district.yaml
    """
    found, complaints = rulebooks.check(rulebooks.read_text(rulebook))
    if fmt is Format.JSON:
        as_json({"ok": found is not None, "complaints": [c.model_dump() for c in complaints]})
    elif fmt is Format.CSV:
        as_csv(["line", "where", "what"], [[c.line, c.where, c.what] for c in complaints])
    elif found is None:
        for complaint in complaints:
            say(f"{rulebook}:{complaint.line}: {complaint.where}: {complaint.what}")
    else:
        say(
            words_of(lang)(
                "rulebook_ok", name=found.name, grounds=len(found.grounds), clocks=len(found.clocks),
                regimes=len(found.law.regimes), rules=len(found.warning.rules),
                tests=found.warning.number_of_tests,
            )
        )  # fmt: skip
    if found is None:
        raise typer.Exit(InvalidInputError.exit_code)


def _list(w: Words, fmt: Format) -> None:
    books = [rulebooks.load(name) for name in rulebooks.names()]
    if fmt is Format.JSON:
        as_json([{"version": version, **_plain(book)} for book, version in books])
        return
    header = [w(k) for k in ("rulebook", "title", "zone", "scope", "known_days")]
    rows = [[version, title_of(b, w), b.zone, b.scope, _through(b)] for b, version in books]
    (as_csv if fmt is Format.CSV else table)(header, rows)


def _through(book: Rulebook) -> str:
    """The last year whose working days are known; nothing where they do not count."""
    through = book.calendar.announced_through if isinstance(book.calendar, Calendar) else None
    return str(through or "")


def _plain(book: Rulebook) -> dict[str, Any]:
    """A rulebook as data; of the calendar only how far it is known."""
    plain = book.model_dump(mode="json")
    if isinstance(book.calendar, Calendar):
        plain["calendar"] = {k: plain["calendar"][k] for k in ("name", "first_year", "announced_through")}
    return plain


def _heading(w: Words, book: Rulebook, version: str) -> str:
    holds = span(InForce(since=book.effective_from, until=book.effective_until), w)
    through = w("days_known_through", year=_through(book)) if _through(book) else ""
    parts = [version, title_of(book, w), book.zone, book.scope, holds, through]
    return " · ".join(p for p in parts if p)


def _part(w: Words, book: Rulebook, part: str) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of one part."""
    names, rows = {
        "clocks": (("clock", "length", "origin"), _clocks),
        "grounds": (("ground", "title", "covered_by", "counts_in"), _grounds),
        "regimes": (
            ("regime", "title", "in_force", "tier", "party", "fine", "of_grounds", "article"), _regimes,
        ),
        "definitions": (("definition", "value", "unit", "in_force", "origin"), _definitions),
    }[part]  # fmt: skip
    return [w(k) for k in names], list(rows(w, book))


def _clocks(w: Words, book: Rulebook) -> Iterator[list[Any]]:
    for name, clock in book.clocks.items():
        way, n = clock.length
        yield [name, w(f"length_{way}", n=f"{n:g}"), clock.origin]


def _grounds(w: Words, book: Rulebook) -> Iterator[list[Any]]:
    for name, ground in book.grounds.items():
        having = {r: regime.grounds[name] for r, regime in book.law.regimes.items() if name in regime.grounds}
        counting = [r for r, covered in having.items() if covered.counts_as_group_rental]
        yield [name, title_of(ground, w), ", ".join(having), ", ".join(counting)]


def _regimes(w: Words, book: Rulebook) -> Iterator[list[Any]]:
    for name, regime in book.law.regimes.items():
        named = {g for s in regime.sanctions for g in s.grounds}
        for s in regime.sanctions:
            fine = w("fine_range", least=s.fine.least, most=s.fine.most) if s.fine else w("no_fine")
            grounds = ", ".join(s.grounds or [g for g in regime.grounds if g not in named])
            yield [
                name, title_of(regime, w), span(regime.in_force, w), w(f"tier_{s.tier}"),
                w(f"party_{s.party}"), fine, grounds, s.article,
            ]  # fmt: skip


def _definitions(w: Words, book: Rulebook) -> Iterator[list[Any]]:
    for name, d in book.law.definitions.items():
        yield [name, f"{d.value:g}", d.unit, span(d.in_force, w), d.origin]
