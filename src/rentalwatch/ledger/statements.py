"""A statement: something said about one home, not yet stored. What commands and imports hand in.

A statement knows the home by an identity key; the ledger finds the stream. Its content hash is the same
whoever hands it in, so saying it twice is recognised.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import to_json

from rentalwatch.domain.events import TYPE_OF, DwellingRegistered, Event
from rentalwatch.domain.instants import Micros, micros
from rentalwatch.ledger.codec import hashes, payload

RECORDS = UUID("6f2a7a0e-3c0f-5d1c-9d55-0d6ee1f8f0a1")
"""Namespace of record ids that follow from a source's fact (D4)."""
STREAMS = UUID("b1f4c7f2-55d2-5e0b-8a59-4c51b9a4f6de")
"""Namespace of stream ids: assigned from the first identity key, never recomputed."""
NO_RECORD = UUID(int=0)


def dwelling_stream(key: str) -> str:
    """The stream that a home gets when it is first registered under `key`."""
    return f"dwelling-{uuid5(STREAMS, key)}"


def record_of_fact(source: str, key: str, fact: str, content_hash: str, count: int) -> UUID:
    """The id of the record that stores the `count`-th change of a source's fact (D4)."""
    return uuid5(RECORDS, "\x1f".join((source, key, fact, content_hash, str(count))))


class Statement:
    """One fact about one home as it was handed in.

    `event` carries what was stated, with NO_RECORD as its id; `terms` are due instants that a rulebook
    resolved and that are stored beside it but are no part of what was stated.
    """

    __slots__ = (
        "content_hash",
        "dwelling",
        "event",
        "fact",
        "key",
        "source",
        "stated",
        "terms",
        "timeless_hash",
        "type_name",
    )

    def __init__(
        self,
        event: Event,
        *,
        dwelling: str,
        source: str = "",
        fact: str = "",
        key: str = "",
        terms: dict[str, Any] | None = None,
    ) -> None:
        self.event = event = _with_own_key(event, dwelling)
        self.dwelling = dwelling
        self.source, self.fact, self.key = source, fact, key
        self.terms = terms or {}
        self.type_name = TYPE_OF[type(event)]
        self.stated = payload(event)
        self.content_hash, self.timeless_hash = hashes(
            self.type_name, self.stated, event.happened_at, event.precision
        )

    @property
    def registers(self) -> bool:
        """Whether it brings a home into the book."""
        return isinstance(self.event, DwellingRegistered)

    @property
    def source_recorded_at(self) -> Micros | None:
        seen = self.event.source_recorded_at
        return None if seen is None else micros(seen)

    def record_id(self, count: int) -> UUID:
        """The id of the record that stores it, the `count`-th change of this fact of its source."""
        return record_of_fact(self.source, self.key, self.fact, self.content_hash, count)

    def state(
        self,
        record_id: UUID,
        *,
        index: int = 0,
        count: int = 0,
        batch: UUID | None = None,
        superseded_by: UUID | None = None,
    ) -> bytes:
        """The bytes to store: the envelope, the resolved terms, then what was stated.

        Put together from parts, since the payload was serialised for its hash already.
        """
        head: dict[str, Any] = {"record_id": str(record_id)}
        if index:
            head["index"] = index
        head["happened_at"] = _iso(self.event.happened_at)
        if self.event.precision != "instant":
            head["precision"] = self.event.precision
        if self.event.source_recorded_at is not None:
            head["source_recorded_at"] = _iso(self.event.source_recorded_at)
        if self.event.rulebook:
            head["rulebook"] = self.event.rulebook
        if self.source:
            head["source"] = self._source_json(count, batch)
        elif self.terms:
            head["content_hash"] = self.content_hash
        if superseded_by is not None:
            head["superseded_by"] = str(superseded_by)
        for name, value in self.terms.items():
            head[name] = _iso(value) if isinstance(value, datetime) else value
        text = to_json(head)
        return text if self.stated == b"{}" else text[:-1] + b"," + self.stated[1:]

    def _source_json(self, count: int, batch: UUID | None) -> dict[str, Any]:
        ref: dict[str, Any] = {
            "name": self.source,
            "key": self.key,
            "fact": self.fact,
            "content_hash": self.content_hash,
            "timeless_hash": self.timeless_hash,
        }
        if count:
            ref["count"] = count
        if batch is not None:
            ref["batch"] = str(batch)
        return ref


def _with_own_key(event: Event, dwelling: str) -> Event:
    """A registration names every key that it makes known, so that the keys follow from the events."""
    if not isinstance(event, DwellingRegistered) or dwelling in event.keys:
        return event
    return event.model_copy(update={"keys": (dwelling, *event.keys)})


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


__all__ = ["NO_RECORD", "RECORDS", "STREAMS", "Statement", "dwelling_stream"]
