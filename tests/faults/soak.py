"""Many rounds of every fault: `python -m tests.faults.soak --rounds 300`.

Kinds take turns, three rounds at a time of those of a cluster; seeds go up from `--begin`. A seed and a kind
give the same commands and the same plan of the fault again. Exits with 1 if anything was lost, doubled, torn
or out of order, or if a fault did not strike; the logs of such rounds are kept.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.faults.scenarios import KINDS as EMBEDDED
from tests.faults.scenarios import Round
from tests.faults.scenarios import play as play_embedded
from tests.faults.shared_parts import SharedParts

COLUMNS = (
    "kind",
    "rounds",
    "struck",
    "acknowledged",
    "lost",
    "doubled",
    "torn",
    "out of order",
    "p50",
    "max",
)
SUMMED = ("struck", "acknowledged", "lost", "doubled", "torn", "disordered")
IN_A_ROW = 3
"""Rounds that share a stand, whose start takes as long as a round."""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    console = Console(width=140)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: nothing is left running
    chosen = [kind for kind in _kinds() if any(part in kind for part in asked.kinds or [""])]
    if not chosen:
        console.print("no kind of that name; there are:", *_kinds(), sep="\n  ", markup=False)
        return 2
    rounds: list[Round] = []
    try:
        with SharedParts() as shared:
            for kind, seeds in turns(chosen, asked.begin, asked.rounds):
                rounds += _several(kind, seeds, shared, asked.evidence, console)
                wrong = sum(not well(r) for r in rounds)
                console.print(f"{len(rounds)} of {asked.rounds} rounds, {wrong} with something wrong: {kind}")
    except KeyboardInterrupt:
        console.print("interrupted; what was done so far:")
    console.print(table(rounds, chosen))
    return 0 if rounds and all(map(well, rounds)) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--begin", type=int, default=1, metavar="SEED", help="the first seed")
    parser.add_argument("--kinds", nargs="*", metavar="WORDS", help="only kinds with these words in them")
    parser.add_argument(
        "--evidence", type=Path, default=Path("soak-evidence"), help="where logs of rounds that fail are kept"
    )
    return parser


def _kinds() -> list[str]:
    """Every kind, embedded ones first. A cluster's need its extra, so that they are looked up here."""
    from tests.faults.cluster.rounds import KINDS as CLUSTER

    return [*EMBEDDED, *CLUSTER]


def turns(kinds: Sequence[str], begin: int, rounds: int) -> Iterator[tuple[str, range]]:
    """Kinds in turn, each with its next seeds, until there are so many rounds."""
    at, left = begin, rounds
    while left > 0:
        for kind in kinds:
            count = min(IN_A_ROW, left)
            if count:
                yield kind, range(at, at + count)
            left -= count
        at += IN_A_ROW


def well(result: Round) -> bool:
    """Whether it lost nothing, and proved something."""
    return result.whole and result.struck >= fewest(result.kind)


def fewest(kind: str) -> int:
    """How often the fault of a kind must strike in a round."""
    from tests.faults.cluster.rounds import KINDS as CLUSTER

    return CLUSTER[kind].fewest if kind in CLUSTER else 1


def _several(kind: str, seeds: range, shared: SharedParts, evidence: Path, console: Console) -> list[Round]:
    """Rounds of one kind; whatever goes wrong in one ends them, and is told with its seed."""
    folder = Path(tempfile.mkdtemp(prefix="rentalwatch-soak-"))
    rounds: list[Round] = []
    try:
        for result in _played(kind, seeds, shared, folder):
            rounds.append(result)
            _tell(result, console)
    except Exception:
        failed = Round(kind, seeds[len(rounds)], lost=1, notes=[traceback.format_exc()])
        rounds.append(failed)
        _tell(failed, console)
    finally:
        if not all(map(well, rounds)):
            kept = evidence / f"{kind.replace(' ', '-').replace(':', '')}-{rounds[-1].seed}"
            shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*"))
            console.print(f"logs: {kept}", markup=False)
        shutil.rmtree(folder, ignore_errors=True)
    return rounds


def _played(kind: str, seeds: range, shared: SharedParts, folder: Path) -> Iterator[Round]:
    if kind in EMBEDDED:
        for seed in seeds:
            yield play_embedded(kind, seed, folder / f"data-{seed}")
        return
    from tests.faults.cluster.parts import parts
    from tests.faults.cluster.rounds import KINDS, play, stands

    with parts(KINDS[kind].own, shared, folder) as ground, stands(kind, ground, folder) as stand:
        for seed in seeds:
            yield play(kind, seed, stand())


def _tell(result: Round, console: Console) -> None:
    for note in result.notes:
        console.print(f"seed {result.seed}, {result.kind}: {note}", style="red", markup=False)
    if result.whole and not well(result):
        console.print(f"seed {result.seed}, {result.kind}: it did not strike", style="red", markup=False)


def table(rounds: Sequence[Round], kinds: Sequence[str]) -> Table:
    """One line for each kind, and one for all; times in seconds."""
    seeds = sorted(r.seed for r in rounds)
    shown = Table(*COLUMNS, title=f"seeds {seeds[0]} to {seeds[-1]}" if seeds else "")
    for kind in (*kinds, "all"):
        of_kind = [r for r in rounds if kind in (r.kind, "all")]
        sums = [sum(getattr(r, name) for r in of_kind) for name in SUMMED]
        times = [seconds for r in of_kind for seconds in r.recoveries]
        last = [f"{median(times):.1f}", f"{max(times):.1f}"] if times else ["", ""]
        counts = (f"{n:,}" for n in (len(of_kind), *sums))
        shown.add_row(kind, *counts, *last, end_section=kind == kinds[-1])
    return shown


if __name__ == "__main__":
    sys.exit(main())
