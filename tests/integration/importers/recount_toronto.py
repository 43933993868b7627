"""Toronto's figures counted from its files alone: nothing of the project is used here, so that it can be
compared with what the project shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby

Row = dict[str, str]
SCORE = "CURRENT REACTIVE SCORE"


class Recount:
    """The first snapshot, then the log of changes commit by commit."""

    def __init__(self, snapshot: Sequence[Row], log: Sequence[Row]) -> None:
        self.found: Counter[str] = Counter()
        self.present: dict[str, set[str]] = defaultdict(set)
        self.open: set[str] = set()
        self.verified: set[str] = set()
        self.relapsed: set[str] = set()
        for row in snapshot:
            self.present[row["RSN"]].add(row["EVALUATION COMPLETED ON"])
        for row in snapshot:
            if int(row[SCORE]) < 0 and self.is_latest(row["RSN"], row["EVALUATION COMPLETED ON"]):
                self.open.add(row["RSN"])
        self.found["open at the baseline"] = len(self.open)
        for _, rows in groupby(log, key=lambda row: row["commit"]):
            self.commit(list(rows))
        self.found["open at the end"] = len(self.open)
        self.found["buildings verified"] = len(self.verified)
        self.found["buildings relapsed"] = len(self.relapsed)

    def is_latest(self, building: str, day: str) -> bool:
        return bool(self.present[building]) and day == max(self.present[building])

    def commit(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if row["change"] == "EVALUATION_ADDED":
                self.present[row["rsn"]].add(row["evaluation_completed_on"])
            elif row["change"] == "EVALUATION_REMOVED":
                self.present[row["rsn"]].discard(row["evaluation_completed_on"])
                self.found["retractions"] += 1
        for row in rows:
            if row["change"] == "FIELD_CHANGED" and row["field"] == SCORE:
                self.changed(row["rsn"], row["evaluation_completed_on"], int(row["old"]), int(row["new"]))

    def changed(self, building: str, day: str, old: int, new: int) -> None:
        if not self.is_latest(building, day):
            self.found["unjudged"] += 1
            return
        if old < 0 and building not in self.open:
            self.found["implied"] += 1
            self.open.add(building)
        if new < old:
            self.fell(building)
        elif new < 0:
            self.found["partial rises"] += 1
        else:
            self.found["verified"] += 1
            self.verified.add(building)
            self.open.discard(building)

    def fell(self, building: str) -> None:
        if building in self.open:
            self.found["further falls"] += 1
        elif building in self.verified:
            self.found["relapses"] += 1
            self.relapsed.add(building)
        else:
            self.found["original"] += 1
        self.open.add(building)


def keys_removed(log: Sequence[Row]) -> int:
    """How many distinct evaluations were taken back: some more than once."""
    gone = (row for row in log if row["change"] == "EVALUATION_REMOVED")
    return len({(row["rsn"], row["evaluation_completed_on"]) for row in gone})
