"""The ledger read in whole commits: what was stored together is published together.

The events of a commit share their `recorded_at`, and no two commits do. So a record of several events is
never half on the topic, and a ledger that is restored from there is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rentalwatch.ledger.store import MAX_BYTES, MAX_EVENTS, Recorded, Recorder

LARGE_PAGE = 4 * MAX_BYTES
"""A page of more bytes is large: the next one is asked for with fewer events."""

FEW = 16
"""Events a page at least."""


class Commits:
    """Pages of whole commits behind a position: at most 1,000 events and 1 MiB, as a single commit is.

    What is in memory is bounded as well: a page of large events is followed by a page of fewer.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._limit = MAX_EVENTS

    def behind(self, position: int) -> list[Recorded]:
        """The next commits, in order; none if there are none yet. Raises StorageError."""
        while True:
            rows = self._recorder.read_recorded(position, self._limit)
            found = fitting(rows, more_may_follow=len(rows) == self._limit)
            large = sum(len(row.state) for row in rows) > LARGE_PAGE
            if found or not rows:
                self._limit = max(FEW, self._limit // 4) if large else MAX_EVENTS
                return found
            self._limit = MAX_EVENTS  # one commit of more events than the page


def fitting(rows: Sequence[Recorded], *, more_may_follow: bool) -> list[Recorded]:
    """The first commits of a page that fit into one transaction: whole ones only, the first one always."""
    commits = [list(rows) for _, rows in groupby(rows, key=lambda row: row.recorded_at)]
    if more_may_follow and len(commits[-1]) < MAX_EVENTS:
        commits.pop()  # it may go on in the next page
    found: list[Recorded] = []
    size = 0
    for commit in commits:
        size += sum(len(row.state) for row in commit)
        if found and size > MAX_BYTES:
            break
        found += commit
    return found


__all__ = ["Commits", "fitting"]
