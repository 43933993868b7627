"""Kafka as Faust reads it, but where the database says, and only what was committed.

Faust hands records over one by one, in an order of partitions that it makes up; here a message is a `Run`: a
whole stretch of one partition with its two ends. So it can be proven that nothing was left out between what
was folded and what came next, and reading costs a twentieth of the time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol, cast

import aiokafka
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.runs import NOWHERE, Read, Run
from streams.setup import QUIET

log = logging.getLogger(__name__)

NOT_PLACED_SECONDS = 0.1
"""How long to wait before asking again for partitions that have no place to read from yet."""


class Places(Protocol):
    """What the app knows that this transport needs."""

    def read(self, record: Any) -> object:
        """What a record says. Called in the consumer's thread, while a batch is folded in another."""

    async def places(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Where to read each partition from. Those that cannot be told now are left out."""

    def lost(self, partitions: Iterable[TP]) -> None:
        """The topic has no record any more at the place that was asked for."""


class _Reached(NamedTuple):
    state: object
    """aiokafka's state of the partition in one assignment; a new assignment has another."""
    offset: int


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that talks to Kafka. All that moves a position happens in it, one after the other."""

    logger = QUIET

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reached: dict[TP, _Reached] = {}

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust reads uncommitted records unless it runs its own exactly_once, which loses events.
        consumer._isolation_level = "read_committed"
        return consumer

    async def place(self, offsets: Mapping[TP, int]) -> None:
        """Reads these partitions from these offsets on, those of them that are assigned."""
        await self.call_thread(self._place, offsets)

    async def _place(self, offsets: Mapping[TP, int]) -> None:
        consumer = self._ensure_consumer()
        for tp, offset in offsets.items():
            state = self._state(tp)
            if state is not None:
                consumer.seek(aiokafka.TopicPartition(*tp), offset)
                self._reached[tp] = _Reached(state, offset)

    async def earliest(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """The first offset that the topic still holds of each."""
        return cast(Mapping[TP, int], await self.call_thread(self._earliest, set(partitions)))

    async def _earliest(self, partitions: set[TP]) -> Mapping[TP, int]:
        asked = [aiokafka.TopicPartition(*tp) for tp in partitions]
        found = await self._ensure_consumer().beginning_offsets(asked)
        return {TP(*tp): offset for tp, offset in found.items()}

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Mapping[TP, list[Run]]:
        # Faust never looks: a fenced member would stand still for ever without a word.
        consumer._coordinator.check_errors()
        try:
            fetched = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        except (NoOffsetForPartitionError, OffsetOutOfRangeError) as e:
            if isinstance(e, OffsetOutOfRangeError):
                cast(Places, self.app).lost([TP(*tp) for tp in e.args[0]])
            await asyncio.sleep(NOT_PLACED_SECONDS)
            return {}
        return {TP(*tp): [self._run(TP(*tp), records)] for tp, records in fetched.items()}

    def _run(self, tp: TP, records: list[Any]) -> Run:
        state = self._state(tp)
        reached = self._reached.get(tp)
        begin = reached.offset if reached is not None and reached.state is state else NOWHERE
        end = int(state.position) if state is not None else records[-1].offset + 1
        if begin != NOWHERE:
            self._reached[tp] = _Reached(state, end)
        read = cast(Places, self.app).read
        return Run(tp.partition, begin, end, [Read(r.offset, r.timestamp / 1000, read(r)) for r in records])

    def _state(self, tp: TP) -> Any:
        """aiokafka's state of a partition, None if it is not assigned."""
        subscription = self._ensure_consumer()._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None or not assignment.active:
            return None
        return assignment.state_value(aiokafka.TopicPartition(*tp))

    def highwater(self, tp: TP) -> int:
        """The end of what a reader may see: behind it a transaction is open. 0 if it is not known yet."""
        state = self._state(tp)
        return int(state.lso) if state is not None and state.lso is not None else 0

    def nothing_after(self, tp: TP, offset: int) -> bool:
        """Whether no record that may be seen lies at `offset` or behind it; transaction marks may."""
        state, reached = self._state(tp), self._reached.get(tp)
        if state is None or state.lso is None or not state.has_valid_position or reached is None:
            return False
        return bool(state.position >= state.lso and reached.state is state and offset >= reached.offset)

    def in_touch(self) -> bool:
        """Whether the broker that looks after the group is known and has not left."""
        return self._consumer is not None and self._consumer._coordinator.coordinator_id is not None

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """The group's offsets are for people who look at the group; nothing depends on them, so a broker that
        does not take them is no reason to end the process, as it is for Faust."""
        held = offsets.keys() & self.assignment()
        wanted = {aiokafka.TopicPartition(*tp): OffsetAndMetadata(offsets[tp], "") for tp in held}
        try:
            await self._ensure_consumer().commit(wanted)
        except Exception as e:
            log.info("the group's offsets were not taken: %s", type(e).__name__)
            return False
        return True


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Reads from where the app says, whatever the group's committed offsets are."""

    logger = QUIET

    _thread: ConsumerThread

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Faust calls this after every assignment, when its handlers have run: it has the last word."""
        return await self.replace(self.assignment())

    async def replace(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Reads these partitions again from where the app says now."""
        wanted = set(partitions)
        offsets = await cast(Places, self.app).places(wanted)
        await self._thread.place(offsets)
        for tp, offset in offsets.items():
            self._read_offset[tp] = offset or None
        self.pause_partitions(wanted - offsets.keys())
        self.resume_partitions(offsets.keys() & self.assignment())
        return offsets

    async def earliest(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """The first offset that the topic still holds of each."""
        return await self._thread.earliest(partitions)

    def nothing_after(self, tp: TP, offset: int) -> bool:
        """Whether no record that may be seen lies at `offset` or behind it; transaction marks may."""
        return self._thread.nothing_after(tp, offset)

    def in_touch(self) -> bool:
        """Whether the broker that looks after the group is known and has not left."""
        return self._thread.in_touch()

    async def commit_offsets(self, offsets: Mapping[TP, int]) -> None:
        """Tells the group how far the read models are, for those who watch it."""
        await self._thread.commit(offsets)

    def _to_message(self, tp: TP, record: Run) -> ConsumerMessage:
        last = record.records[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            record.end - 1,
            last.written_at,
            0,
            None,
            None,
            cast(bytes, record),
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )


class Transport(driver.Transport):  # type: ignore[misc]
    """For `App._new_transport`."""

    Consumer = Consumer
