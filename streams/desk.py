"""What a worker does with the runs it reads: folds them, or finds out why not and says so.

No exception leaves here: Faust would acknowledge the batch, skip it, and go on as if nothing had been. What
stands in the way takes the partition's place away; it is read again from the database's checkpoint later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from projections.checkpoints import OvertakenError
from rentalwatch.errors import RentalwatchError, StorageError
from rentalwatch.observe.health import Health
from rentalwatch.observe.tracebacks import described, reason
from streams.gauges import Gauges
from streams.positions import Batch, Positions, Stretch
from streams.runs import Reader, Run
from streams.standing import StandstillError

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 3.0
"""Between two tries while the database is away: the first comes soon, since most outages are a restart."""

OUTAGE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError, StorageError, OSError)
"""The database is away, or refuses for reasons that pass."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Folds(Protocol):
    """The database's side of a worker. It waits, and is called in one thread."""

    subject: str
    """What it folds into, a word for why a worker is not ready."""

    def use(self, topic_id: str) -> None:
        """Offsets are those of this topic, whose id changes when it is deleted and made again."""

    def load(self, partitions: Iterable[int]) -> dict[int, int]:
        """Partition → the offset to read from. Raises StandstillError, and the database's errors."""

    def fold(self, batch: Mapping[int, Stretch]) -> Any:
        """Folds a batch and moves its checkpoints; after an error of the database it may be called again.
        Raises OvertakenError, StandstillError, and the database's errors."""

    def release(self, partitions: Iterable[int]) -> None:
        """Another worker has these now. Called outside that thread; it does not wait."""

    def may_be_held_up(self, error: Exception) -> None:
        """After an error of the database: makes sure that no worker that sleeps stands in the way."""


class Desk:
    """Takes runs in, one batch at a time. Its database work is done in one thread of its own, in order, so
    that heartbeats go on, and a place that is asked for is the one after the batch under way."""

    def __init__(self, folder: Folds, health: Health, reader: Reader, gauges: Gauges) -> None:
        self.folder, self.health, self.reader, self.gauges = folder, health, reader, gauges
        self.positions = Positions()
        self.standing: dict[int, str] = {}
        """Partition → why it is not folded further."""
        self.oldest: dict[int, float] = {}
        """Partition → when the oldest record in hand was written, in seconds of the epoch."""
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="folding")

    async def take(self, runs: Iterable[Run]) -> None:
        """Folds what follows on the checkpoints; it is stored then, or was discarded. Raises nothing."""
        handed = list(runs)
        try:
            await self._take(handed)
        except Exception as e:
            log.error("unexpected, reading again: %s", described(e))
            self.positions.drop({run.partition for run in handed})

    async def _take(self, runs: Iterable[Run]) -> None:
        batch, broken = self.positions.following(runs)
        self.oldest |= {p: s.records[0].written_at for p, s in batch.items() if s.records}
        if batch:
            await self._folded(batch)
        if broken:
            await self._read_again(broken)

    async def places(self, partitions: Iterable[int]) -> dict[int, int]:
        """Where the database says that these are to be read from; those that cannot be told are left out, and
        are not folded."""
        wanted = set(partitions)
        self.positions.drop(wanted)
        if self._closed:
            return {}
        try:
            found = await self._in_thread(lambda: self.folder.load(wanted))
        except StandstillError as e:
            self.health.problem(self.folder.subject, e.what)
            return {}
        except Exception as e:
            await self._trouble(e)
            return {}
        self.health.problem(self.folder.subject, None)
        self.health.problem("database", None)
        self.positions.put(found)
        return found

    def release(self, partitions: Iterable[int]) -> None:
        """Another worker has these now."""
        gone = set(partitions)
        self.positions.drop(gone)
        self.folder.release(gone)
        self._went_on(gone)
        for partition in gone:
            self.oldest.pop(partition, None)
            self.positions.last.pop(partition, None)
            self.gauges.forget(partition)

    def stand_still(self, partitions: Iterable[int], why: StandstillError) -> None:
        """Folds these no further for now, and says why."""
        stopped = set(partitions)
        self.positions.drop(stopped)
        self.reader.halt(stopped)
        for partition in stopped:
            if self.standing.get(partition) != why.what:
                log.error("partition %d stands still: %s", partition, why)
            self.standing[partition] = why.what
            self.gauges.stands(partition, why.name)
        self._say()

    async def use(self, topic_id: str) -> None:
        """Offsets are those of this topic from now on."""
        await self._in_thread(lambda: self.folder.use(topic_id))

    async def do(self, work: Callable[[], T]) -> T:
        """Something else that belongs between two batches, in their thread."""
        return await self._in_thread(work)

    async def close(self) -> None:
        """Lets the transaction under way end; no other begins."""
        self._closed = True
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def _folded(self, batch: Batch) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._closed:
            try:
                await self._in_thread(lambda: self.folder.fold(batch))
            except OvertakenError:
                self.gauges.overtaken()
                log.warning(
                    "overtaken by another worker: a batch was dropped", extra={"partitions": [*batch]}
                )
                await self._read_again(set(batch))
                return
            except StandstillError as e:
                await self._one_by_one(batch, e)
                return
            except Exception as e:
                if not await self._trouble(e):
                    await self._one_by_one(batch, StandstillError("unexpected", reason(e)))
                    return
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                self._stored(batch)
                return

    async def _one_by_one(self, batch: Batch, why: StandstillError) -> None:
        """One partition that cannot go on holds up no other."""
        for partition, stretch in batch.items():
            if len(batch) == 1 or partition == why.partition:
                self.stand_still([partition], why)
            else:
                await self._folded({partition: stretch})

    def _stored(self, batch: Batch) -> None:
        self.positions.stored(batch)
        self.health.problem("database", None)
        self._went_on(batch)
        for partition, stretch in batch.items():
            if stretch.records:
                self.oldest[partition] = stretch.records[-1].written_at

    async def _read_again(self, partitions: set[int]) -> None:
        self.positions.drop(partitions)
        try:
            await self.reader.read_again(partitions)
        except Exception as e:
            log.info("could not read again from the database's place yet: %s", reason(e))

    async def _trouble(self, error: Exception) -> bool:
        """Says what stands in the way; whether it is an outage, which passes."""
        if isinstance(error, OUTAGE):
            with suppress(*OUTAGE, RuntimeError):  # the last: no other work begins at the end
                await self._in_thread(lambda: self.folder.may_be_held_up(error))
            what = error.what if isinstance(error, RentalwatchError) else reason(error)
            self.health.problem("database", f"the database does not answer: {what}")
            log.warning("the database does not answer, trying again: %s", what)
            return True
        log.error("unexpected: %s", described(error))
        return False

    def _went_on(self, partitions: Iterable[int]) -> None:
        went_on = [p for p in partitions if self.standing.pop(p, None)]
        if went_on:
            log.info("partitions %s go on", went_on)
            for partition in went_on:
                self.gauges.stands(partition, "")
            self._say()

    def _say(self) -> None:
        said = [f"partition {p}: {what}" for p, what in sorted(self.standing.items())]
        self.health.problem("standstill", "; ".join(said) or None)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
