"""A statement: something said about one home, estate, case …, not yet stored. What commands and imports
hand in.

A statement knows what it is about by an identity key; the ledger finds the stream. Its content hash is
the same whoever hands it in, so saying it twice is recognised.
"""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import to_json

from rentalwatch.domain.events import TYPE_OF, Event, Stream
from rentalwatch.domain.instants import Micros, micros
from rentalwatch.domain.streams import identity_key, is_stream
from rentalwatch.ledger.codec import hashes, payload

RECORDS = UUID("6f2a7a0e-3c0f-5d1c-9d55-0d6ee1f8f0a1")
"""Namespace of record ids that follow from a source's fact (D4)."""
STREAMS = UUID("b1f4c7f2-55d2-5e0b-8a59-4c51b9a4f6de")
"""Namespace of stream ids: assigned from the first identity key, never recomputed."""
NO_RECORD = UUID(int=0)


def stream_for(of: Stream, key: str) -> str:
    """The stream that begins when something is first registered under an identity key."""
    return f"{of}-{uuid5(STREAMS, key)}"


def dwelling_stream(key: str) -> str:
    """The stream that a home gets when it is first registered under `key`."""
    return stream_for("dwelling", key)


def record_of_fact(source: str, key: str, fact: str, content_hash: str, count: int) -> UUID:
    """The id of the record that stores the `count`-th change of a source's fact (D4)."""
    return uuid5(RECORDS, "\x1f".join((source, key, fact, content_hash, str(count))))


class Statement:
    """One fact about one home, estate, case … as it was handed in. `subject` names it by an identity key or
    its stream's id; `of` says which kind of stream it is.

    `event` carries what was stated, with NO_RECORD as its id; `terms` are due instants that a rulebook
    resolved and that are stored beside it but are no part of what was stated.
    """

    __slots__ = (
        "cells",
        "content_hash",
        "event",
        "fact",
        "key",
        "of",
        "record",
        "refers",
        "retracts",
        "row",
        "source",
        "stated",
        "subject",
        "terms",
        "timeless_hash",
        "type_name",
        "unless_known",
    )

    def __init__(
        self,
        event: Event,
        *,
        subject: str,
        of: Stream | None = None,
        source: str = "",
        fact: str = "",
        key: str = "",
        terms: dict[str, Any] | None = None,
    ) -> None:
        self.of: Stream = of or event.STREAMS[0]
        self.subject = identity_key(self.of, subject)
        self.event = event = _with_own_keys(event, self.of, self.subject)
        self.refers = _references(event) if event.REFERS else ()
        self.source, self.fact, self.key = source, fact, key
        self.terms = terms or {}
        self.record: UUID | None = None
        """The id that the record had in the book it comes from, and keeps. What followed from it there comes
        as records of their own."""
        self.unless_known = False
        """A registration that says nothing of a home which is in the book already."""
        self.row = ""
        self.cells: dict[str, str] = {}
        self.retracts: tuple[str, str] | None = None
        """(fact, key) of the same source that a retraction takes back; the ledger knows its record."""
        self.type_name = TYPE_OF[type(event)]
        self.stated = payload(event)
        self.content_hash, self.timeless_hash = hashes(
            self.type_name, self.stated, event.happened_at, event.precision
        )

    @property
    def registers(self) -> bool:
        """Whether it brings what it is about into the book."""
        return self.event.OPENS

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of what it is about, and of what else it names."""
        return (self.subject, *getattr(self.event, "keys", ()), *self.refers)

    @property
    def source_recorded_at(self) -> Micros | None:
        seen = self.event.source_recorded_at
        return None if seen is None else micros(seen)

    def aimed_at(self, target: UUID) -> Statement:
        """A retraction once the record is known that it takes back. What was stated stays the same."""
        aimed = copy(self)
        aimed.event = self.event.model_copy(update={"target": target})
        aimed.stated = payload(aimed.event)
        aimed.terms = {"content_hash": self.content_hash}
        return aimed

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
        said_of: str | None = None,
    ) -> bytes:
        """The bytes to store: the envelope, the resolved terms, then what was stated. `said_of`: the home
        that it was said of, if another's file holds that by now.

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
        if said_of is not None:
            origin = {"stream": said_of, "record": str(record_id)}
            head["moved_from"] = {**origin, "index": index} if index else origin
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
        if self.row:
            ref["row"] = self.row
        if self.cells:
            ref["cells"] = self.cells
        return ref


def _with_own_keys(event: Event, of: Stream, subject: str) -> Event:
    """What opens a stream names every key that it makes known, so that the keys follow from the events."""
    if not event.OPENS:
        return event
    stated = tuple(identity_key(of, key) for key in getattr(event, "keys", ()))
    keys = stated if subject in stated or is_stream(subject) else (subject, *stated)
    return event if keys == event.keys else event.model_copy(update={"keys": keys})  # type: ignore[attr-defined]


def _references(event: Event) -> tuple[str, ...]:
    """The identity keys of what else an event names, without repeats."""
    found: list[str] = []
    for name, of in event.REFERS:
        said = getattr(event, name)
        found += [identity_key(of, one) for one in ((said,) if isinstance(said, str) else said) if one]
    return tuple(dict.fromkeys(found))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


__all__ = [
    "NO_RECORD",
    "RECORDS",
    "STREAMS",
    "Statement",
    "dwelling_stream",
    "stream_for",
]
