"""Are two databases of read models the same, table by table, row by row?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from projections.database import METADATA


def differences(left: Path, right: Path) -> Iterator[tuple[str, str]]:
    """(table, what) for every table that differs. Neither database is changed."""
    connection = sqlite3.connect(f"file:{left}?mode=ro", uri=True)
    try:
        connection.execute("ATTACH DATABASE ? AS fresh", (f"file:{right}?mode=ro",))
        for name in sorted(METADATA.tables):
            columns = ", ".join(f'"{c.name}"' for c in METADATA.tables[name].columns)
            missing = _count(connection, name, columns, "fresh", "main")
            surplus = _count(connection, name, columns, "main", "fresh")
            if missing or surplus:
                yield name, f"{missing:,} rows are missing, {surplus:,} should not be there"
    finally:
        connection.close()


def _count(connection: sqlite3.Connection, name: str, columns: str, has: str, lacks: str) -> int:
    """Rows of one that the other lacks, with how often each stands there."""
    counted = f"SELECT {columns}, COUNT(*) FROM {{}}.{name} GROUP BY {columns}"
    query = f"SELECT COUNT(*) FROM ({counted.format(has)} EXCEPT {counted.format(lacks)})"
    return int(connection.execute(query).fetchone()[0])
