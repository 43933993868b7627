"""Where a ledger lies, and how it is opened. The data folder: what lies in it, in which format (D20).

`ledger.json` states the format. A newer one is refused, an older one is copied and brought to this one by the
first command, also by one that only reads; a folder is only ever created by a command that writes.
"""

from __future__ import annotations

import json
from pathlib import Path

from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.extras import needs
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.store import Clock, wall_clock
from rentalwatch.ledger.upgrading import LEDGER_FILE, STATEMENT, copy_of, stated, upgrade, write_whole

FORMAT = 2
"""The format that this version writes and reads. 2: facts can go from one file to another."""


def open_ledger(where: Path | str, *, create: bool = False, clock: Clock = wall_clock) -> Ledger:
    """The ledger in a data folder, or in the database that a DSN names (`rentalwatch migrate` makes that).

    Raises NotFoundError if there is none and `create` is false, StorageError if its format is newer or
    the folder or database cannot be used.
    """
    if isinstance(where, str):
        return _in_database(where, clock)
    folder = where
    statement = folder / STATEMENT
    if not statement.is_file():
        if not create:
            raise NotFoundError(
                f"there is no ledger in {folder}/",
                todo="`rentalwatch import` creates one; --data or RENTALWATCH_DATA names another folder.",
                code="RW-NO-LEDGER",
                folder=folder,
            )
        return _create(folder, clock)
    found = _checked_format(statement)
    path = folder / LEDGER_FILE
    if not path.is_file():
        raise StorageError(
            f"{path} is missing", todo="Restore the folder from a backup.", code="RW-LEDGER-MISSING"
        )
    if found < FORMAT:
        upgrade(folder, FORMAT)
    return Ledger(path.resolve(), clock=clock)


def older(folder: Path) -> Path | None:
    """Where the copy of a folder will lie that opening it makes, since its format is older; else None."""
    statement = folder / STATEMENT
    if statement.is_file() and isinstance(found := stated(statement)["format"], int) and found < FORMAT:
        return copy_of(folder, FORMAT)
    return None


def _in_database(dsn: str, clock: Clock) -> Ledger:
    with needs("cluster"):
        from rentalwatch.ledger import migrations
    found = migrations.stated_format(dsn)
    if 0 < found < migrations.FORMAT:
        raise StorageError(
            f"the ledger in this database is of format {found}; this version needs {migrations.FORMAT}",
            todo="Run `rentalwatch migrate`.",
            code="RW-NOT-MIGRATED",
        )
    if not found:
        raise NotFoundError(
            "there is no ledger in this database",
            todo="Run `rentalwatch migrate`, or name another database.",
            code="RW-NOT-MIGRATED",
        )
    return Ledger(dsn, clock=clock)


def _create(folder: Path, clock: Clock) -> Ledger:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ledger = Ledger((folder / LEDGER_FILE).resolve(), create=True, clock=clock)
        write_whole(folder / STATEMENT, json.dumps({"format": FORMAT, "epoch": 1}) + "\n")
    except OSError as e:
        raise StorageError(
            f"{folder}/ cannot be used: {e.strerror or e}",
            todo="Name a folder that can be written to with --data.",
            code="RW-FOLDER",
        ) from e
    return ledger


def state_moved(folder: Path, where: str) -> None:
    """States in a folder that its ledger lies in a database now; from then on it is refused here."""
    statement = folder / STATEMENT
    write_whole(statement, json.dumps(stated(statement) | {"moved_to": where}) + "\n")


def _checked_format(statement: Path) -> int:
    said = stated(statement)
    found, moved = said["format"], said.get("moved_to")
    if not isinstance(found, int) or found > FORMAT:
        raise StorageError(
            f"the ledger at {statement.parent} is of format {found}; this version reads up to {FORMAT}",
            todo="Upgrade rentalwatch, or open a copy made before the upgrade. Nothing was changed.",
            code="RW-LEDGER-NEWER",
            folder=statement.parent,
            stated=found,
            known=FORMAT,
        )
    if moved:
        raise StorageError(
            f"the ledger of {statement.parent}/ was moved to the database {moved}",
            todo="Set RENTALWATCH_DATA to that database's DSN. The folder is kept as it was.",
            code="RW-MOVED",
            folder=statement.parent,
        )
    return found


__all__ = ["FORMAT", "LEDGER_FILE", "STATEMENT", "older", "open_ledger", "state_moved", "write_whole"]
