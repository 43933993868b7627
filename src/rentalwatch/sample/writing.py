"""The sample district into a data folder of its own, with a clock of its own: each record is recorded when it
is told, as far as the ledger's time goes.

No other ledger is ever given a clock (D4).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from rentalwatch.domain.instants import Micros, micros
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.batches import Batch
from rentalwatch.ledger.folder import open_ledger, write_whole
from rentalwatch.ledger.intake import Counts
from rentalwatch.ledger.statements import RECORDS, Statement
from rentalwatch.sample.district import LEAST
from rentalwatch.sample.telling import SOURCE
from rentalwatch.sample.year import BEFORE, LAST, generated

MOST = 300_000
"""Homes of a sample district at the most."""
CHUNK, CHUNK_BYTES = 900, 500_000
"""Records and bytes a commit, below what a commit may hold."""
TOGETHER = timedelta(hours=4)
"""What is told within so long shares a commit, and so the instant of recording."""
STATEMENT = "sample.json"
"""The file that says that a data folder holds a sample district, and which."""


@dataclass(frozen=True)
class Sample:
    """Which sample district."""

    dwellings: int
    seed: int
    done: bool = False


def standing_in(folder: Path) -> Sample | None:
    """The sample district that a folder holds, if it holds one."""
    path = folder / STATEMENT
    return Sample(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def write(folder: Path, sample: Sample, on_progress: Callable[[datetime], None]) -> int:
    """Generates a district into a folder; returns how many events were added. Safe to interrupt: the same
    call again adds the rest. Raises NotPermittedError if the folder holds anything else."""
    _refuse_other(folder, sample)
    now = [micros(datetime.fromisoformat(f"{BEFORE}T00:00:00+08:00"))]
    folder.mkdir(parents=True, exist_ok=True)
    _state(folder, sample)
    with closing(open_ledger(folder, create=True, clock=lambda: now[0])) as ledger:
        added = _write_all(ledger, sample, now, on_progress)
    _state(folder, replace(sample, done=True))
    return added


def _write_all(
    ledger: Ledger, sample: Sample, now: list[Micros], on_progress: Callable[[datetime], None]
) -> int:
    ident = uuid5(RECORDS, f"sample\x1f{sample.dwellings}\x1f{sample.seed}")
    batch = Batch(
        ident, SOURCE, f"sample district, seed {sample.seed}", "", "", now[0], None, "open", 0, 0, 0, 0, 0, ""
    )
    if ident not in {b.batch for b in batches.all_batches(ledger)}:  # else it was interrupted
        batches.begin(ledger, batch)
    records = added = known = 0
    for told, said in _chunks(generated(sample.dwellings, sample.seed)):
        now[0] = micros(told)
        counts = _take(ledger, said, ident)
        records, added, known = records + len(said), added + counts.added, known + counts.known
        on_progress(told)
    batches.finish(
        ledger,
        replace(batch, ended_at=now[0], state="done", rows=records, records=records, events_added=added,
                already_known=known),
    )  # fmt: skip
    return added


def _take(ledger: Ledger, said: list[Statement], batch: UUID) -> Counts:
    if said[0].event.MOVES:
        return _merge(ledger, said[0])
    taken = ledger.take_rows([[one] for one in said], source=SOURCE, batch=batch)
    for _, error in taken.refused:
        raise error
    return taken.counts


def _merge(ledger: Ledger, said: Statement) -> Counts:
    """A merge is a person's act, a command of its own: what one moves goes in one commit."""
    outcome = ledger.record(said, uuid5(RECORDS, f"sample merge\x1f{said.subject}"))
    return Counts(known=1) if outcome.again else Counts(added=1)


def _chunks(told: Iterator[tuple[datetime, Statement]]) -> Iterator[tuple[datetime, list[Statement]]]:
    chunk: list[Statement] = []
    first = last = None
    size = 0
    for at, said in told:
        full = len(chunk) >= CHUNK or size + len(said.stated) > CHUNK_BYTES
        full = full or said.event.MOVES or any(one.event.MOVES for one in chunk[:1])
        if chunk and first is not None and last is not None and (full or at - first > TOGETHER):
            yield last, chunk
            chunk, size, first = [], 0, None
        first, last = first or at, at
        chunk.append(said)
        size += len(said.stated)
    if chunk and last is not None:
        yield last, chunk


def _state(folder: Path, sample: Sample) -> None:
    write_whole(folder / STATEMENT, json.dumps(vars(sample)) + "\n")


def _refuse_other(folder: Path, sample: Sample) -> None:
    if not LEAST <= sample.dwellings <= MOST:
        raise NotPermittedError(
            f"a sample district has {LEAST:,} to {MOST:,} homes, not {sample.dwellings:,}",
            todo="Name another number with --dwellings.",
            code="RW-SAMPLE-SIZE",
        )
    held = standing_in(folder)
    if held is None and (folder / "ledger.json").exists():
        raise NotPermittedError(
            f"{folder}/ holds a ledger that is no sample district",
            todo="Generated records never go among others: name another folder with --data.",
            code="RW-SAMPLE-FOLDER",
        )
    if held is not None and replace(held, done=False) != replace(sample, done=False):
        raise NotPermittedError(
            f"{folder}/ holds another sample district ({held.dwellings:,} homes, seed {held.seed})",
            todo="Name another folder with --data, or delete that one.",
            code="RW-SAMPLE-FOLDER",
        )


__all__ = ["LAST", "Sample", "standing_in", "write"]
