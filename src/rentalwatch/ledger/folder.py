"""Where a ledger lies, and how it is opened. The data folder: what lies in it, in which format (D20).

`ledger.json` states the format. A newer one is refused; a folder is only ever created by a command that
writes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from rentalwatch.errors import NotFoundError, StorageError
from rentalwatch.extras import needs
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.store import Clock, wall_clock

FORMAT = 1
"""The format that this version writes and reads."""

LEDGER_FILE = "ledger.db"
STATEMENT = "ledger.json"


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
    _check_format(statement)
    path = folder / LEDGER_FILE
    if not path.is_file():
        raise StorageError(
            f"{path} is missing", todo="Restore the folder from a backup.", code="RW-LEDGER-MISSING"
        )
    return Ledger(path.resolve(), clock=clock)


def _in_database(dsn: str, clock: Clock) -> Ledger:
    with needs("cluster"):
        from rentalwatch.ledger.migrations import stated_format
    if not stated_format(dsn):
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


def write_whole(path: Path, text: str) -> None:
    """Written beside, synced, renamed: there or not there, never half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    beside.replace(path)


def state_moved(folder: Path, where: str) -> None:
    """States in a folder that its ledger lies in a database now; from then on it is refused here."""
    statement = folder / STATEMENT
    stated = json.loads(statement.read_text(encoding="utf-8"))
    write_whole(statement, json.dumps(stated | {"moved_to": where}) + "\n")


def _check_format(statement: Path) -> None:
    try:
        said = json.loads(statement.read_text(encoding="utf-8"))
        stated, moved = said["format"], said.get("moved_to")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise StorageError(
            f"{statement} cannot be read: {e}", todo="Restore it from a backup.", code="RW-LEDGER-STATEMENT"
        ) from e
    if not isinstance(stated, int) or stated > FORMAT:
        raise StorageError(
            f"the ledger at {statement.parent} is of format {stated}; this version reads up to {FORMAT}",
            todo="Upgrade rentalwatch, or open a copy made before the upgrade. Nothing was changed.",
            code="RW-LEDGER-NEWER",
            folder=statement.parent,
            stated=stated,
            known=FORMAT,
        )
    if moved:
        raise StorageError(
            f"the ledger of {statement.parent}/ was moved to the database {moved}",
            todo="Set RENTALWATCH_DATA to that database's DSN. The folder is kept as it was.",
            code="RW-MOVED",
            folder=statement.parent,
        )
