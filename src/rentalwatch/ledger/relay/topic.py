"""Reading what is on the events topic and how far the relay says it is: committed records only, in order of
position, with memory for a few pages a partition."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import merge
from typing import Any, NamedTuple, TypeVar

from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from rentalwatch.ledger.messages import UnreadableRecordError, recorded_of
from rentalwatch.ledger.relay import clients
from rentalwatch.ledger.relay.progress import KEY, Progress, progress_of
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import EVENT_PARTITIONS, events_topic, progress_topic

AHEAD = 4_000
"""Records of one partition that are read ahead of the others before it has to wait."""

SILENT_SECONDS = 30
"""How long nothing may come of what must be there."""

POLL_MS = 20
"""A poll waits so long for a record, also where there are only markers and aborted records to pass over."""

BACK = 64
"""Offsets before the end at which the progress is looked for first; each try looks 16 times as far back."""


T = TypeVar("T")


class Published(NamedTuple):
    """An event as it lies on the topic."""

    row: Recorded
    epoch: int
    partition: int
    offset: int
    headers: list[tuple[str, bytes]]


class Foreign(NamedTuple):
    """A record that is no event of ours, or stands where it must not."""

    partition: int
    offset: int
    what: str


class Topic:
    """The events topic of one cluster. Not to be shared between threads."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._consumer = clients.consumer(bootstrap)
        self.name, self._progress = events_topic(prefix), progress_topic(prefix)
        self._places = [TopicPartition(self.name, n) for n in range(EVENT_PARTITIONS)]

    def begins(self) -> dict[int, int]:
        """Partition → its first offset."""
        return _by_number(self._consumer.beginning_offsets(self._places))

    def ends(self) -> dict[int, int]:
        """Partition → the offset behind its last committed record."""
        return _by_number(self._consumer.end_offsets(self._places))

    def last(self) -> Published | None:
        """The last event; None if it holds none (what an aborted transaction left does not count)."""
        lasts = [self._last_of(place) for place in self._places]
        return max((last for last in lasts if last), key=lambda event: event.row.position, default=None)

    def merged(
        self,
        ends: dict[int, int],
        foreign: Callable[[Foreign], None],
        begins: dict[int, int] | None = None,
    ) -> Iterator[Published]:
        """Every event up to `ends` in order of position. Records that are no events of ours, and events that
        stand behind a later one in their partition, are told to `foreign` and left out."""
        begins = self.begins() if begins is None else begins
        self._assign(self._places, begins)
        walk = _Walk(self._consumer, self.name, {p: ends[p] for p in ends if begins[p] < ends[p]})
        return merge(
            *(_events(walk.of(p), foreign) for p in sorted(walk.ends)),
            key=lambda published: published.row.position,
        )

    def progress(self, upto: int = 0) -> Progress | None:
        """The last committed progress, read to the end and at least to offset `upto`; None if there is none.

        Raises RelayRefusedError if it cannot be read.
        """
        place = TopicPartition(self._progress, 0)
        found = next(self._backwards(place, upto, lambda records: [r for r in records if r.key == KEY]), None)
        return None if found is None else progress_of(found.value)

    def _last_of(self, place: TopicPartition) -> Published | None:
        def events(records: Iterator[Any]) -> list[Published]:
            return list(_events(records, lambda _: None))

        return next(self._backwards(place, 0, events), None)

    def _backwards(
        self, place: TopicPartition, upto: int, wanted: Callable[[Iterator[Any]], list[T]]
    ) -> Iterator[T]:
        """The last thing wanted among the records of a partition, looked for from its end; or nothing."""
        begin = self._consumer.beginning_offsets([place])[place]
        end = max(upto, self._consumer.end_offsets([place])[place])
        back, start = BACK, end
        while start > begin:
            start = max(begin, end - back)
            self._assign([place], {place.partition: start})
            found = wanted(_Walk(self._consumer, place.topic, {place.partition: end}).of(place.partition))
            if found:
                yield found[-1]
                return
            back *= 16

    def _assign(self, places: list[TopicPartition], starts: dict[int, int]) -> None:
        self._consumer.assign(places)
        for place in places:
            self._consumer.seek(place, starts[place.partition])

    def close(self) -> None:
        """Ends the consumer."""
        clients.drop(self._consumer)


@contextmanager
def reading(bootstrap: str, prefix: str) -> Iterator[Topic]:
    """The topic of a cluster, closed at the end. Raises KafkaError."""
    topic = Topic(bootstrap, prefix)
    try:
        yield topic
    finally:
        topic.close()


class _Walk:
    """Partitions read side by side by one consumer: those that are far ahead pause."""

    def __init__(self, consumer: Any, name: str, ends: dict[int, int]) -> None:
        self.consumer, self.name, self.ends = consumer, name, ends
        self.waiting: dict[int, deque[Any]] = {partition: deque() for partition in ends}
        self.heard = time.monotonic()

    def of(self, partition: int) -> Iterator[Any]:
        """The records of one partition, up to its end."""
        if partition not in self.ends:
            return
        waiting, place = self.waiting[partition], TopicPartition(self.name, partition)
        while True:
            while waiting:
                yield waiting.popleft()
            if self.consumer.position(place) >= self.ends[partition]:
                return
            self._poll()

    def _poll(self) -> None:
        for partition, waiting in self.waiting.items():
            place = TopicPartition(self.name, partition)
            full = len(waiting) >= AHEAD or self.consumer.position(place) >= self.ends[partition]
            (self.consumer.pause if full else self.consumer.resume)(place)
        before = self._positions()
        for place, records in self.consumer.poll(timeout_ms=POLL_MS).items():
            end = self.ends[place.partition]
            self.waiting[place.partition].extend(record for record in records if record.offset < end)
        if self._positions() != before:
            self.heard = time.monotonic()
        elif time.monotonic() - self.heard > SILENT_SECONDS:
            raise KafkaTimeoutError(f"{self.name}: nothing came for {SILENT_SECONDS} s")

    def _positions(self) -> list[int]:
        return [self.consumer.position(TopicPartition(self.name, partition)) for partition in self.ends]


def _events(records: Iterator[Any], foreign: Callable[[Foreign], None]) -> Iterator[Published]:
    last = 0
    for record in records:
        try:
            row, epoch = recorded_of(record.key, record.value, record.headers)
        except UnreadableRecordError as e:
            foreign(Foreign(record.partition, record.offset, e.what))
            continue
        if row.position <= last:
            behind = f"position {row.position} stands behind position {last}"
            foreign(Foreign(record.partition, record.offset, behind))
            continue
        last = row.position
        yield Published(row, epoch, record.partition, record.offset, list(record.headers))


def _by_number(offsets: dict[TopicPartition, int]) -> dict[int, int]:
    return {place.partition: offset for place, offset in offsets.items()}
