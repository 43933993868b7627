"""Many rounds of every fault: `python -m tests.faults.soak --rounds 200`.

Seeds go up from `--seed`, kinds take turns; a seed and a kind give the same commands and the same plan of
the fault again. Exits with 1 if anything was lost, doubled or torn, or if a fault never struck.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.faults.scenarios import KINDS, Round, play

COLUMNS = ("kind", "rounds", "struck", "acknowledged", "lost", "doubled", "torn")
EVERY = 20
"""Rounds between two lines of progress."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    asked = parser.parse_args(arguments)
    console = Console(width=100)
    rounds = []
    for n in range(asked.rounds):
        rounds.append(_one(list(KINDS)[n % len(KINDS)], asked.seed + n, console))
        if (n + 1) % EVERY == 0 or n + 1 == asked.rounds:
            wrong = sum(not r.whole for r in rounds)
            console.print(f"{n + 1} of {asked.rounds} rounds, {wrong} with something wrong")
    console.print(table(rounds))
    return 0 if rounds and all(r.whole and r.struck for r in rounds) else 1


def _one(kind: str, seed: int, console: Console) -> Round:
    with TemporaryDirectory(prefix="rentalwatch-soak-") as folder:
        result = play(kind, seed, Path(folder) / "data")
    for note in result.notes:
        console.print(f"seed {seed}, {kind}: {note}", style="red", markup=False)
    if not result.struck:
        console.print(f"seed {seed}, {kind}: the fault did not strike", style="red", markup=False)
    return result


def table(rounds: Sequence[Round]) -> Table:
    """One line for each kind, and one for all."""
    shown = Table(*COLUMNS, title=f"seeds {rounds[0].seed} to {rounds[-1].seed}" if rounds else "")
    for kind in (*KINDS, "all"):
        of_kind = [r for r in rounds if kind in (r.kind, "all")]
        sums = [sum(getattr(r, name) for r in of_kind) for name in COLUMNS[2:]]
        shown.add_row(kind, *(f"{n:,}" for n in (len(of_kind), *sums)), end_section=kind == list(KINDS)[-1])
    return shown


if __name__ == "__main__":
    sys.exit(main())
