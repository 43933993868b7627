"""A data folder of an older format: copied beside itself, then brought to this one (D20).

1. the folder is locked; whoever comes meanwhile waits and finds it done; 2. the ledger is copied, with what
states its old format, into a folder that the older version can open; 3. the tables are changed in one
transaction; 4. the new format is stated, last of all. A process that dies anywhere leaves a folder that still
states its old format, and the next one begins again.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from rentalwatch.errors import StorageError
from rentalwatch.ledger import tables as sql

LEDGER_FILE = "ledger.db"
STATEMENT = "ledger.json"

WRITERS_SECONDS = 60
"""How long a process that still writes to the folder is waited for."""
PAGES = 4_096
"""Of the database, copied at a time: between two the copy can be interrupted."""

Reached = Callable[[str], None]
"""Called with the step that was reached; tests let a process die there."""


def copy_of(folder: Path, to: int) -> Path:
    """Where the copy lies that was made before the folder was brought to a format: a data folder itself."""
    return folder / f"before-format-{to}"


def upgrade(folder: Path, to: int, reached: Reached = lambda _: None) -> None:
    """Brings an older folder to the format `to`.

    Guarantees: a whole copy first; nothing half-done is ever opened; safe if any number of processes do it at
    once, and if one dies. Raises StorageError; the folder is then as it was.
    """
    with _explained(folder, to), _locked(folder):
        statement = folder / STATEMENT
        said = json.loads(statement.read_text(encoding="utf-8"))
        if said["format"] >= to:
            return
        reached("locked")
        with closing(_connected(folder / LEDGER_FILE)) as ledger:
            ledger.execute("BEGIN IMMEDIATE")  # an older process may still be writing
            _copy(folder, copy_of(folder, to), reached)
            _change(ledger)
            reached("changed")
            ledger.commit()
        reached("committed")
        write_whole(statement, json.dumps(said | {"format": to}) + "\n")
        reached("stated")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=WRITERS_SECONDS, isolation_level=None
    )
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _copy(folder: Path, copy: Path, reached: Reached) -> None:
    """A copy made by an upgrade that was cut off is made anew: the older version may have written since."""
    copy.mkdir(exist_ok=True)
    (copy / STATEMENT).unlink(missing_ok=True)
    part = copy / f"{LEDGER_FILE}.part"
    part.unlink(missing_ok=True)
    with closing(_connected(folder / LEDGER_FILE)) as source, closing(sqlite3.connect(part)) as target:
        reached("copying")
        source.backup(target, pages=PAGES)
    _sync(part)
    part.replace(copy / LEDGER_FILE)
    reached("copied")
    shutil.copyfile(folder / STATEMENT, part)
    _sync(part)
    part.replace(copy / STATEMENT)
    _sync(copy)
    _sync(folder)
    reached("copy stated")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _change(ledger: sqlite3.Connection) -> None:
    """From format 1: where facts count that another file took over."""
    columns = {row[1] for row in ledger.execute("PRAGMA table_info(record_ids)")}
    if "said_of" not in columns:
        ledger.execute("ALTER TABLE record_ids ADD COLUMN said_of TEXT")
    for statement in sql.CREATE:
        ledger.execute(statement)


@contextmanager
def _explained(folder: Path, to: int) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as e:
        full = "full" in str(e) or getattr(e, "errno", None) == 28
        raise StorageError(
            f"{folder}/ is of an older format and cannot be brought to format {to}: {e}",
            todo="It is as it was. It needs room for a copy, and the right to write; then run it again.",
            code="RW-DISK-FULL" if full else "RW-FOLDER",
        ) from e


def write_whole(path: Path, text: str) -> None:
    """Written beside, synced, renamed: there or not there, never half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    beside.replace(path)
    _sync(path.parent)


def stated(statement: Path) -> dict[str, Any]:
    """What a folder says of itself. Raises StorageError."""
    try:
        said = json.loads(statement.read_text(encoding="utf-8"))
        said["format"], said.get("moved_to")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise StorageError(
            f"{statement} cannot be read: {e}", todo="Restore it from a backup.", code="RW-LEDGER-STATEMENT"
        ) from e
    found: dict[str, Any] = said
    return found


__all__ = ["LEDGER_FILE", "STATEMENT", "copy_of", "stated", "upgrade", "write_whole"]
