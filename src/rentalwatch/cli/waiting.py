"""What a command shows while something takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from projections import follow
from projections.generations import FoldOlderError, at_live
from projections.lag import lag
from rentalwatch.cli.refusals import said
from rentalwatch.cli.words import Words
from rentalwatch.ledger.store import wall_clock

SHOW_AFTER = 1.0
"""Seconds after which a step shows its progress."""

LOOK = 0.1
"""Seconds between two looks at how far the workers of a cluster are."""

PATIENCE = 5.0
"""Seconds without any progress after which nobody is waited for: what was recorded is safe."""


@contextmanager
def progress(title: str) -> Iterator[follow.Progress]:
    """A bar on the terminal's error stream, for steps of more than a second."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(compact=True),
        console=console, transient=not console.is_terminal, disable=not console.is_terminal,
    )  # fmt: skip
    begun = time.monotonic()
    first: list[int] = []
    task = None

    def report(done: int, total: int) -> None:
        nonlocal task
        elapsed = time.monotonic() - begun
        if not first:
            first.append(done)
        if task is None:
            if elapsed < SHOW_AFTER:
                return
            bar.start()
            task = bar.add_task(title, total=total, rate="")
        bar.update(task, completed=done, total=total, rate=f"{(done - first[0]) / max(elapsed, 0.1):,.0f}/s")

    try:
        yield report
    finally:
        if task is not None:
            bar.stop()


def await_workers(engine: sa.Engine, words: Words) -> None:
    """Waits while a cluster's workers fold; not for ever for workers that are not there, nor for those that
    wait for a rebuild: what was recorded is safe, which is then said beside the result."""
    try:
        _await(engine, words)
    except FoldOlderError as e:
        note(said(e, words))


def _await(engine: sa.Engine, words: Words) -> None:
    fewest, since = None, time.monotonic()
    first = 0
    with progress(words("folding")) as report:
        while True:
            with at_live(engine) as connection:
                waiting = lag(connection, wall_clock()).events
            first = max(first, waiting)
            if fewest is None or waiting < fewest:
                fewest, since = waiting, time.monotonic()
                report(first - waiting, first)
            if not waiting:
                return
            if time.monotonic() - since > PATIENCE:
                note(words("no_worker", n=f"{waiting:,}"))
                return
            time.sleep(LOOK)


def note(text: str) -> None:
    """A remark beside the result, on the error stream."""
    sys.stderr.write(text + "\n")
