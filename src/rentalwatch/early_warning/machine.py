"""The machine of one partition: records in, alerts into the ledger, what was counted into the tables (D7).

1. records are judged; 2. what rules found is recorded in the ledger, under ids that make it safe to repeat;
3. one transaction moves the checkpoint, by compare-and-swap, and writes what alerts rest on and the estates
whose turn it is. A crash between 2 and 3 records the same alerts again, which is nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from projections.database import writing
from rentalwatch.early_warning import store
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.early_warning.partition import Partition, Placed
from rentalwatch.early_warning.recording import evidence_of, record
from rentalwatch.early_warning.store import Kept, SavedState
from rentalwatch.ledger.application import Ledger
from rentalwatch.signals.judging import Judged


@dataclass
class Result:
    """What came of records: new alerts, alerts that the ledger refused, what readings came to (of those
    estates that were written)."""

    raised: list[Judged] = field(default_factory=list)
    refused: int = 0
    tallies: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, treatment) → readings."""

    def add(self, other: Result) -> None:
        self.raised += other.raised
        self.refused += other.refused
        self.tallies += other.tallies


class Machine:
    """One partition of a topic, or one file. Not safe between threads."""

    def __init__(
        self,
        ledger: Ledger,
        engine: sa.Engine,
        rules: InForce,
        *,
        most_unkept: int,
        foreign: bool = True,
    ) -> None:
        """`engine`: of the tables of signals. `most_unkept`: readings of the partition after which an estate
        is written that changed: what must at most be judged again by whoever takes over. `foreign`: context
        that comes among the records is taken."""
        self.ledger, self.engine, self.rules = ledger, engine, rules
        self.most_unkept, self.foreign = most_unkept, foreign
        self.place: store.Place | None = None
        self.partition = Partition(self._states, rules)
        self._found: list[Judged] = []

    def begin(self, topic_id: str, number: int) -> int:
        """Takes a partition over from whoever had it; from where it must be read."""
        with writing(self.engine).begin() as connection:
            self.place = store.take_over(connection, topic_id, number)
            saved = store.saved_up_to(connection, self.place)
        self.partition = Partition(self._states, self.rules, saved, foreign=self.foreign)
        self.partition.upto = self.place.replay_from
        self._found = []
        return self.place.replay_from

    @property
    def is_first(self) -> bool:
        """Whether nobody has begun with this partition of this topic before."""
        return self._here().turn == 1

    def take(self, records: Sequence[Placed], upto: int) -> Result:
        """Judges records and keeps what came of them. After an error of the database or the ledger the same
        call may be made again: nothing is judged twice.

        Guarantees: when it returns, every alert is recorded. Raises OvertakenError if another has the
        partition: then `begin` anew; StorageError, and the database's errors.
        """
        if upto > self.partition.upto:
            self._found += self.partition.take(records, upto)
        return self._finish(self.most_unkept)

    def learn(self, contexts: Sequence[bytes]) -> Result:
        """Takes context in that lies beside what is read: from here on it holds. As `take`."""
        self._found += self.partition.learn(contexts)
        return self._finish(self.most_unkept)

    def keep_all(self) -> Result:
        """Writes every estate that changed: whoever goes on has nothing to judge again. Raises as `take`."""
        return self._finish(0)

    def keep_before(self, place: int) -> Result:
        """Writes every estate that changed by a record before a place: one of which little comes would hold
        up for how long records are needed. Raises as `take`."""
        return self._finish(self.most_unkept, before=place)

    def pass_over(self, place: int) -> None:
        """The records before a place are not there any more: it goes on from there. Raises as `take`."""
        self.partition.upto = max(self.partition.upto, place)
        self._finish(0)

    def end(self) -> None:
        """All was read and kept of a source that never grows."""
        with writing(self.engine).begin() as connection:
            store.done(connection, self._here())

    def _finish(self, most_unkept: int, *, before: int | None = None) -> Result:
        new, refused = record(self.ledger, self._found, self.rules) if self._found else ([], [])
        place, partition = self._here(), self.partition
        kept = partition.to_keep(most_unkept, before=before)
        with writing(self.engine).begin() as connection:
            unkept_from = _replay_from(partition, kept)
            moved = store.move(connection, place, partition.upto, unkept_from)
            store.keep_evidence(connection, map(evidence_of, self._found))
            store.keep(connection, moved, kept)
        self.place, self._found = moved, []
        partition.kept(kept)
        return Result(new, len(refused), _summed(kept))

    def _states(self, estates: Collection[str]) -> Iterable[SavedState]:
        with self.engine.connect() as connection:
            yield from store.states_of(connection, estates)

    def _here(self) -> store.Place:
        assert self.place is not None, "`begin` comes first"
        return self.place


def _replay_from(partition: Partition, kept: Iterable[Kept]) -> int:
    written = {one.estate for one in kept}
    left = [new.since for estate, new in partition.unkept.items() if estate not in written]
    return min(left, default=partition.upto)


def _summed(kept: Iterable[Kept]) -> Counter[tuple[str, str]]:
    summed: Counter[tuple[str, str]] = Counter()
    for one in kept:
        for tally in one.tallies:
            summed[tally.kind, tally.reason] += tally.readings
    return summed
