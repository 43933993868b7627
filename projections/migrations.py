"""Makes every table of a cluster's database: the ledger's and the read models'."""

from __future__ import annotations

# importing them declares their tables
from projections import (
    actions,
    alerts,
    cases,
    checkpoints,
    clocks,
    departures,
    estate_figures,
    estates,
    exemptions,
    files,
    history,
    homes,
    identities,
    marks,
    names,
    parking,
    parties,
    programmes,
    rulebooks,
)
from projections.generations import create_first
from rentalwatch.ledger import migrations


def migrate(dsn: str) -> list[int]:
    """Brings a database to this version; returns the formats of the ledger that it passed through.

    Guarantees: whole or not at all; safe when any number of processes do it at once. Raises StorageError.
    """
    return migrations.migrate(dsn, then=create_first)


__all__ = [
    "actions",
    "alerts",
    "cases",
    "checkpoints",
    "clocks",
    "departures",
    "estate_figures",
    "estates",
    "exemptions",
    "files",
    "history",
    "homes",
    "identities",
    "marks",
    "migrate",
    "names",
    "parking",
    "parties",
    "programmes",
    "rulebooks",
]
