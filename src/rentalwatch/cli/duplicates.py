"""`duplicates`: which homes are possibly the same dwelling, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from projections.duplicates import facts_of, possibly_same
from rentalwatch.cli.asking import AreaOption
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, limit_of, opened
from rentalwatch.cli.show import as_csv, as_json, how_many, say, table
from rentalwatch.cli.waiting import progress
from rentalwatch.cli.words import Words
from rentalwatch.domain.addresses import REASONS, Group, Member

GroupLimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, help="How many groups at most; 0 for all [default: 50 on a terminal, else all]."
    ),
]


def duplicates(
    area: AreaOption = "",
    limit: GroupLimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Which homes are possibly the same dwelling 疑似重复, and why; nothing is changed.

    Example: rentalwatch duplicates --area nyc/bronx/cb12/ --limit 5
    """
    with opened(data, lang) as session, session.asking() as connection:
        below = f"{area.rstrip('/')}/" if area else ""
        with progress(session.words("comparing")) as report:
            found = possibly_same(connection, below, report)
        shown = found[: limit_of(limit, fmt)]
        counts = facts_of(connection, dict.fromkeys(m.stream_id for g in shown for m in g.members))
        told = [
            {"group": n, "certainty": g.certainty, "homes": [_home(m, counts) for m in g.members]}
            for n, g in enumerate(shown, start=1)
        ]
        if fmt is Format.JSON:
            as_json(told)
        elif fmt is Format.CSV:
            _as_csv(told)
        else:
            _table(session.words, told, found)


_OF_HOME = ("stream_id", "label", "area", "facts", "reasons")


def _home(member: Member, counts: dict[str, int]) -> dict[str, Any]:
    address = member.address
    reasons = [r for r in REASONS if r in member.reasons]
    cells = (member.stream_id, address.label, address.area, counts[member.stream_id], reasons)
    return dict(zip(_OF_HOME, cells, strict=True))


def _as_csv(told: list[dict[str, Any]]) -> None:
    rows = [
        [g["group"], g["certainty"], *(h[c] for c in _OF_HOME[:-1]), ";".join(h["reasons"])]
        for g in told
        for h in g["homes"]
    ]
    as_csv(["group", "certainty", *_OF_HOME], rows)


def _table(w: Words, told: list[dict[str, Any]], found: list[Group]) -> None:
    if not found:
        say(w("no_duplicates"))
        return
    rows = [
        [g["group"], w(g["certainty"]), h["label"], _why(w, h["reasons"]), h["facts"], h["stream_id"]]
        for g in told
        for h in g["homes"]
    ]
    table([w(k) for k in ("group", "certainty", "home", "why", "facts", "stream")], rows)
    homes = len({m.stream_id for group in found for m in group.members})
    say()
    if len(told) < len(found):
        say(how_many(w, len(told), len(found)))
    say(w("group_total" if len(found) == 1 else "groups_total", n=f"{len(found):,}", homes=f"{homes:,}"))


def _why(w: Words, reasons: list[str]) -> str:
    between = "；" if w.lang == "zh" else "; "
    return between.join(w(f"why_{r}") for r in reasons) or w("why_as_written")
