"""Results that go to a file: `--output`, never over another file unless `--force` says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from rentalwatch.cli.waiting import note
from rentalwatch.cli.words import Words
from rentalwatch.errors import InvalidInputError, StorageError

OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="The .xlsx file to write.", show_default=False)
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def need_output(output: Path | None, wanted: bool) -> None:
    """Raises InvalidInputError unless a file is named where one is written, and only there."""
    if wanted and output is None:
        raise InvalidInputError("where to?", todo="Add --output FILE.xlsx.", code="RW-OPTIONS")
    if output is not None and not wanted:
        raise InvalidInputError(
            "--output goes with --format xlsx", todo="Tables, JSON and CSV: use > FILE.", code="RW-OPTIONS"
        )


@contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[Path]:
    """A name to write to; once all is written the file is there whole. Raises StorageError."""
    if path.exists() and not (force and path.is_file()):
        raise StorageError(
            f"{path} is there already", todo="Name another file, or add --force.", code="RW-OUTPUT"
        )
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
    path: Path, words: Words, title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], *, force: bool
) -> None:
    """Writes rows as a spreadsheet: numbers as numbers, dates as dates."""
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
    note(words("written_rows", n=f"{len(rows):,}", path=path))
