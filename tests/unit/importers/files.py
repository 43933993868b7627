"""Words for stories about files: written as the world writes them, imported into a folder of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rentalwatch.importers import run
from rentalwatch.importers.run import CANONICAL, Rejected, Tally
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.batches import Batch
from rentalwatch.ledger.folder import open_ledger

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)

HEADER = "kind,dwelling,key,on,label,findings,basis"
HOME = "registration,甲-1,h1,,幸福路1号,,"
FOUND = "confirmation,甲-1,c1,2024-03-01,,partition/1,source"
NOTE = "rejection,甲-1,r1,2024-03-05,,partition/1,source"


def text(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join([header, *rows]) + end


def write(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ndjson(*records: dict[str, Any] | str) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


class Went:
    """How an import went, and what it stored."""

    def __init__(self, ledger: Ledger, batch: Batch, tally: Tally, rejected: list[Rejected]) -> None:
        self.batch, self.tally, self.rejected = batch, tally, rejected
        self.events = ledger.recorder.read_recorded(0, 1_000_000)

    @property
    def codes(self) -> list[tuple[int, str, str]]:
        """Row, code, column of every refused row."""
        return [(r.number, r.error.code, r.error.column) for r in self.rejected]


def imported(path: Path, folder: Path, mapping: str = CANONICAL, **options: Any) -> Went:
    """Looks a file through, then imports it into the data folder `folder`, as the command line does."""
    rejected: list[Rejected] = []
    planned = run.plan(path, mapping, NOW)
    with open_ledger(folder, create=True) as ledger:
        options.setdefault("on_progress", lambda _: None)
        batch, tally = run.run(ledger, planned, on_rejected=rejected.append, **options)
        return Went(ledger, batch, tally, rejected)
