"""What is handed over from Kafka, stretches of a partition with their two ends; what is asked of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

NOWHERE = -1
"""Where a run begins whose place nobody chose: it follows nothing."""


class Read(NamedTuple):
    """A record: where it lies, when it was written (seconds of the epoch), and what the app reads in it."""

    offset: int
    written_at: float
    says: Any


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one partition, one after the other: with everything before `begin` and with these, a reader
    has everything before `end`. Offsets that hold no record (transaction marks, aborted records) are between
    them or behind them."""

    partition: int
    begin: int
    end: int
    records: list[Read]


class Reader(Protocol):
    """How the desk tells Kafka's side where to read."""

    async def read_again(self, partitions: Iterable[int]) -> None:
        """Reads these from where the database says now."""

    def halt(self, partitions: Iterable[int]) -> None:
        """Reads these no further, until they are read again."""
