"""`signals simulate`: a generated year of a district's signals, to try warning rules on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from rentalwatch.cli.ingesting import context, ingest_, tallies
from rentalwatch.cli.output import ForceOption, refuse_there, whole_file
from rentalwatch.cli.session import LangOption, words_of
from rentalwatch.cli.waiting import note, progress
from rentalwatch.errors import InvalidInputError

if TYPE_CHECKING:
    from projections.follow import Progress
    from rentalwatch.simulation import District

app = typer.Typer(
    help="Signals of gates, meters and listings: small, frequent, never evidence.", no_args_is_help=True
)

app.command("ingest")(ingest_)
app.command("context")(context)
app.command("tallies")(tallies)

STANDARD = "-"
"""Standard output as the name of a file."""


@app.command("simulate")
def simulate(
    dwellings: Annotated[int, typer.Option("--dwellings", help="Homes.")] = 400,
    days: Annotated[int, typer.Option("--days", help="Days.")] = 365,
    seed: Annotated[int, typer.Option("--seed", help="Another number tells another district.")] = 1,
    begin: Annotated[str, typer.Option("--from", help="The first day.")] = "2025-07-01",
    gas: Annotated[bool, typer.Option("--gas", help="With gas meters.")] = False,
    out: Annotated[
        str, typer.Option("--out", help="Where the records go (NDJSON); - is standard output.")
    ] = STANDARD,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Where to write what was true of each home.")
    ] = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """Generate the signals of a district and what was true of its homes. Nothing in it is real, and the same
    numbers give the same bytes.

    Example: rentalwatch signals simulate --dwellings 400 --seed 1 --out signals.ndjson --truth truth.ndjson
    """
    from rentalwatch.simulation import District  # numpy takes a moment
    from rentalwatch.simulation.truth import lines

    words = words_of(lang)
    district = District(seed, dwellings, days, _first_day(begin), gas=gas)
    for path in ([] if out == STANDARD else [Path(out)]) + ([truth] if truth else []):
        refuse_there(path, force=force)
    with _written(out, force=force) as file, progress(words("simulating")) as report:
        records = _write(file, district, report)
    if truth:
        with whole_file(truth, force=force) as part:
            part.write_bytes(b"".join(lines(district)))
    note(words("simulated", records=f"{records:,}", homes=f"{dwellings:,}", days=f"{days:,}"))


def _write(file: BinaryIO, district: District, report: Progress) -> int:
    from rentalwatch.simulation import readings

    records = 0
    for record in readings(district, lambda day: report(day, district.days)):
        file.write(record + b"\n")
        records += 1
    return records


def _first_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"--from {text!r} is not a date", todo="Write 2025-07-01.", code="RW-DATE"
        ) from None


@contextmanager
def _written(out: str, *, force: bool) -> Iterator[BinaryIO]:
    """The file of that name, whole once all is written; or standard output."""
    if out == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(Path(out), force=force) as part, part.open("wb") as file:
        yield file
