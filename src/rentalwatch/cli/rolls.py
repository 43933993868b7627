"""`programme roll` and `programme amend`: which homes are on a roll 底数, frozen and changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated
from uuid import uuid5

import sqlalchemy as sa
import typer

from projections.files import FILES
from projections.names import NAMES
from projections.programmes import ROLLS, Found, find, rows_of
from projections.scope import Scope
from projections.targets import listed
from rentalwatch.cli.asking import AsOfOption, scope_of
from rentalwatch.cli.session import DataOption, LangOption, Session, one_of, opened
from rentalwatch.cli.show import say
from rentalwatch.cli.stating import OfficerOption, OnOption, SecondOption, actor, state, when
from rentalwatch.domain.events import Actor, RollAmended, RollFixed
from rentalwatch.domain.instants import FOREVER
from rentalwatch.errors import InvalidInputError, NotFoundError, NotPermittedError
from rentalwatch.ledger.statements import NO_RECORD, RECORDS

PART = 500
"""Homes in a part of a roll: an event of some 25 kB."""
ROLL_NAMES = ("stock", "screening")
_SHOWN = 5

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The programme's label, key or id.")]
RollOption = Annotated[str, typer.Option("--roll", help="stock 存量台账 or screening 排查底数.")]


def roll(
    name: NameArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Homes, one a row: label, key or id.")
    ] = None,
    which: RollOption = "stock",
    figure: Annotated[
        str, typer.Option("--from-figure", help="Instead of a file: the homes behind a figure, such as open.")
    ] = "",
    as_of: AsOfOption = "",
    on: OnOption = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """Freeze a roll of a programme: once, whole. Whoever is added later is shown as added.

    Example: rentalwatch programme roll "Three zeros" --roll stock --from-figure open --as-of 2026-01-01
    """
    one_of("--roll", which, ROLL_NAMES)
    if (file is None) == (not figure):
        raise InvalidInputError("which homes?", todo="Give a FILE, or --from-figure.", code="RW-OPTIONS")
    with opened(data, lang) as session:
        with session.asking() as connection:
            found = find(connection, name)
            _refuse_frozen(connection, found, which)
            if file is not None:
                homes = _resolved(connection, _read(file))
            else:
                scope, _ = scope_of(session, connection, as_of=as_of, programme=found)
                homes = [str(row["stream_id"]) for row in listed(connection, figure, scope)]
        homes = list(dict.fromkeys(homes))
        _freeze(session, found, which, homes, on, actor(officer))
        say(session.words("roll_fixed", roll=session.words(f"roll_{which}"), n=f"{len(homes):,}"))


def _freeze(
    session: Session, found: Found, which: str, homes: Sequence[str], on: str, by: Actor | None
) -> None:
    """A record a part, whose id follows from what it says: after an interruption the same command goes on."""
    parts = [homes[i : i + PART] for i in range(0, len(homes), PART)] or [[]]
    begun = when(RollFixed, on, found.zone)
    content = hashlib.sha256("\n".join(homes).encode()).hexdigest()
    for n, part in enumerate(parts, start=1):
        moment = begun["happened_at"] - timedelta(microseconds=len(parts) - n)
        event = RollFixed(
            record_id=NO_RECORD,
            **{**begun, "happened_at": moment},
            by=by,
            roll=which,
            part=n,
            parts=len(parts),
            dwellings=tuple(part),
        )
        record = uuid5(RECORDS, f"{found.stream_id} {which} {content} {n}")
        if session.ledger.outcome(record) is None:
            state(session, event, found.stream_id, record)


def _refuse_frozen(connection: sa.Connection, found: Found, which: str) -> None:
    held = rows_of(connection, ROLLS, found.stream_id, Scope(asked=FOREVER))
    if any(row.roll == which and row.frozen_at < FOREVER for row in held):
        raise NotPermittedError(
            f"the {which} roll of {found.label} is frozen",
            todo="Add or strike off homes with `rentalwatch programme amend`, with a reason.",
            code="RW-ROLL-FROZEN",
        )


def amend(
    name: NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why the frozen roll changes.")],
    second: SecondOption,
    officer: OfficerOption = "",
    which: RollOption = "stock",
    add: Annotated[
        list[str] | None, typer.Option("--add", help="A home to put on it; again for more.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="A home to strike off; again for more.")
    ] = None,
    on: OnOption = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """Change a frozen roll: with a reason, by two persons. What was frozen stays to be seen.

    Example: rentalwatch programme amend "Three zeros" --add "HOME" --reason "left out" --second 310115-0002
    """
    one_of("--roll", which, ROLL_NAMES)
    if not add and not remove:
        raise InvalidInputError("which homes?", todo="Give --add or --remove.", code="RW-OPTIONS")
    with opened(data, lang) as session:
        with session.asking() as connection:
            found = find(connection, name)
            added, removed = (_resolved(connection, homes or []) for homes in (add, remove))
        event = RollAmended(
            record_id=NO_RECORD,
            **when(RollAmended, on, found.zone),
            by=actor(officer),
            roll=which,
            added=tuple(added),
            removed=tuple(removed),
            reason=reason,
            second_officer=second,
        )
        state(session, event, found.stream_id)
        say(session.words("roll_amended", added=len(added), removed=len(removed)))
        if officer in ("", second):
            say(session.words("amended_by_one"))


def _read(file: Path) -> list[str]:
    """The homes that a file names, a row each; what follows a comma or a tab is left out."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise InvalidInputError(
            f"{file} cannot be read", todo="Give a text file in UTF-8, a home a row.", code="RW-FILE"
        ) from e
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _resolved(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    """The streams of homes. Raises NotFoundError with those that are not known, or are called alike."""
    known: dict[str, set[str]] = {}
    for some in _chunks(names):
        for called, stream in _called(connection, some):
            known.setdefault(called, set()).add(stream)
    wrong = [name for name in names if len(known.get(name, ())) != 1]
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise NotFoundError(
            f"no home, or several, are called {', '.join(map(repr, wrong[:_SHOWN]))}{more}",
            todo="Correct the names, or use ids: `rentalwatch list` shows them. Nothing was recorded.",
            code="RW-NO-DWELLING",
        )
    return [next(iter(known[name])) for name in names]


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while some := list(islice(left, PART)):
        yield some


def _called(connection: sa.Connection, names: list[str]) -> list[tuple[str, str]]:
    """(name, stream) for homes by id, label and identity key."""
    f, n = FILES.c, NAMES.c
    homes = f.kind == "dwelling"
    keys = (
        sa.select(n.name, n.stream_id)
        .join(FILES, f.stream_id == n.stream_id)
        .where(homes, n.name.in_(names), n.recorded_to == FOREVER, n.valid_to == FOREVER)
    )
    queries = (
        sa.select(f.stream_id, f.stream_id).where(homes, f.stream_id.in_(names)),
        sa.select(f.label, f.stream_id).where(homes, f.label.in_(names)),
        keys,
    )
    return [(row[0], row[1]) for query in queries for row in connection.execute(query)]
