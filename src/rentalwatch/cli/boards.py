"""`targets`: the three targets, and the homes behind every number."""

from __future__ import annotations

from shlex import quote
from typing import Annotated, Any

import typer

from projections import targets as read
from projections.programmes import Found, find
from rentalwatch.cli.asking import (
    AreaOption,
    AsOfOption,
    KnownOption,
    KnownSourceOption,
    ProgrammeOption,
    scope_of,
)
from rentalwatch.cli.board_table import Asked, show_board
from rentalwatch.cli.figure_rows import list_rows, rows_as_sheet
from rentalwatch.cli.output import ForceOption, OutputOption, check_output
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    limit_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, stamp
from rentalwatch.errors import InvalidInputError


def targets(
    area: AreaOption = "",
    programme: ProgrammeOption = "",
    begin: Annotated[
        str,
        typer.Option("--from", help="Begin of the period [default: the programme's baseline, or 1 January]."),
    ] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    figure: Annotated[
        str,
        typer.Option("--list", help="The rows behind a figure: omitted, a, b1, b2, b3, confirmed_first, …"),
    ] = "",
    short: Annotated[bool, typer.Option("--short", help="The board alone, without where to go on.")] = False,
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
        found = find(connection, programme) if programme else None
        scope, zone = scope_of(
            session, connection, area=area, begin=begin, as_of=as_of, known_at=known_at,
            known_at_source=known_at_source, programme=found,
        )  # fmt: skip
        if figure:
            rows = read.listed(connection, figure, scope)
            if output is not None:
                rows_as_sheet((output, force), session.words, figure, rows[: limit or None], zone)
                return
            list_rows(session.words, figure, rows, zone, fmt, limit_of(limit, fmt))
            return
        asked = Asked(scope, zone, found, read.board(connection, scope), read.beside(connection, scope),
                      read.tagged(connection, scope))  # fmt: skip
        if fmt is Format.TABLE:
            given = {
                "--programme": programme, "--area": area, "--from": begin, "--as-of": as_of,
                "--known-at": known_at, "--known-at-source": known_at_source,
            }  # fmt: skip
            options = "".join(f" {name} {quote(value)}" for name, value in given.items() if value)
            show_board(session, connection, asked, known_at or known_at_source, options, short=short)
        else:
            _as_data(asked, fmt)


def _as_data(asked: Asked, fmt: Format) -> None:
    scope, zone = asked.scope, asked.zone
    value = read.as_json(
        asked.board,
        scope,
        lambda at: day(at, zone),
        programme=_programme(asked.programme, zone),
        tags=asked.tags,
        beside=asked.beside,
    )
    value["known_at"] = stamp(value["known_at"], zone)
    if fmt is Format.JSON:
        as_json(value)
        return
    flat = list(_flat("", value))
    as_csv([name for name, _ in flat], [[v for _, v in flat]])


def _programme(found: Found | None, zone: str) -> dict[str, str] | None:
    return found and {"label": found.label, "baseline": stamp(found.baseline, zone)}


def _flat(prefix: str, value: Any) -> Any:
    for name, part in value.items():
        if isinstance(part, dict):
            yield from _flat(f"{prefix}{name}.", part)
        else:
            yield f"{prefix}{name}", part
