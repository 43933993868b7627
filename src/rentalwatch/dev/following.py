"""Logs of a cluster, read as they grow."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

LOOK = 0.2
"""Seconds between two looks whether a log grew."""


def last_lines(log: Path, lines: int) -> list[str]:
    """The end of a log; nothing of one that is not there."""
    if not log.exists():
        return []
    found = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return found[-lines:] if lines else []


def follow(logs: Sequence[tuple[str, Path]]) -> Iterator[tuple[str, str]]:
    """(name, line) of what is added to the logs from now on, for ever; a log that begins anew is too."""
    read = {name: _size(path) for name, path in logs}
    while True:
        for name, path in logs:
            if _size(path) < read[name]:
                read[name] = 0
            lines, read[name] = _whole_lines(path, read[name])
            yield from ((name, line) for line in lines)
        time.sleep(LOOK)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _whole_lines(path: Path, begin: int) -> tuple[list[str], int]:
    """The lines from there on that have an end, and where the next one begins."""
    if not path.exists():
        return [], begin
    with path.open("rb") as f:
        f.seek(begin)
        whole, end, _ = f.read().rpartition(b"\n")
    if not end:
        return [], begin
    return whole.decode("utf-8", errors="replace").split("\n"), begin + len(whole) + 1
