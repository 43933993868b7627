"""The board as a table: three targets, what always stands beside them, where to look closer."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import NamedTuple

import sqlalchemy as sa

from projections import targets as read
from projections.files import FILES
from projections.history import CLAIMS
from projections.programmes import Found
from projections.scope import Scope
from rentalwatch import __version__
from rentalwatch.cli.asking import known_phrase
from rentalwatch.cli.session import Session
from rentalwatch.cli.show import day, due_day, say, table
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY, Micros
from rentalwatch.settings import settings

HALF_A_YEAR: Micros = 182 * DAY
"""How long before the asked day the other board lies that is offered."""


class Asked(NamedTuple):
    """What was asked, and everything that was found."""

    scope: Scope
    zone: str
    programme: Found | None
    board: read.Board
    beside: Mapping[str, int | None]
    tags: Mapping[str, Mapping[str, int]]


def show_board(
    session: Session,
    connection: sa.Connection,
    asked: Asked,
    known: str,
    options: str,
    *,
    short: bool = False,
) -> None:
    """The board on the terminal. `known`: what was asked of knowledge; `options`: to ask the same again;
    `short`: the board alone."""
    scope, zone, board = asked.scope, asked.zone, asked.board
    w, f = session.words, board.figure
    if not short:
        _ledger_line(session, board)
    title = scope.area or w("all_areas")
    title = f"{asked.programme.label} · {title}" if asked.programme else title
    say(f"{title} · " + w("as_of", day=due_day(scope.asked, zone), known=known_phrase(w, scope, known)))
    period = {"begin": day(scope.begin, zone), "end": due_day(scope.asked, zone)}
    causes = " · ".join(
        f"{w('cause_' + c)} {f(c):,}" for c in ("a", "b1", "b2", "b3", "c") if f(c) is not None
    )
    table(
        ["", "", ""],
        [
            _line(w, "zero_omission", f("omitted"), w("omitted"), causes),
            _line(w, "zero_growth", f("confirmed_first"), w("first_found", **period), _growth(w, board)),
            _line(w, "zero_relapse", f("relapses"), w("relapses", **period), _beside(w, board)),
        ],
        bare=True,
    )
    for line in [*_tags(w, asked), *_beside_lines(w, asked)]:
        say("  " + line)
    if board.proxy:
        say("  " + w("proxy"))
    if board.parked:
        say("  " + w("parked", n=board.parked))
    if not short:
        _look_closer(session, connection, w, asked, options)


def _ledger_line(session: Session, board: read.Board) -> None:
    """Where it was read from, and how much there is."""
    events, homes = session.ledger.recorder.max_notification_id() or 0, board.counts["known"]
    line = "ledger_line_one" if homes == 1 else "ledger_line"
    told = {"version": __version__, "folder": session.shown, "events": f"{events:,}", "homes": f"{homes:,}"}
    say(session.words(line, **told))
    say()
    if not homes:
        say(session.words("empty_area" if events else "empty_ledger"))


def _line(w: Words, target: str, figure: int | None, unit: str, beside: str) -> list[str]:
    unit = unit.replace("homes", "home", 1) if figure == 1 else unit
    return [f"  {w(target)}", w("na") if figure is None else f"{figure:,} {unit}", beside]


def _growth(w: Words, board: read.Board) -> str:
    """The net, and how many were put right in time where a rulebook defines it."""
    net, due, parts = board.figure("net"), board.figure("disposal_due"), []
    if net is not None:
        parts.append(w("net", net=f"{net:+,}" if net else "0"))
    if due is not None:
        parts.append(w("timely", made=f"{board.figure('disposed_in_time') or 0:,}", due=f"{due:,}"))
    return " · ".join(parts)


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


def _tags(w: Words, asked: Asked) -> list[str]:
    """How the relapses were caught, if there are any: a complaint means that all three defences failed."""
    told = asked.tags.get("caught_by", {})
    parts = [w("caught", n=n, by=w(f"caught_by_{by}")) for by, n in told.items()]
    return [w("caught_by") + " " + " · ".join(parts)] if parts else []


def _beside_lines(w: Words, asked: Asked) -> list[str]:
    """What else is not as it should be; what is none is left out."""
    told = [(name, n) for name, n in asked.beside.items() if n and name != "screening_due"]
    texts = [w(f"beside_{name}", n=f"{n:,}", of=asked.beside.get("screening_due")) for name, n in told]
    if asked.board.figure("stock_off_roll"):
        texts.append(w("beside_stock_off_roll", n=asked.board.figure("stock_off_roll")))
    return [w("beside") + " " + " · ".join(texts[i : i + 3]) for i in range(0, len(texts), 3)]


def _look_closer(session: Session, connection: sa.Connection, w: Words, asked: Asked, options: str) -> None:
    label = _example(connection, asked.scope)
    if label is None:
        return
    there = "" if session.place == settings().data else f" --data {quote(session.shown.rstrip('/'))}"
    figure = next((c for c in ("b2", "a", "b3", "b1") if asked.board.figure(c)), "known")
    named = f" --programme {quote(asked.programme.label)}" if asked.programme else ""
    named += f" --area {quote(asked.scope.area)}" if asked.scope.area and not asked.programme else ""
    before = due_day(asked.scope.asked - HALF_A_YEAR, asked.zone)[:10]
    say()
    say(w("look_closer"))
    table(
        ["", ""],
        [
            [f"  rentalwatch targets{options}{there} --list {figure}", w("hint_list")],
            [f'  rentalwatch file "{label}"{there}', w("hint_file")],
            [f"  rentalwatch targets{named}{there} --as-of {before}", w("hint_day")],
        ],
        bare=True,
    )


def _example(connection: sa.Connection, scope: Scope) -> str | None:
    """A home of the area worth looking at: the one with the most refuted claims, else with the most facts."""
    c, f = CLAIMS.c, FILES.c
    there = (f.kind == "dwelling", *scope.within(f.area))
    refuted = (
        sa.select(f.label).join(CLAIMS.table, c.stream_id == f.stream_id).where(c.status == "refuted", *there)
        .group_by(f.stream_id, f.label).order_by(sa.func.count().desc(), f.stream_id).limit(1)
    )  # fmt: skip
    busiest = sa.select(f.label).where(*there).order_by(f.last_version.desc(), f.stream_id).limit(1)
    return connection.execute(refuted).scalar() or connection.execute(busiest).scalar()
