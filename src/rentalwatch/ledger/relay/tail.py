"""The ledger's own tail: written to a file, so that it is never lost, and taken out of the ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rentalwatch.errors import StorageError
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.rebuild import FactRow, records_of, side_rows
from rentalwatch.ledger.store import Recorded, SideRows

FORGET = {
    "events": "DELETE FROM stored_events WHERE rowid > ?",
    "records": "DELETE FROM record_ids WHERE record_id = ?",
    "facts": "DELETE FROM source_facts WHERE source = ? AND fact = ? AND key = ?",
    "keys": "DELETE FROM identity_keys WHERE key = ?",
    "moved": "DELETE FROM moved_records WHERE record_id = ?",
    "merged": "DELETE FROM merged_streams WHERE stream_id = ?",
}


def export(path: Path, events: Iterable[Recorded]) -> int:
    """Writes events as NDJSON, one a line with its bytes as text; returns how many. On disk when it returns.

    Raises StorageError if the file cannot be written or is there already.
    """
    count = 0
    try:
        with path.open("x", encoding="utf-8") as f:
            for row in events:
                f.write(json.dumps(_line(row)) + "\n")
                count += 1
            f.flush()
            os.fsync(f.fileno())
    except OSError as e:
        raise StorageError(
            f"{path} cannot be written: {e.strerror or e}",
            todo="Name another file with --export. Nothing was changed.",
            code="RW-EXPORT",
        ) from e
    return count


def _line(row: Recorded) -> dict[str, object]:
    return row._asdict() | {"state": row.state.decode("utf-8", "surrogateescape")}


def exported(path: Path) -> Iterator[Recorded]:
    """The events of a file that `export` wrote."""
    with path.open(encoding="utf-8") as f:
        for line in f:
            said = json.loads(line)
            yield Recorded(**said | {"state": said["state"].encode("utf-8", "surrogateescape")})


def forget(tx: Append, fork: int, events: Iterable[Recorded], kept: Iterator[Recorded]) -> None:
    """Takes the events behind `fork` out of the ledger, as if they had never been stored.

    `events` are those, `kept` all others in order: what a fact or a key stood for before is told from them.
    """
    gone = SideRows()
    for stream, version, said in records_of(events):
        gone.extend(side_rows(stream, version, said))
    tx.execute(FORGET["events"], (fork,))
    for record in gone.records:
        tx.execute(FORGET["records"], (record[0],))
    touched = _Touched(
        {row[:3] for row in gone.facts},
        {row[0] for row in (*gone.keys, *gone.led)},
        {row[0] for row in gone.moved},
        {row[0] for row in gone.merged},
    )
    for fact in touched.facts:
        tx.execute(FORGET["facts"], fact)
    for name, keys in (("keys", touched.keys), ("moved", touched.moved), ("merged", touched.merged)):
        for key in keys:
            tx.execute(FORGET[name], (key,))
    if any(touched):
        tx.restore([], _as_before(kept, touched))


class _Touched(NamedTuple):
    """The primary keys of what the forgotten events had said, a set a table."""

    facts: set[tuple[str, str, str]]
    keys: set[str]
    moved: set[bytes]
    merged: set[str]


def _as_before(kept: Iterator[Recorded], touched: _Touched) -> SideRows:
    """What the remaining events say of these: the last holds; of keys the first, unless it was led on."""
    facts: dict[tuple[str, str, str], FactRow] = {}
    keys: dict[str, tuple[str, str]] = {}
    moved: dict[bytes, tuple[bytes, str]] = {}
    merged: dict[str, tuple[str, str]] = {}
    for stream, version, said in records_of(kept):
        rows = side_rows(stream, version, said)
        facts.update((row[:3], row) for row in rows.facts if row[:3] in touched.facts)
        for row in rows.keys:
            if row[0] in touched.keys:
                keys.setdefault(row[0], row)
        keys.update((row[0], row) for row in rows.led if row[0] in touched.keys)
        moved.update((row[0], row) for row in rows.moved if row[0] in touched.moved)
        merged.update((row[0], row) for row in rows.merged if row[0] in touched.merged)
    return SideRows(
        facts=list(facts.values()), keys=list(keys.values()),
        moved=list(moved.values()), merged=list(merged.values()),
    )  # fmt: skip


__all__ = ["export", "exported", "forget"]
