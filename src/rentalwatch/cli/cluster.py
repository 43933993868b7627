"""`migrate` and `move`: a cluster's database, and the way of an embedded ledger into it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, words_of
from rentalwatch.cli.show import as_csv, as_json, say
from rentalwatch.cli.waiting import progress
from rentalwatch.errors import InvalidInputError
from rentalwatch.extras import needs
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.migrating import migrate as make
from rentalwatch.settings import is_dsn, settings


def migrate(data: DataOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """Make the tables of a cluster's database, or bring them to this version. Safe to repeat, and when any
    number of processes do it at once.

    Example: rentalwatch migrate --data postgresql://rentalwatch@db/rentalwatch
    """
    dsn = data or settings().data
    if not isinstance(dsn, str):
        raise InvalidInputError(
            f"{dsn} is a folder; only a cluster's database is migrated",
            todo="Name the database: --data postgresql://user@host/name, or RENTALWATCH_DATA.",
            code="RW-OPTIONS",
        )
    formats, beside = make(dsn)
    if fmt is Format.JSON:
        as_json({"migrated_to": formats})
    elif fmt is Format.CSV:
        as_csv(["migrated_to"], [[step] for step in formats])
    else:
        say(words_of(lang)("migrated" if formats or beside else "migrated_before"))


def move(
    to: Annotated[str, typer.Option("--to", help="The migrated database: postgresql://user@host/name.")],
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Take the ledger of a folder into a cluster's database, whole; the folder refuses commands afterwards.
    Safe to run again if it was interrupted.

    Example: rentalwatch move --to postgresql://rentalwatch@db/rentalwatch
    """
    folder, words = data or settings().data, words_of(lang)
    if not isinstance(folder, Path) or not is_dsn(to):
        raise InvalidInputError(
            "a folder's ledger is moved to a database", todo="rentalwatch move --data FOLDER --to DSN"
        )
    with needs("cluster"):
        from rentalwatch.ledger.moving import move as take

    with open_ledger(folder) as ledger:
        total = ledger.recorder.max_notification_id() or 0
    with progress(words("moving")) as report:
        copied = take(folder, to, lambda position: report(position, total))
    if fmt is Format.JSON:
        as_json({"events": copied})
    elif fmt is Format.CSV:
        as_csv(["events"], [[copied]])
    else:
        say(words("moved", n=f"{copied:,}", folder=f"{folder}/"))
