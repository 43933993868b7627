"""A fact as the canonical record that states it: the inverse of `record.statement`.

What it says comes back whole: importing the record gives the same event, but for what the ledger itself adds
(when it was recorded, the import it came with).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from rentalwatch.domain.events import Event, Finding, SourceRef, Stream, fields_of, lies_at
from rentalwatch.domain.instants import ALWAYS, day_last, day_start, local_date, micros
from rentalwatch.domain.streams import identity_key, is_stream
from rentalwatch.importers.record import (
    CANONICAL,
    DEFAULT_ZONE,
    INSTANTS,
    KIND_OF,
    MAX_NAME,
    STATED,
    TIMELESS,
)

Record = dict[str, Any]


class About(NamedTuple):
    """What the records of one stream are about, and how they read."""

    of: Stream
    name: str
    """Its first identity key, as a record gives it."""
    zones: tuple[str, ...]
    """Its own zone, then others in which a day may have been meant."""
    named: Callable[[str], str]
    """What another stream is called, by its id."""
    holder: Callable[[UUID], UUID]
    """The record that holds in place of one that was corrected."""


def as_record(event: Event, about: About, origin: tuple[str, str], record_id: UUID) -> Record:
    """The canonical record of one standing event. `origin`: (key, fact) under which it is known again;
    `record_id`: of the record that stated it, which it keeps."""
    kind = KIND_OF[type(event)]
    key, fact = origin
    zone, when = _when(kind, event, about.zones)
    said = {name: value for name, value in _fields(event, about, zone) if name != "zone"}
    return {
        "kind": kind,
        about.of: about.name,
        **when,
        **({} if zone == DEFAULT_ZONE else {"zone": zone}),
        **said,
        **({"rulebook": event.rulebook} if event.rulebook else {}),
        "key": key,
        **({} if fact == kind else {"fact": fact}),
        "record": str(record_id),
    }


def origin_of(first: UUID, kind: str, source: SourceRef | None) -> tuple[str, str]:
    """(key, fact) by which a record is known again, however often it is exported: those of its source, with
    the source's name before the key, or else the id of the record that said it `first`."""
    if source is None:
        return str(first), kind
    if source.name == CANONICAL:
        return source.key, source.fact
    key = f"{source.name}:{source.key}"
    return (key if len(key) <= MAX_NAME else str(first)), source.fact


def called(of: Stream, key: str) -> str:
    """An identity key as a record gives it: without what it begins with, where that comes back."""
    plain = key.removeprefix(f"{of}:")
    return plain if identity_key(of, plain) == key else key


def _when(kind: str, event: Event, zones: Sequence[str]) -> tuple[str, Record]:
    """The zone of a record and what it says of when: a day where only that is known, or the instant."""
    own = str(getattr(event, "zone", zones[0]))
    if event.precision == "unknown" and kind in TIMELESS and event.happened_at == ALWAYS:
        return own, {}
    if event.precision == "day":
        for zone in (own,) if hasattr(event, "zone") else zones:
            day = local_date(micros(event.happened_at), zone)
            if lies_at(type(event), day_start(day, zone), day_last(day, zone)) == event.happened_at:
                return zone, {"on": day.isoformat()}
    seen = {"first_seen": True} if event.precision == "first_seen" else {}
    return own, {"at": moment(event.happened_at, own), **seen}


def _fields(event: Event, about: About, zone: str) -> Iterator[tuple[str, Any]]:
    """What was stated, by field."""
    names = fields_of(type(event)) | STATED
    plain = event.model_dump(mode="json", include=names, exclude_defaults=True)
    for name in type(event).model_fields:
        if name not in plain:
            continue
        value = getattr(event, name)
        if name == "keys":
            others = [called(about.of, key) for key in value if called(about.of, key) != about.name]
            if others:
                yield name, others
        elif name in INSTANTS:
            yield name, moment(value, zone)
        else:
            yield name, _meant(value, plain[name], about)


def _meant(value: Any, plain: Any, about: About) -> Any:
    """A value with names in place of streams' ids, and with the records that hold."""
    if isinstance(value, UUID):
        return str(about.holder(value))
    if isinstance(value, str) and is_stream(value):
        return about.named(value)
    if isinstance(value, tuple):
        return [_meant(one, said, about) for one, said in zip(value, plain, strict=True)]
    if isinstance(value, Finding) and "/" not in value.ground:
        return f"{value.ground}/{value.key}"
    return plain


def moment(at: datetime, zone: str) -> str:
    """An instant with the offset of a zone; at the ends of the calendar in UTC."""
    try:
        return at.astimezone(ZoneInfo(zone)).isoformat()
    except OverflowError:
        return at.astimezone(UTC).isoformat()


def streams_in(event: Event) -> Iterator[str]:
    """The streams that an event names by their ids."""
    for name in fields_of(type(event)):
        value = getattr(event, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and is_stream(one):
                yield one
