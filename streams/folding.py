"""The database's side of a worker: where to read on, and one batch in one transaction. It waits, and belongs
into one thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import sqlalchemy as sa

from projections.database import FOLD_VERSION
from projections.generations import FoldNewerError, FoldOlderError
from projections.intake import Intake, Part, Taken
from projections.parking import Unreadable
from projections.projector import GapError
from rentalwatch.errors import NotFoundError, RentalwatchError
from rentalwatch.ledger.codec import NewerVersionError
from rentalwatch.ledger.store import Recorded
from rentalwatch.observe import metrics
from streams.positions import Stretch
from streams.standing import StandstillError

SLEEP_SECONDS = 8
"""A worker that lets the database wait so long for the rest of a statement sleeps: rows take milliseconds."""

_WAITED = ("55P03", "57014")
"""What PostgreSQL says when a lock, or a statement, took too long."""

_SLEEPERS = f"""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
      AND application_name = current_setting('application_name') AND application_name <> ''
      AND xact_start IS NOT NULL AND wait_event = 'ClientRead'
      AND state_change < clock_timestamp() - interval '{SLEEP_SECONDS} seconds'
"""

log = logging.getLogger(__name__)


class Folder:
    """Folds what partitions hold into the read models in use."""

    subject = "models"

    def __init__(
        self, engine: sa.Engine, topic_now: Callable[[], str], fold_version: int = FOLD_VERSION
    ) -> None:
        """`topic_now`: asks Kafka for the id of the topic of events; raises RentalwatchError."""
        self.engine, self.topic_now, self.fold_version = engine, topic_now, fold_version
        self._intake: Intake | None = None
        self._named: set[str] = set()

    def release(self, partitions: Iterable[int]) -> None:
        """Nothing is held of a partition."""

    def may_be_held_up(self, error: Exception) -> None:
        """After an error of the database: makes sure that no worker that sleeps is what stands in the way.
        Raises the database's errors."""
        end_sleepers(self.engine, error)

    def use(self, topic_id: str) -> None:
        """Offsets are those of this topic, whose id changes when it is deleted and made again."""
        self._intake = Intake(self.engine, topic_id, fold_version=self.fold_version)

    def load(self, partitions: Iterable[int]) -> dict[int, int]:
        """Partition → the offset to read from; what was remembered of files is forgotten, since another
        worker may have gone on with them. Raises StandstillError, and the database's errors."""
        intake = self._known()
        try:
            return intake.offsets(partitions, partial(self._allow, intake.topic_id))
        except (FoldNewerError, FoldOlderError, NotFoundError) as e:
            raise StandstillError("generation", f"{e.what}. {e.todo}") from e

    def fold(self, batch: Mapping[int, Stretch]) -> Taken:
        """Folds a batch and moves its checkpoints, or neither.

        Raises OvertakenError, StandstillError, and the database's errors.
        """
        intake = self._known()
        parts = {partition: _part(stretch) for partition, stretch in batch.items()}
        try:
            with metrics.PROJECTION_BATCH_SECONDS.time():
                taken = intake.take(parts)
        except GapError as e:
            raise self._missing(e, _home(parts, e.stream_id)) from e
        except NewerVersionError as e:
            raise StandstillError("newer", f"{e.what}. Upgrade rentalwatch here") from e
        except (FoldNewerError, FoldOlderError, NotFoundError) as e:
            raise StandstillError("generation", f"{e.what}. {e.todo}") from e
        _count(taken, parts)
        return taken

    def _missing(self, gap: GapError, partition: int | None) -> StandstillError:
        """Names the file in the log alone, and once."""
        if str(gap) not in self._named:
            self._named = {*list(self._named)[-12:], str(gap)}
            log.error("an event is missing: %s", gap)
        without_stream = str(gap).removeprefix(f"{gap.stream_id}: ")
        return StandstillError("gap", f"a version is missing in a file ({without_stream})", partition)

    def _known(self) -> Intake:
        if self._intake is None:
            raise StandstillError("topic", "the topic of events was not found yet")
        return self._intake

    def _allow(self, topic_id: str, read: set[str]) -> None:
        """Offsets of a topic that was deleted mean nothing in the one that has its name now. Where nothing
        was read yet, Kafka is asked which one that is: what this worker knows may be older than a rebuild."""
        if read and topic_id not in read:
            raise StandstillError(
                "topic",
                "the topic of events was deleted and made again: the read models were folded from another."
                " Run `rentalwatch relay recover`, then `rentalwatch rebuild`",
            )
        if not read and self._topic_now() != topic_id:
            raise StandstillError("topic", "the topic of events is another one now: it is looked up anew")

    def _topic_now(self) -> str:
        try:
            return self.topic_now()
        except RentalwatchError as e:
            raise StandstillError("topic", f"{e.what}. {e.todo}") from e


def end_sleepers(engine: sa.Engine, error: Exception) -> None:
    """After an error of the database, if it was that something took too long. Raises its errors."""
    if getattr(getattr(error, "orig", None), "sqlstate", "") in _WAITED:
        wake_or_end(engine)


def wake_or_end(engine: sa.Engine) -> int:
    """Ends sessions of workers that sleep in the midst of a transaction; returns how many.

    A process that was stopped, or whose machine was, holds its locks for as long as the server believes in
    its connection, and no timeout of the server ends a COPY that waits for its client. What such a worker
    loses is rolled back; when it wakes it is overtaken anyway.
    """
    with engine.begin() as connection:
        ended = connection.exec_driver_sql(_SLEEPERS).scalars().all()
    if ended:
        log.warning("ended %d sessions of workers that sleep in the midst of a transaction", len(ended))
    return len(ended)


def _part(stretch: Stretch) -> Part:
    rows: list[Recorded] = []
    unreadable: list[Unreadable] = []
    for record in stretch.records:
        if isinstance(record.says, Unreadable):
            unreadable.append(record.says)
        else:
            rows.append(record.says)
    return Part(stretch.begin, stretch.end, rows, unreadable)


def _home(parts: Mapping[int, Part], stream_id: str) -> int | None:
    homes = (p for p, part in parts.items() if any(row.stream_id == stream_id for row in part.rows))
    return next(homes, None)


def _count(taken: Taken, parts: Mapping[int, Part]) -> None:
    metrics.PROJECTION_EVENTS.inc(taken.events)
    metrics.PROJECTION_REPEATS.inc(taken.repeats)
    if taken.events:
        oldest = min(row.recorded_at for part in parts.values() for row in part.rows)
        metrics.PROJECTION_VISIBLE_SECONDS.observe(max(0.0, time.time() - oldest / 1e6))
