"""Toronto's files, and how they are imported: the registrations, the first snapshot, then its changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rentalwatch.importers import run
from rentalwatch.importers.run import Rejected
from rentalwatch.ledger.application import Ledger
from tests.integration.importing import Imported

CITY = Path(__file__).parents[2] / "examples/data/toronto_rentsafe"
REGISTRATIONS = CITY / "registrations.csv.gz"
FIRST = CITY / "evaluations_2025-07-06_first_snapshot.csv.gz"
LOG = CITY / "evaluations_change_log.csv.gz"
LAST = CITY / "evaluations.csv.gz"
BAD = CITY / "bad_snapshot_2026-07-30_68b25aae.csv.gz"
LAST_DAY = "2026-08-22"
ZONE = "America/Toronto"
NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)
"""After the last snapshot: the importer's clock in these stories."""
IN_ORDER = [
    (REGISTRATIONS, "toronto_registrations"),
    (FIRST, "toronto_evaluations"),
    (LOG, "toronto_changes"),
]


def takes(
    ledger: Ledger,
    file: Path,
    mapping: str,
    *,
    snapshot_at: str = "",
    confirm_missing: bool = False,
    **options: Any,
) -> Imported:
    """Imports one of the files into an open ledger."""
    rejected: list[Rejected] = []
    planned = run.plan(file, mapping, NOW, snapshot_at=snapshot_at, confirm_missing=confirm_missing)
    options.setdefault("on_progress", lambda _: None)
    return Imported(*run.run(ledger, planned, on_rejected=rejected.append, **options), rejected)


def takes_all(ledger: Ledger) -> list[Imported]:
    """Imports the files in their order."""
    return [takes(ledger, file, mapping) for file, mapping in IN_ORDER]
