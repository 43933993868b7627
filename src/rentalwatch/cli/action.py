"""`action`: joint actions, one header and the homes that refer to it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from projections import actions as read
from projections.subjects import find_subject
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, scope_of
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    limit_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER

app = typer.Typer(help="Joint actions: who went, and what became of each home.", no_args_is_help=True)

_OF_HOME = ("home", "area", "state", "access", "found", "verified_there", "departed")


@app.command("list")
def list_(
    area: AreaOption = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Joint actions, the last first.

    Example: rentalwatch action list --area pudong/
    """
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(session, connection, area=area, as_of=as_of, known_at=known_at)
        found = read.actions(connection, scope)
        w = session.words
        if fmt is Format.JSON:
            as_json([_header(action) for action in found])
            return
        header = ("action", "held_on", "area", "agencies", "officers", "partitions_removed", "beds_removed")
        rows = [
            [action["action_id"], day(action["held_at"], action["zone"]), action["area"], action["agencies"],
             action["officers"], _told(action["partitions_removed"]), _told(action["beds_removed"])]
            for action in found[: limit_of(limit, fmt)]
        ]  # fmt: skip
        if fmt is Format.CSV:
            as_csv(list(header), rows)
        elif not found:
            say(w("no_actions"))
        else:
            table([w(k) for k in header], rows)
            say(how_many(w, len(rows), len(found)))


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The action's id.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One joint action 集中整治 and its homes: where somebody got in, what was found and seen gone, who left.

    Example: rentalwatch action show JA-2026-09
    """
    with opened(data, lang) as session, session.asking() as connection:
        found = find_subject(connection, ("action",), name)
        scope, _ = scope_of(session, connection, as_of=as_of, known_at=known_at)
        headers = read.actions(connection, scope, found.stream_id)
        homes = read.homes_at(connection, scope, found.stream_id)
        counts = read.summary(homes)
        if fmt is Format.JSON:
            header = _header(headers[0]) if headers else None
            as_json({"action": header, **counts._asdict(), "homes": [_home(h) for h in homes]})
        elif fmt is Format.CSV:
            as_csv(["stream_id", *_OF_HOME], [[h["stream_id"], *_cells(h, None)] for h in homes])
        elif not headers:
            say(session.words("nothing_known"))
        else:
            _show(session.words, headers[0], homes, counts, limit_of(limit, fmt))


def _show(
    w: Words, action: dict[str, Any], homes: list[dict[str, Any]], counts: read.Summary, limit: int | None
) -> None:
    held = day(action["held_at"], action["zone"])
    say(" · ".join(part for part in (action["action_id"], held, action["area"]) if part))
    if action["agencies"]:
        say(w("action_agencies", agencies=action["agencies"], n=action["officers"]))
    for name in ("partitions_removed", "beds_removed"):
        if action[name] >= 0:
            say(w("action_removed", what=w(name), n=f"{action[name]:,}"))
    say(w("action_homes", homes=len(homes), **counts._asdict()))
    if homes:
        say()
        table([w(k) for k in _OF_HOME], [_cells(h, w) for h in homes[:limit]])
        say(how_many(w, len(homes[:limit]), len(homes)))


def _cells(home: dict[str, Any], w: Words | None) -> list[Any]:
    """A row of a table, or of a CSV without `w`."""
    state = w.state(home["state"]) if w else home["state"]
    access = w(f"access_{home['access']}") if w and home["access"] else home["access"]
    return [home["label"], home["area"], state, access, home["found"], home["verified"], home["departed"]]


def _told(number: int) -> int | None:
    return None if number < 0 else number


def _header(action: dict[str, Any]) -> dict[str, Any]:
    told = {name: _told(action[name]) for name in ("partitions_removed", "beds_removed")}
    shown = {k: v for k, v in action.items() if k != "zone"}
    return {**shown, **told, "held_at": stamp(action["held_at"], action["zone"])}


def _home(home: dict[str, Any]) -> dict[str, Any]:
    at = home["visited_at"]
    return {**home, "visited_at": None if at >= FOREVER else stamp(at, home["zone"])}
