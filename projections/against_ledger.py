"""Do a cluster's read models say what the ledger says? Each file is folded again up to where it stands (D7).

All in one snapshot, so that workers may write meanwhile; in tables of its own that are never committed.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from projections.careful import apply_carefully
from projections.checkpoints import CHECKPOINTS
from projections.database import FOLD_VERSION, METADATA, question_indexes
from projections.follow import PAGE, Progress, without_collector
from projections.generations import SCHEMA, Generation, check_version, live
from projections.postgres import resolve_in
from projections.projector import Projector
from rentalwatch.ledger.store import Recorded

_PAGE = (
    "SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at"
    " FROM ledger.stored_events e JOIN {live}.files f"
    " ON f.stream_id = e.originator_id AND e.originator_version <= f.last_version"
    " WHERE (e.originator_id, e.originator_version) > (:stream, :version)"
    " ORDER BY e.originator_id, e.originator_version LIMIT :most"
)


def differences(engine: sa.Engine, on_progress: Progress | None = None) -> list[tuple[str, str]]:
    """(table, what) for every table that differs from a fresh fold. Changes nothing; workers go on.

    Raises FoldNewerError, FoldOlderError where another version built them, NotFoundError, NewerVersionError.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql(f"LOCK TABLE {SCHEMA}.generations IN ACCESS SHARE MODE")
        used = live(connection)
        check_version(used.fold_version, FOLD_VERSION)
        scratch = _make_scratch(connection)
        with without_collector():
            _fold_again(connection, used, on_progress)
        found = list(_compared(connection, used.schema, scratch))
        connection.rollback()
        return found


def _make_scratch(connection: sa.Connection) -> str:
    """Empty tables in a schema that ends with this transaction; names resolve there."""
    pid = connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
    schema = f"{SCHEMA}_verify_{pid}"
    connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    resolve_in(connection, schema)
    METADATA.create_all(connection)
    for index in question_indexes():
        index.drop(connection)
    return schema


def _fold_again(connection: sa.Connection, used: Generation, on_progress: Progress | None) -> None:
    total = connection.exec_driver_sql(f"SELECT sum(last_version) FROM {used.schema}.files").scalar() or 0
    page = sa.text(_PAGE.format(live=used.schema))
    projector = Projector(remember=0)
    at = {"stream": "", "version": 0}
    taken = 0
    while rows := [Recorded(*row) for row in connection.execute(page, {**at, "most": PAGE})]:
        apply_carefully(projector, rows, connection)
        at = {"stream": rows[-1].stream_id, "version": rows[-1].version}
        taken += len(rows)
        if on_progress is not None:
            on_progress(taken, int(total))


def _compared(connection: sa.Connection, used: str, fresh: str) -> Iterator[tuple[str, str]]:
    for name in sorted(METADATA.tables):
        if name == CHECKPOINTS.name:
            continue
        missing = _count(connection, name, fresh, used)
        surplus = _count(connection, name, used, fresh)
        if missing or surplus:
            yield name, f"{missing:,} rows are missing, {surplus:,} should not be there"


def _count(connection: sa.Connection, name: str, has: str, lacks: str) -> int:
    """Rows of one that the other lacks, each as often as it stands there more."""
    columns = ", ".join(f'"{c.name}"' for c in METADATA.tables[name].columns)
    rows = f"SELECT {columns} FROM {has}.{name} EXCEPT ALL SELECT {columns} FROM {lacks}.{name}"
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM ({rows}) AS d").scalar_one())
