"""Where the tables of early warning lie: a file of their own in a data folder, a schema of their own in a
cluster's database."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from projections.beside import Beside
from rentalwatch.early_warning.tables import META, METADATA
from rentalwatch.errors import NotFoundError
from rentalwatch.extras import needs

FILE = "signals.sqlite"
"""In the data folder."""

SCHEMA = "signals"
"""In a cluster's database."""

SIGNALS = Beside(
    "the tables of signals are", FILE, SCHEMA, lock=7_130_006, meta=META, steps={1: METADATA.create_all},
    newer="RW-SIGNALS-NEWER",
)  # fmt: skip
FORMAT = SIGNALS.format
migrate = SIGNALS.migrate
in_schema_of_signals = SIGNALS.in_cluster


def open_signals(place: Path | str) -> sa.Engine:
    """The tables of a data folder, made if they are not there; or of a cluster, where `migrate` made them.

    Raises NotFoundError (RW-NOT-MIGRATED), StorageError (RW-SIGNALS-NEWER).
    """
    if isinstance(place, Path):
        return SIGNALS.open_in(place)
    with needs("cluster"):
        from projections.postgres import open_postgres
    engine = SIGNALS.in_cluster(open_postgres(place))
    with engine.begin() as connection:
        found = SIGNALS.found(connection)
    if found < SIGNALS.format:
        engine.dispose()
        raise NotFoundError(
            "this database has no tables for signals",
            todo="Run `rentalwatch migrate`.",
            code="RW-NOT-MIGRATED",
        )
    return engine
