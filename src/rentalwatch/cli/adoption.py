"""`rulebook adopt` and `rulebook list`: which rules count in this ledger, from when, and where."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from projections.rulebooks import Adopted, adoptions
from projections.scope import Scope
from rentalwatch import rulebooks
from rentalwatch.cli.adopted import day_named
from rentalwatch.cli.asking import AsOfOption, KnownOption, scope_of
from rentalwatch.cli.lookup import span
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    opened,
    recording,
    words_of,
)
from rentalwatch.cli.show import as_csv, as_json, day, say, stamp, table
from rentalwatch.cli.stating import OfficerOption
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import instant
from rentalwatch.domain.law import InForce
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.errors import NotFoundError
from rentalwatch.importers.adopting import adopt as store
from rentalwatch.ledger.store import wall_clock
from rentalwatch.settings import settings


def adopt(
    rulebook: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A rulebook's name or file.")],
    scope: Annotated[
        str | None, typer.Option("--scope", help="Where it holds, such as sh/pudong/ [default: as it says].")
    ] = None,
    begin: Annotated[
        str, typer.Option("--from", help="The first day on which it holds [default: as it says].")
    ] = "",
    until: Annotated[str, typer.Option("--until", help="The last day [default: as it says].")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why: a code, or the decision's number.")] = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Put a rulebook in force: its whole text and the calendar as it is known today go into the ledger, and
    count there from now on. The same again is known and adds nothing.

    Example: rentalwatch rulebook adopt shanghai --from 2026-01-01
    """
    text = rulebooks.read_text(rulebook)
    where = f"{scope.strip('/')}/" if scope and scope.strip("/") else scope
    with recording(data, lang, create=True) as session:
        event, outcome = store(
            session.ledger, text, now=instant(wall_clock()), scope=where and where.lstrip("/"),
            since=day_named("--from", begin), until=day_named("--until", until),
            reason=reason, officer=officer,
        )  # fmt: skip
    version = f"{event.name}@{event.version}"
    shown = {
        "rulebook": version, "scope": event.scope, "from": event.effective_from,
        "until": event.effective_until, "record_id": str(outcome.record_id), "again": outcome.again,
    }  # fmt: skip
    if fmt is Format.JSON:
        as_json(shown)
    elif fmt is Format.CSV:
        as_csv(list(shown), [list(shown.values())])
    else:
        w, at = session.words, stamp(outcome.recorded_at, settings().zone)
        holds = _where_and_when(w, event.scope, event.effective_from, event.effective_until)
        say(w("adopted_before" if outcome.again else "adopted", rulebook=version, holds=holds, at=at))


def list_(
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Which rulebooks there are: every version that was adopted, where and when it holds; and those that
    are shipped, which count where none of their name was adopted.

    Example: rentalwatch rulebook list --as-of 2026-03-31
    """
    w = words_of(lang)
    found, zone = _adopted(data, lang, as_of, known_at)
    rows = [_row(one, zone) for one in found] + [_shipped(*rulebooks.load(n)) for n in rulebooks.names()]
    if fmt is Format.JSON:
        as_json(rows)
    elif fmt is Format.CSV:
        as_csv(list(rows[0]), [list(row.values()) for row in rows])
    else:
        header = [
            w(k) for k in ("rulebook", "origin_of", "scope", "in_force", "adopted_at", "holds", "why_adopted")
        ]
        table(header, [_cells(w, row) for row in rows])


def _adopted(data: Path | str | None, lang: Any, as_of: str, known_at: str) -> tuple[list[Adopted], str]:
    """The adoptions; none where there is no ledger."""
    try:
        with opened(data, lang) as session, session.asking() as connection:
            scope, zone = scope_of(session, connection, as_of=as_of, known_at=known_at)
            asked = Scope(scope.asked, known_at=scope.known_at, axis=scope.axis)
            return adoptions(connection, asked, zone), zone
    except NotFoundError:
        return [], settings().zone


def _row(one: Adopted, zone: str) -> dict[str, Any]:
    return {
        "rulebook": f"{one.name}@{one.version}", "origin": "adopted", "scope": one.scope,
        "from": one.effective_from, "until": one.effective_until, "adopted_at": day(one.adopted_at, zone),
        "holds": one.holds, "reason": one.reason,
    }  # fmt: skip


def _shipped(book: Rulebook, version: str) -> dict[str, Any]:
    return {
        "rulebook": version, "origin": "shipped", "scope": book.scope, "from": book.effective_from,
        "until": book.effective_until, "adopted_at": None, "holds": None, "reason": "",
    }  # fmt: skip


def _cells(w: Words, row: dict[str, Any]) -> list[Any]:
    holds = "" if row["holds"] is None else w("yes" if row["holds"] else "not_yet")
    return [
        row["rulebook"], w(f"origin_{row['origin']}"), row["scope"],
        span(InForce(since=row["from"], until=row["until"]), w), row["adopted_at"], holds, row["reason"],
    ]  # fmt: skip


def _where_and_when(w: Words, scope: str, since: date | None, until: date | None) -> str:
    return " · ".join(p for p in (scope or w("any_area"), span(InForce(since=since, until=until), w)) if p)
