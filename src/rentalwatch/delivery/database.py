"""Where the outbox lies: a file of its own beside an embedded ledger, a schema of its own in a cluster."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from projections.beside import Beside
from rentalwatch.delivery.tables import META, METADATA
from rentalwatch.errors import StorageError
from rentalwatch.extras import needs

FILE = "delivery.sqlite"
"""In the data folder."""

SCHEMA = "delivery"
"""In a cluster's database."""


def _first(connection: sa.Connection) -> None:
    METADATA.create_all(connection)
    connection.execute(META.insert().values(name="routing", value=""))


OUTBOX = Beside(
    "the outbox is", FILE, SCHEMA, lock=7_130_004, meta=META, steps={1: _first}, newer="RW-DELIVERY-NEWER"
)
migrate = OUTBOX.migrate


def open_database(place: Path | str) -> sa.Engine:
    """The outbox's database of a data folder, made if it is not there; or of a cluster, which `migrate` made.

    Raises StorageError: RW-NOT-MIGRATED, RW-DELIVERY-NEWER, RW-CONNECTION, RW-DATABASE.
    """
    if isinstance(place, str):
        return _cluster(place)
    place.mkdir(parents=True, exist_ok=True)
    try:
        return OUTBOX.open_in(place)
    except sa.exc.DBAPIError as e:
        raise StorageError(
            f"the outbox {place / FILE} cannot be opened: {e.orig}",
            todo="Check the disk and the rights of the file.",
            code="RW-DATABASE",
        ) from e


def _cluster(dsn: str) -> sa.Engine:
    with needs("cluster"):
        from projections.postgres import open_postgres
    engine = OUTBOX.in_cluster(open_postgres(dsn))
    try:
        with engine.begin() as connection:
            found = OUTBOX.found(connection)
    except sa.exc.DBAPIError as e:
        from rentalwatch.ledger.postgres_store import explained

        raise (explained(e.orig) if isinstance(e.orig, Exception) else e) from e
    if found < OUTBOX.format:
        engine.dispose()
        raise StorageError(
            "the database holds no outbox of this version",
            todo="Run: rentalwatch migrate",
            code="RW-NOT-MIGRATED",
        )
    return engine
