"""`rentalwatch move`: takes an embedded ledger into a cluster's database; positions and instants are kept.

The folder is locked meanwhile, and refuses every command afterwards: of two ledgers that both go on, one
would be lost. A move that was interrupted is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.batches import COLUMNS
from rentalwatch.ledger.folder import open_ledger, state_moved
from rentalwatch.ledger.relay.taking import Told, take
from rentalwatch.ledger.store import Recorded, Recorder

PAGE = 1_000
"""Events read at a time."""


def move(folder: Path, dsn: str, told: Told = lambda _: None) -> int:
    """Copies every event into the migrated database `dsn`; returns how many were copied now.

    Guarantees: the database gets all of it in one commit, under the next epoch, and only then does the folder
    refuse commands; running it again after a crash finishes it. Raises NotPermittedError (RW-NOT-EMPTY) if
    the database holds another ledger, NotFoundError if folder or tables are missing.
    """
    with open_ledger(folder) as source, open_ledger(dsn) as target:
        with source.recorder.joined() as held:
            with target.recorder.writing() as tx:
                after = _shared(source.recorder, target.recorder, tx)
                copied = take(tx, _events(source.recorder, after), told)
                _copy_batches(source, tx)
                tx.set_epoch(source.recorder.epoch + 1)
            held.execute(sql.REFUSE_EVENTS)
            state_moved(folder, _shown(dsn))
        return copied


def _events(recorder: Recorder, after: int) -> Iterator[Recorded]:
    while page := recorder.read_recorded(after, PAGE):
        yield from page
        after = page[-1].position


def _shared(source: Recorder, target: Recorder, tx: Append) -> int:
    """How far the database holds the folder's own events already: 0, or where an earlier move ended."""
    row = tx.one(sql.LAST_EVENT)
    if row is None:
        return 0
    theirs = [Recorded(*found) for found in tx.all(sql.SELECT_RECORDED, (row[0] - 1, 1))]
    if theirs == source.read_recorded(row[0] - 1, 1):
        return int(row[0])
    raise NotPermittedError(
        f"the database holds a ledger already, of {row[0]:,} events, which is not this one",
        todo="Name an empty database (`rentalwatch migrate` makes its tables). Nothing was changed.",
        code="RW-NOT-EMPTY",
    )


def _copy_batches(source: Ledger, tx: Append) -> None:
    known = {bytes(row[0]) for row in tx.all("SELECT batch FROM batches")}
    names = ", ".join(COLUMNS)
    marks = ", ".join("?" * len(COLUMNS))
    for row in source.recorder.query(f"SELECT {names} FROM batches"):
        if bytes(row[0]) not in known:
            tx.execute(f"INSERT INTO batches ({names}) VALUES ({marks})", tuple(row))


def _shown(dsn: str) -> str:
    """The database without what opens it."""
    said: dict[str, Any] = conninfo_to_dict(dsn)
    return f"{said.get('dbname', '')} on {said.get('host', 'localhost')}"
