"""`verify --kafka`: whether the topic says what the ledger says, record for record."""

from __future__ import annotations

from collections.abc import Iterator

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import Problem
from rentalwatch.ledger.messages import message_of
from rentalwatch.ledger.relay.agreement import agreed_position
from rentalwatch.ledger.relay.clients import said_in_words
from rentalwatch.ledger.relay.diagnosis import ledger_events
from rentalwatch.ledger.relay.progress import RelayRefusedError
from rentalwatch.ledger.relay.publisher import partition_of
from rentalwatch.ledger.relay.topic import Foreign, Published, Topic, reading
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import check


def compare_with_kafka(ledger: Ledger, bootstrap: str, prefix: str) -> Iterator[Problem]:
    """Everything in which the topic differs from the ledger, up to the last published position.

    Checked: key, value and headers of every record, its partition, the order of positions and epochs, nothing
    twice, nothing missing, nothing foreign; and that the relay's progress fits the ledger. Relay and writers
    may go on: what a ledger holds up to a position never changes, and the position is read first. Changes
    nothing. Memory: a few pages. Raises StorageError, NotPermittedError for topics that are not as they must
    be.
    """
    with said_in_words(bootstrap), reading(bootstrap, prefix) as topic:
        try:
            upto = agreed_position(ledger, topic, check(bootstrap, prefix), 0, published_on=True)
        except RelayRefusedError as e:
            yield Problem(e.code, topic.name, e.what)
            return
        yield from _Comparison(ledger, topic, upto).problems()


class _Comparison:
    """Two walks in order of position, side by side."""

    def __init__(self, ledger: Ledger, topic: Topic, upto: int) -> None:
        self.ledger, self.topic, self.upto = ledger, topic, upto
        self.foreign: list[Foreign] = []
        self.epoch = 0

    def problems(self) -> Iterator[Problem]:
        rows = self._rows()
        row = next(rows, None)
        for event in self.topic.merged(self.topic.ends(), self.foreign.append):
            yield from self._told()
            if event.row.position > self.upto:
                break
            while row is not None and row.position < event.row.position:
                yield self._missing(row)
                row = next(rows, None)
            yield from self._one(event, row)
            if row is not None and row.position == event.row.position:
                row = next(rows, None)
        yield from self._told()
        if row is not None:
            yield from map(self._missing, (row, *rows))

    def _rows(self) -> Iterator[Recorded]:
        for row in ledger_events(self.ledger, 0):
            if row.position > self.upto:
                return
            yield row

    def _one(self, event: Published, row: Recorded | None) -> Iterator[Problem]:
        where = f"{self.topic.name}, partition {event.partition}, offset {event.offset}"
        if row is None or row.position != event.row.position:
            yield Problem("RW-VERIFY-KAFKA-EXTRA", where, f"position {event.row.position} stands there again")
            return
        key, _, headers = message_of(row, event.epoch)
        if row != event.row or headers != event.headers:
            yield Problem(
                "RW-VERIFY-KAFKA-DIFFERS", where, f"differs from position {row.position} of the ledger"
            )
        if event.partition != partition_of(key):
            yield Problem("RW-VERIFY-KAFKA-ORDER", where, "lies in another partition than its key's")
        if event.epoch < self.epoch:
            yield Problem("RW-VERIFY-KAFKA-ORDER", where, f"epoch {event.epoch} behind epoch {self.epoch}")
        self.epoch = max(self.epoch, event.epoch)

    def _missing(self, row: Recorded) -> Problem:
        where = f"position {row.position} ({row.stream_id}, version {row.version})"
        return Problem("RW-VERIFY-KAFKA-MISSING", where, "was published and is not on the topic")

    def _told(self) -> Iterator[Problem]:
        for found in self.foreign:
            where = f"{self.topic.name}, partition {found.partition}, offset {found.offset}"
            yield Problem("RW-RECORD-FOREIGN", where, found.what)
        self.foreign.clear()


__all__ = ["compare_with_kafka"]
