"""The ledger's own tail: written to a file, so that it is never lost, and taken out of the ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from rentalwatch.errors import StorageError
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.rebuild import records_of, side_rows
from rentalwatch.ledger.store import Recorded, SideRows

FORGET = {
    "events": "DELETE FROM stored_events WHERE rowid > ?",
    "records": "DELETE FROM record_ids WHERE record_id = ?",
    "facts": "DELETE FROM source_facts WHERE source = ? AND fact = ? AND key = ?",
    "keys": "DELETE FROM identity_keys WHERE key = ?",
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
        rows = side_rows(stream, version, said)
        gone.records.extend(rows.records)
        gone.facts.extend(rows.facts)
        gone.keys.extend(rows.keys)
    tx.execute(FORGET["events"], (fork,))
    for record in gone.records:
        tx.execute(FORGET["records"], (record[0],))
    facts, keys = {row[:3] for row in gone.facts}, {row[0] for row in gone.keys}
    for fact in facts:
        tx.execute(FORGET["facts"], fact)
    for key in keys:
        tx.execute(FORGET["keys"], (key,))
    if facts or keys:
        tx.restore([], _as_before(kept, facts, keys))


def _as_before(kept: Iterator[Recorded], facts: set[tuple[str, str, str]], keys: set[str]) -> SideRows:
    """What the remaining events say of these facts (the last holds) and keys (the first holds)."""
    stood: dict[tuple[str, str, str], tuple[object, ...]] = {}
    known: dict[str, tuple[str, str]] = {}
    for stream, version, said in records_of(kept):
        rows = side_rows(stream, version, said)
        stood.update((row[:3], row) for row in rows.facts if row[:3] in facts)
        for row in rows.keys:
            if row[0] in keys:
                known.setdefault(row[0], row)
    return SideRows(facts=list(stood.values()), keys=list(known.values()))  # type: ignore[arg-type]


__all__ = ["export", "exported", "forget"]
