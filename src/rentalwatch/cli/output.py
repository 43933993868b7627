"""Results that go to a file: `--output`, never over another file unless `--force` says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from rentalwatch.cli.session import Format
from rentalwatch.cli.show import say
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import FOREVER, Micros, bound_date, instant, local_date
from rentalwatch.errors import InvalidInputError, StorageError

OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write a spreadsheet (.xlsx).", show_default=False)
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def check_output(output: Path | None, fmt: Format = Format.TABLE, *, force: bool = False) -> None:
    """Raises InvalidInputError or StorageError before anything is asked, if the file cannot be meant."""
    if output is None:
        return
    if output.suffix.lower() != ".xlsx" or fmt is not Format.TABLE:
        raise InvalidInputError(
            "--output writes a spreadsheet",
            todo="Name a file that ends in .xlsx, without --format. CSV and JSON: --format csv > FILE.",
            code="RW-OPTIONS",
        )
    refuse_there(output, force=force)


def refuse_there(path: Path, *, force: bool) -> None:
    """Raises StorageError for a file that is there, unless it may be written over."""
    if path.exists() and not (force and path.is_file()):
        raise StorageError(
            f"{path} is there already", todo="Name another file, or add --force.", code="RW-OUTPUT"
        )


def day_of(at: Micros | None, zone: str) -> date | None:
    """A day for a spreadsheet's cell."""
    return None if at is None or at >= FOREVER else local_date(at, zone)


def due_of(at: Micros | None, zone: str) -> date | None:
    """A due instant as a person writes it: the start of D+1 is D; anything else with its time."""
    if at is None or at >= FOREVER:
        return None
    moment = instant_in(at, zone)
    return bound_date(at, zone) if moment.time() == time() else moment


def instant_in(at: Micros, zone: str) -> datetime:
    """An instant on the wall clock of a zone."""
    return instant(at).astimezone(ZoneInfo(zone))


@contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[Path]:
    """A name to write to; once all is written the file is there whole. Raises StorageError."""
    refuse_there(path, force=force)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as e:
        raise StorageError(
            f"{path} cannot be written: {e.strerror or e}",
            todo="Name a file in a folder that you may write to.",
            code="RW-OUTPUT",
        ) from e
    finally:
        part.unlink(missing_ok=True)


def as_sheet(
    output: tuple[Path, bool],
    words: Words,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Writes rows as a spreadsheet: numbers as numbers, dates as dates. `output`: where to, and whether
    over a file that is there."""
    path, force = output
    from rentalwatch.importers.spreadsheet.writing import MAX_ROWS, SheetFile, widths  # takes a while

    if len(rows) > MAX_ROWS:
        raise InvalidInputError(
            f"{len(rows):,} rows are more than a sheet holds",
            todo="Ask for an --area, or use --format csv.",
            code="RW-OPTIONS",
        )
    with whole_file(path, force=force) as part:
        file = SheetFile(title, header, widths(rows))
        for row in rows:
            file.add(row)
        file.save(part)
    say(words("written_rows", n=f"{len(rows):,}", path=path))
