"""`targets`: the three targets, and the homes behind every number."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections import targets as read
from projections.files import FACTS, FILES
from projections.history import CLAIMS
from projections.scope import Scope
from rentalwatch import __version__
from rentalwatch.cli.asking import (
    AreaOption,
    AsOfOption,
    KnownOption,
    KnownSourceOption,
    known_phrase,
    scope_of,
)
from rentalwatch.cli.output import (
    ForceOption,
    OutputOption,
    as_sheet,
    check_output,
    day_of,
    due_of,
)
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    Session,
    limit_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, due_day, how_many, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.errors import InvalidInputError
from rentalwatch.settings import settings

_DUES = ("a_due", "b1_due", "b2_due", "b3_due")


def targets(
    area: AreaOption = "",
    begin: Annotated[str, typer.Option("--from", help="Begin of the period [default: 1 January].")] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    figure: Annotated[
        str,
        typer.Option("--list", help="The rows behind a figure: omitted, a, b1, b2, b3, confirmed_first, …"),
    ] = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """The three targets 存量零遗漏 · 新增零增长 · 已整治零返潮, for any day, as known on any day.

    Example: rentalwatch targets --as-of 2022-01-01 --list b2
    """
    check_output(output, fmt, force=force)
    if output is not None and not figure:
        raise InvalidInputError("which list?", todo="Add --list, such as --list b2.", code="RW-OPTIONS")
    with opened(data, lang) as session, session.asking() as connection:
        scope, zone = scope_of(
            session, connection, area=area, begin=begin, as_of=as_of, known_at=known_at,
            known_at_source=known_at_source,
        )  # fmt: skip
        if figure:
            rows = read.listed(connection, figure, scope)
            if output is not None:
                _as_sheet((output, force), session.words, figure, rows[: limit or None], zone)
                return
            _list(session.words, figure, rows, zone, fmt, limit_of(limit, fmt))
            return
        board = read.board(connection, scope)
        if fmt is Format.TABLE:
            given = {
                "--area": area, "--from": begin, "--as-of": as_of, "--known-at": known_at,
                "--known-at-source": known_at_source,
            }  # fmt: skip
            options = "".join(f" {name} {quote(value)}" for name, value in given.items() if value)
            _board(session, connection, board, scope, zone, known_at or known_at_source, options)
        else:
            _as_data(board, scope, zone, fmt)


def _as_data(board: read.Board, scope: Scope, zone: str, fmt: Format) -> None:
    value = read.as_json(board, scope, lambda at: day(at, zone))
    value["known_at"] = stamp(value["known_at"], zone)
    if fmt is Format.JSON:
        as_json(value)
        return
    flat = list(_flat("", value))
    as_csv([name for name, _ in flat], [[v for _, v in flat]])


def _flat(prefix: str, value: Any) -> Any:
    for name, part in value.items():
        if isinstance(part, dict):
            yield from _flat(f"{prefix}{name}.", part)
        else:
            yield f"{prefix}{name}", part


def _board(
    session: Session,
    connection: sa.Connection,
    board: read.Board,
    scope: Scope,
    zone: str,
    known: str,
    options: str,
) -> None:
    w, f = session.words, board.figure
    events = session.ledger.recorder.max_notification_id() or 0
    line = "ledger_line_one" if board.counts["known"] == 1 else "ledger_line"
    say(
        w(line, version=__version__, folder=session.shown, events=f"{events:,}",
          homes=f"{board.counts['known']:,}")
    )  # fmt: skip
    say()
    if not board.counts["known"]:
        say(w("empty_area" if events else "empty_ledger"))
    title = scope.area or w("all_areas")
    say(f"{title} · " + w("as_of", day=due_day(scope.asked, zone), known=known_phrase(w, scope, known)))
    period = {"begin": day(scope.begin, zone), "end": due_day(scope.asked, zone)}
    causes = " · ".join(f"{w('cause_' + c)} {f(c):,}" for c in ("a", "b1", "b2", "b3") if f(c) is not None)
    table(
        ["", "", ""],
        [
            _line(w, "zero_omission", f("omitted"), w("omitted"), causes),
            _line(w, "zero_growth", f("confirmed_first"), w("first_found", **period), _net(w, f("net"))),
            _line(w, "zero_relapse", f("relapses"), w("relapses", **period), _beside(w, board)),
        ],
        bare=True,
    )
    if board.proxy:
        say("  " + w("proxy"))
    if board.parked:
        say("  " + w("parked", n=board.parked))
    _look_closer(session, connection, w, board, options)


def _line(w: Words, target: str, figure: int | None, unit: str, beside: str) -> list[str]:
    unit = unit.replace("homes", "home", 1) if figure == 1 else unit
    return [f"  {w(target)}", w("na") if figure is None else f"{figure:,} {unit}", beside]


def _net(w: Words, net: int | None) -> str:
    return "" if net is None else w("net", net=f"{net:+,}" if net else "0")


def _beside(w: Words, board: read.Board) -> str:
    """What always stands beside the relapses: not verifying is the cheapest way to zero."""
    f, parts = board.figure, []
    if not board.ever["verified"]:
        parts.append(w("never_verified"))
    else:
        parts.append(w("verified", n=f"{f('verified') or 0:,}"))
        parts.append(w("revisits", made=f("revisits_on_time"), due=f("revisits_due")))
    if (claims := f("claims_unverified")) is not None:
        parts.append(w("claims", n=f"{claims:,}", refuted=f"{f('claims_refuted') or 0:,}"))
    return " · ".join(parts)


def _look_closer(
    session: Session, connection: sa.Connection, w: Words, board: read.Board, options: str
) -> None:
    label = _example(connection)
    if label is None:
        return
    there = "" if session.place == settings().data else f" --data {quote(session.shown.rstrip('/'))}"
    figure = next((c for c in ("b2", "a", "b3", "b1") if board.figure(c)), "known")
    say()
    say(w("look_closer"))
    table(
        ["", ""],
        [
            [f"  rentalwatch targets{options}{there} --list {figure}", w("hint_list")],
            [f'  rentalwatch file "{label}"{there}', w("hint_file")],
            [f"  rentalwatch targets{there} --as-of 2022-01-01", w("hint_day")],
        ],
        bare=True,
    )


def _example(connection: sa.Connection) -> str | None:
    """A file worth looking at: the one with the most refuted claims, else the one with the most facts."""
    c = CLAIMS.c
    refuted = (
        sa.select(c.stream_id).where(c.status == "refuted").group_by(c.stream_id)
        .order_by(sa.func.count().desc(), c.stream_id).limit(1)
    )  # fmt: skip
    busiest = (
        sa.select(FACTS.c.stream_id).where(FACTS.c.stream_id.like("dwelling-%")).group_by(FACTS.c.stream_id)
        .order_by(sa.func.count().desc(), FACTS.c.stream_id).limit(1)
    )  # fmt: skip
    stream = connection.execute(refuted).scalar() or connection.execute(busiest).scalar()
    return connection.execute(sa.select(FILES.c.label).where(FILES.c.stream_id == stream)).scalar()


def _columns(figure: str) -> list[str]:
    """What a row behind a figure says."""
    begin = ["stream_id", "label", "area"]
    if figure in read.WITHIN:
        return begin + list(read.WITHIN[figure][1][1:])
    columns = [*begin, "state", "round_no", "opening", "open_findings", *_DUES]
    return [*columns, "change"] if figure == "net" else columns


def _list(
    w: Words, figure: str, every: list[dict[str, Any]], zone: str, fmt: Format, limit: int | None
) -> None:
    rows = every[:limit]
    if fmt is Format.JSON:
        as_json([{k: _json(k, v, zone) for k, v in row.items()} for row in rows])
        return
    columns = _columns(figure)
    if fmt is Format.TABLE:
        columns = [c for c in columns[1:] if any(r[c] not in (None, "") for r in rows)]
    cells = [[_cell(w, c, r[c], zone, fmt) for c in columns] for r in rows]
    if fmt is Format.CSV:
        as_csv(columns, cells)
        return
    if not rows:
        say(w("nothing_listed"))
        return
    table([_title(w, c) for c in columns], cells)
    say(how_many(w, len(rows), len(every)) + " · " + w("next_file", label=rows[0]["label"]))


def _as_sheet(
    output: tuple[Path, bool], w: Words, figure: str, rows: list[dict[str, Any]], zone: str
) -> None:
    columns = [*_columns(figure)[1:], "stream_id"]

    def value(column: str, raw: Any) -> Any:
        if column in _DUES:
            return due_of(raw, zone)
        return day_of(raw, zone) if column == "claimed_at" else _cell(w, column, raw, zone, Format.TABLE)

    cells = [[value(c, row[c]) for c in columns] for row in rows]
    as_sheet(output, w, figure, [_title(w, c) for c in columns], cells)


_TITLES = {
    "label": "home", "area": "area", "state": "state", "round_no": "round", "open_findings": "findings",
    "claimed_at": "claimed_on", "opening": "opening", "change": "change", "number": "round", "key": "about",
    "stream_id": "id",
}  # fmt: skip


def _title(w: Words, column: str) -> str:
    if column in _DUES:
        return f"{column[:-4]} {w('due')}"
    return w(_TITLES[column]) if column in _TITLES else column


def _json(column: str, value: Any, zone: str) -> Any:
    instants = (*_DUES, "claimed_at")
    return stamp(value, zone) if column in instants and value is not None else value


def _cell(w: Words, column: str, value: Any, zone: str, fmt: Format) -> Any:
    if value is None:
        return ""
    if column in _DUES:
        return due_day(value, zone)
    if column == "claimed_at":
        return day(value, zone)
    if fmt is Format.CSV:
        return value
    if column == "state":
        return w.state(value)
    if column == "opening":
        return w(value) if value else ""
    return value
