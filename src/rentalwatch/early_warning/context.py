"""What warning rules need to know of the homes of an estate 预警背景: a record of the topic of signals (D12).

It comes from the read models: a handful of queries for an estate, whatever its size. Readings are judged by
what the record said last before them, so a record is published when it changed, and before they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections import homes
from projections.homes import PARTICULARS, WATCHES, EstatePlace
from projections.lag import known_up_to
from rentalwatch.domain.instants import FOREVER, SECOND, Micros
from rentalwatch.domain.streams import identity_key, is_stream
from rentalwatch.signals.records import FIRST_SECOND

COMPLAINTS_TOLD = 16
"""Complaints of a home that a context tells, the latest: more than any rule counts, and no clock is needed to
say which are too old."""

Context = dict[str, Any]
"""A context record as it is published; docs/signals.md says what each field means."""


HOMES_A_RECORD = 2_000
"""A larger estate comes in several records, since each home's newest counts: less than a megabyte each."""


class EstateContext(NamedTuple):
    """An estate's name on the topic of signals, and its context: one record, or several of a large estate."""

    estate: str
    position: int
    records: tuple[Context, ...]


def contexts(connection: sa.Connection, area: str = "") -> Iterator[EstateContext]:
    """The context of every estate of an area, in the order of their streams, as the read models have it."""
    known = Known(homes.folded(connection), known_up_to(connection) // SECOND)
    for place in homes.places(connection, area):
        name = estate_name(connection, place)
        yield EstateContext(name, known.position, tuple(_records(connection, place, name, known)))


def estate_name(connection: sa.Connection, place: EstatePlace) -> str:
    """What an estate is called on the topic of signals: its identity key, the first of several; its stream's
    id if it has none."""
    keys = [name for name in homes.names_of(connection, place.stream_id) if not is_stream(name)]
    return identity_key("estate", keys[0]) if keys else place.stream_id


class Known(NamedTuple):
    """What the read models hold: how many events, and up to when (seconds)."""

    position: int
    up_to: int


def _records(connection: sa.Connection, place: EstatePlace, name: str, known: Known) -> Iterator[Context]:
    about = _About(connection, place.area)
    streams = [stream for stream, _ in homes.homes_in(connection, place.area)]
    for begin in range(0, max(1, len(streams)), HOMES_A_RECORD):
        yield {
            "v": 1,
            "kind": "context",
            "estate": name,
            "zone": place.zone,
            "path": place.area,
            "position": known.position,
            "sent_at": known.up_to if known.up_to >= FIRST_SECOND else None,
            "dwellings": [about.home(stream) for stream in streams[begin : begin + HOMES_A_RECORD]],
        }


class _About:
    """What the read models know of the homes of an area, each kind asked for once."""

    def __init__(self, connection: sa.Connection, area: str) -> None:
        told = homes.known_in(connection, PARTICULARS, area, "rooms", "persons", "area")
        self.particulars = {k.stream_id: k.row for k in told}
        watched = homes.known_in(connection, WATCHES, area, "since", "released_at")
        self.watches = {k.stream_id: k.row for k in watched}
        self.names = _lists(homes.names_in(connection, area))
        self.rounds = _lists(homes.rounds_in(connection, area))
        self.exempt = _lists(homes.exemptions_in(connection, area))
        self.complaints = _lists(homes.complaints_in(connection, area))

    def home(self, stream: str) -> dict[str, Any]:
        rooms, persons, area = self.particulars.get(stream, (-1, -1, -1))
        since, released_at = self.watches.get(stream, (FOREVER, FOREVER))
        rounds = self.rounds[stream]
        put_right = [closed for _, _, closed, closing in rounds if closing == "verification"]
        return {
            "dwelling": stream,
            "keys": [name for (name,) in self.names[stream]],
            "rooms": _told(rooms),
            "persons": _told(persons),
            "area": area / 100 if area >= 0 else None,
            "watch_since": _seconds(since if released_at == FOREVER else FOREVER),
            "released_at": _seconds(released_at),
            "confirmed_at": _seconds(rounds[-1][1] if rounds else FOREVER),
            "rectified_at": _seconds(put_right[-1] if put_right else FOREVER),
            "exempt": [_exemption(*row) for row in self.exempt[stream]],
            "complaints": [_seconds(at) for (at,) in self.complaints[stream][-COMPLAINTS_TOLD:]],
            "withheld": False,
        }


def _exemption(begin: Micros, until: Micros, cause: str) -> dict[str, Any]:
    return {"from": _seconds(begin), "until": _seconds(until), "kind": cause}


def _lists(known: Iterable[homes.Known]) -> defaultdict[str, list[Any]]:
    """The rows of each home, in the order in which they came."""
    grouped = groupby(known, key=lambda k: k.stream_id)
    return defaultdict(list, {stream: [k.row for k in rows] for stream, rows in grouped})


def _seconds(at: Micros) -> int | None:
    """Whole seconds since 1970, as the topic of signals counts; None: never."""
    return None if at >= FOREVER else at // SECOND


def _told(number: int) -> int | None:
    return number if number >= 0 else None
