"""`sample`: a generated district in a data folder of its own, and its year as it was computed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from rentalwatch.cli import boards
from rentalwatch.cli.estate_year import year_
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, words_of
from rentalwatch.cli.show import say
from rentalwatch.cli.waiting import note, progress
from rentalwatch.errors import InvalidInputError
from rentalwatch.sample.district import MODEL_HOMES
from rentalwatch.sample.programme import NAME
from rentalwatch.sample.writing import Sample, standing_in, write
from rentalwatch.sample.year import BASELINE, BEFORE, LAST

FOLDER = Path("rentalwatch-sample")
"""Where the sample district lies unless another folder is named: never among real records."""
MODEL = "e001"
"""The model estate, by its identity key."""
THE_YEAR_BEFORE, AT_ITS_END = "2024-07..2025-06", "2026-03..2026-05"
"""The months whose calls are compared."""
DWELLINGS = MODEL_HOMES + 2_000


def sample(
    dwellings: Annotated[int, typer.Option("--dwellings", help="Homes, 4,000 to 300,000.")] = DWELLINGS,
    seed: Annotated[int, typer.Option("--seed", help="Another number tells another year.")] = 1,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Generate a district in which everything happens: calls, patrols, joint actions, sublandlords who leave,
    homes that relapse. Nothing in it is real. It goes into a folder of its own (rentalwatch-sample).

    Example: rentalwatch sample --dwellings 6000 --seed 1
    """
    words = words_of(lang)
    folder = data or FOLDER
    if not isinstance(folder, Path):
        raise InvalidInputError(
            "a sample district goes into a folder",
            todo="Name a folder with --data; `rentalwatch move` takes it into a cluster.",
            code="RW-OPTIONS",
        )
    wanted = Sample(dwellings, seed)
    held = standing_in(folder)
    if held != Sample(dwellings, seed, done=True):
        added = _write(folder, wanted, words("generating"))
        note(words("generated", events=f"{added:,}", homes=f"{dwellings:,}", folder=f"{folder}/"))
    if fmt is Format.TABLE:
        say(words("sample_mark"))
    boards.targets(programme=NAME, as_of=f"{LAST}", data=folder, fmt=fmt, lang=lang)
    if fmt is Format.TABLE:
        say()
        year_(
            MODEL, begin=f"{BASELINE}", as_of=f"{LAST}", baseline=THE_YEAR_BEFORE, months=AT_ITS_END,
            data=folder, lang=lang,
        )  # fmt: skip


def _write(folder: Path, wanted: Sample, title: str) -> int:
    first = datetime.fromisoformat(f"{BEFORE}T00:00:00+08:00")
    with progress(title) as report:

        def on_progress(told: datetime) -> None:
            report((told - first).days, (LAST - BEFORE).days)

        return write(folder, wanted, on_progress)
