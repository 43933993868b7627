"""How far each partition is folded, as this worker knows it, and which records follow on that.

Pure. A partition that is not in here is not folded, whatever comes: its place is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from streams.runs import NOWHERE, Read, Run


@dataclass
class Stretch:
    """What one transaction adds to one partition: the checkpoint moves from `begin` to `end`."""

    begin: int
    end: int
    records: list[Read] = field(default_factory=list)


Batch = Mapping[int, Stretch]
"""Partition → what follows on its checkpoint, in the order of partitions."""


class Positions:
    """The checkpoints that this worker last stored or loaded."""

    def __init__(self) -> None:
        self.next: dict[int, int] = {}
        self.last: dict[int, int] = {}
        """The same, kept while a partition stands still, for showing how far behind it is."""

    def put(self, offsets: Mapping[int, int]) -> None:
        """What the database says now."""
        self.next.update(offsets)
        self.last.update(offsets)

    def drop(self, partitions: Iterable[int]) -> None:
        """Folds these no further, until they are put again."""
        for partition in partitions:
            self.next.pop(partition, None)

    def stored(self, batch: Batch) -> None:
        """After the transaction: what it moved. A partition that was dropped meanwhile stays so."""
        for partition, stretch in batch.items():
            if partition in self.next:
                self.next[partition] = self.last[partition] = stretch.end

    def following(self, runs: Iterable[Run]) -> tuple[dict[int, Stretch], set[int]]:
        """(what follows without a break on what is folded, partitions that broke off). Repeats fall away;
        after a break nothing of that partition is taken: between its records one may be missing."""
        found: dict[int, Stretch] = {}
        broken: set[int] = set()
        for run in runs:
            if run.partition not in self.next or run.partition in broken:
                continue
            stretch = found.get(run.partition)
            reached = stretch.end if stretch else self.next[run.partition]
            if run.begin == NOWHERE or run.begin > reached:
                broken.add(run.partition)
            elif run.end > reached:
                stretch = found.setdefault(run.partition, Stretch(reached, reached))
                stretch.records += [r for r in run.records if r.offset >= reached]
                stretch.end = run.end
        return dict(sorted(found.items())), broken
