"""Source B of the projector: runs of records from Kafka, and the offsets they lead to, in one transaction.

The database's checkpoints alone say where to read on. Whoever does not find them as it left them was taken
for dead: it discards its batch and asks again (D7). Which generation is live is looked up in each batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from projections import careful, checkpoints, parking
from projections.checkpoints import Step
from projections.database import FOLD_VERSION
from projections.follow import without_collector
from projections.generations import Generation, hold_live
from projections.parking import Unreadable
from projections.projector import Projector
from rentalwatch.ledger.store import Recorded


class Part(NamedTuple):
    """A stretch of one partition: from the offset where the last one ended to that behind its last record.

    `rows` in the order of the partition; `unreadable`: records in it that are no events.
    """

    begin: int
    end: int
    rows: Sequence[Recorded]
    unreadable: Sequence[Unreadable] = ()


class Taken(NamedTuple):
    """What became of a batch."""

    events: int
    repeats: int
    generation: Generation


class Intake:
    """One worker's way into the read models. Not safe to share between threads."""

    def __init__(
        self, engine: sa.Engine, topic_id: str, *, fold_version: int = FOLD_VERSION, partitions: int = 12
    ) -> None:
        self.engine = engine
        self.topic_id = topic_id
        self.fold_version = fold_version
        self.partitions = partitions
        self.projector = Projector()
        self.generation: Generation | None = None

    def offsets(
        self, partitions: Iterable[int], allow: Callable[[set[str]], None] = lambda read: None
    ) -> dict[int, int]:
        """Partition → where to read on, for those assigned; whatever was remembered is forgotten.

        `allow` is given the topics that the live generation was folded from, before anything is written and
        while no switch can happen; it raises where this one must not be read from.
        Raises FoldNewerError (stop), FoldOlderError (wait), NotFoundError, the database's errors.
        """
        self.projector.forget()
        with self.engine.begin() as connection:
            self.generation = hold_live(connection, self.fold_version)
            allow(checkpoints.topics_read(connection))
            found = checkpoints.prepare(connection, self.topic_id, range(self.partitions))
        return {partition: found[partition] for partition in partitions}

    def take(self, batch: Mapping[int, Part]) -> Taken:
        """Folds a batch and moves the checkpoints, or neither.

        Raises OvertakenError: discard, call `offsets`, seek there. GapError: an event of its `stream_id` is
        missing; its partition must stop, the others may be taken without it. NewerVersionError: pause.
        FoldNewerError: stop. FoldOlderError: wait. Others are the database's: try again from `offsets`.
        """
        if not batch:
            raise ValueError("a batch of no partitions")
        rows, home, steps = _read(batch)

        def before(connection: sa.Connection) -> None:
            held = hold_live(connection, self.fold_version)
            if held != self.generation:  # switched: its offsets are those of the one before
                self.projector.forget()
            self.generation = held
            checkpoints.move_all(connection, self.topic_id, steps)

        def after(connection: sa.Connection, new: dict[str, int]) -> None:
            by_partition: dict[int, int] = {}
            for stream, events in new.items():
                by_partition[home[stream]] = by_partition.get(home[stream], 0) + events
            checkpoints.count_all(connection, self.topic_id, steps, by_partition)
            for partition, part in batch.items():
                parking.keep(connection, self.topic_id, partition, part.unreadable)

        with without_collector():
            new = sum(careful.fold(self.engine, self.projector, rows, before, after).values())
        assert self.generation is not None
        return Taken(new, len(rows) - new, self.generation)


def _read(batch: Mapping[int, Part]) -> tuple[list[Recorded], dict[str, int], list[Step]]:
    """(events, stream → partition, how far each partition goes on)."""
    rows: list[Recorded] = []
    home: dict[str, int] = {}
    steps = []
    for partition, part in batch.items():
        rows += part.rows
        home.update((row.stream_id, partition) for row in part.rows)
        # the commit of the last event may go on in the next run: known is what lies before it
        known = max((row.recorded_at for row in part.rows), default=1) - 1
        position = max((row.position for row in part.rows), default=0)
        steps.append(Step(partition, part.begin, part.end, known, position))
    return rows, home, steps
