"""Makes every table of a cluster's database: the ledger's, the read models', what is kept beside them."""

from __future__ import annotations

from typing import NamedTuple

from rentalwatch.extras import needs


class Migrated(NamedTuple):
    """The formats that the ledger passed through, and those that the tables beside it passed through."""

    ledger: list[int]
    beside: list[int]


def migrate(dsn: str) -> Migrated:
    """Brings a cluster's database to this version.

    Guarantees: each part whole or not at all, and again after a part failed; safe when any number of
    processes do it at once. Raises StorageError.
    """
    with needs("cluster"):
        from projections import migrations
    from rentalwatch.delivery import database as delivery
    from rentalwatch.early_warning import database as early_warning

    ledger = migrations.migrate(dsn)
    return Migrated(ledger, delivery.migrate(dsn) + early_warning.migrate(dsn))
