"""What a message on the events topic says, and how it is read back: CloudEvents 1.0, binary mode (D5).

Pure: no client of Kafka is named here. The value is the event's bytes as the ledger stores them, the key is
the stream, so that all events of a file lie in one partition, in order; everything else is in the headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json

from rentalwatch.domain.instants import Micros, instant, micros
from rentalwatch.errors import DamageError
from rentalwatch.ledger.codec import UndecodableError
from rentalwatch.ledger.store import Recorded

SOURCE = b"urn:rentalwatch:ledger"
SCHEMA = "urn:rentalwatch:schema:"
"""Before a type name: the `$id` of its JSON Schema."""

FIXED = {"content-type": b"application/json", "ce_specversion": b"1.0", "ce_source": SOURCE}
"""Headers that are the same on every message."""

HEADERS = (
    *FIXED,
    *("ce_id", "ce_type", "ce_subject", "ce_time", "ce_dataschema", "ce_position", "ce_version", "ce_epoch"),
)
"""Every header, each exactly once. Later releases may add others: readers pass over what they do not know."""

MOST = 2**63 - 1
"""The greatest position, version, epoch: what a database's bigint holds."""

Headers = list[tuple[str, bytes]]

_HEAD = re.compile(rb'\{"record_id":"([0-9a-f-]{36})",(?:"index":([0-9]{1,9}),)?"happened_at":')
_NUMBER = re.compile(rb"0|[1-9][0-9]{0,18}")


class UnreadableRecordError(DamageError):
    """A record on the events topic that the relay did not write: another key, header or value."""

    code = "RW-RECORD-FOREIGN"


class Message(NamedTuple):
    """One record of the events topic."""

    key: bytes
    value: bytes
    headers: Headers


def message_of(row: Recorded, epoch: int) -> Message:
    """The message of a stored event. The same row and epoch always give the same bytes.

    Raises UndecodableError where the stored bytes are no event.
    """
    try:
        record_id, index = _identity(row.state)
    except ValueError as e:
        raise UndecodableError(
            f"the event at position {row.position} cannot be published: {e}",
            todo="Run `rentalwatch verify` and restore the ledger from a backup.",
        ) from e
    key = row.stream_id.encode()
    return Message(
        key,
        row.state,
        [
            *FIXED.items(),
            ("ce_id", event_id(record_id, index).encode()),
            ("ce_type", row.type_name.encode()),
            ("ce_subject", key),
            ("ce_time", _rfc3339(row.recorded_at)),
            ("ce_dataschema", _schema(row.type_name)),
            ("ce_position", b"%d" % row.position),
            ("ce_version", b"%d" % row.version),
            ("ce_epoch", b"%d" % epoch),
        ],
    )


def recorded_of(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]] | None
) -> tuple[Recorded, int]:
    """The stored event that a message carries, and its epoch: the inverse of `message_of`.

    The value is known to be JSON and to belong to its `ce_id`; whether it is an event that this release knows
    is for `codec.decode` to say. Raises UnreadableRecordError, and nothing else, for any other record.
    """
    try:
        return _read(key, value, headers)
    except (ValueError, TypeError) as e:
        raise UnreadableRecordError(
            f"a record on the events topic was not written by the relay: {e}",
            todo="Find out who writes to the topic and take the right to write from them.",
        ) from e


def event_id(record_id: str, index: int) -> str:
    """What `ce_id` says: uuid5(record id, index in decimal). Made by hand: a third of `uuid.uuid5`'s time.

    Raises ValueError if the record id is no UUID in its usual form.
    """
    space = bytes.fromhex(record_id.replace("-", ""))
    if len(space) != 16 or len(record_id) != 36:
        raise ValueError(f"{record_id!r} is no record id")
    made = bytearray(sha1(space + b"%d" % index, usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _identity(state: bytes) -> tuple[str, int]:
    """Record id and index of an event. The codec writes both first, which saves reading the rest; where a
    later name or an escape could mean another index, all of it is read."""
    head = _HEAD.match(state)
    if head is None or state.find(b'"index"', head.end()) >= 0 or b"\\" in state:
        return _identity_of_any(state)
    record_id, index = head.groups()
    return record_id.decode(), int(index or 0)


def _identity_of_any(state: bytes) -> tuple[str, int]:
    fields: Any = from_json(state, allow_inf_nan=False)
    if not isinstance(fields, dict):
        raise ValueError("the value is no JSON object")
    record_id, index = fields.get("record_id"), fields.get("index", 0)
    if not isinstance(record_id, str) or type(index) is not int or not 0 <= index <= MOST:
        raise ValueError("the value is no event: no record id, or an index that is none")
    return str(UUID(record_id)), index


def _read(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]] | None
) -> tuple[Recorded, int]:
    if not isinstance(key, bytes) or not isinstance(value, bytes) or not key:
        raise ValueError("it has no key or no value")
    said = _once_each(headers or ())
    stream_id, type_name = key.decode(), said["ce_type"].decode()
    expected = FIXED | {
        "ce_subject": key,
        "ce_dataschema": _schema(type_name),
        "ce_id": event_id(*_identity_of_any(value)).encode(),
    }
    for name, right in expected.items():
        if said[name] != right:
            raise ValueError(f"its header {name} is {said[name]!r}, not {right!r}")
    position, version = _number(said, "ce_position", 1), _number(said, "ce_version", 1)
    row = Recorded(position, stream_id, version, type_name, value, _micros(said["ce_time"]))
    return row, _number(said, "ce_epoch", 0)


def _once_each(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, bytes]:
    said: dict[str, bytes] = {}
    for name, text in headers:
        if name in said:
            raise ValueError(f"its header {name} stands twice")
        if name in HEADERS:
            if not isinstance(text, bytes):
                raise ValueError(f"its header {name} is empty")
            said[name] = text
    missing = [name for name in HEADERS if name not in said]
    if missing:
        raise ValueError(f"it has no header {missing[0]}")
    return said


def _number(said: dict[str, bytes], name: str, least: int) -> int:
    number = int(said[name]) if _NUMBER.fullmatch(said[name]) else -1
    if not least <= number <= MOST:
        raise ValueError(f"its header {name} is {said[name]!r}, no number that can be meant")
    return number


@lru_cache(maxsize=4_096)
def _rfc3339(at: Micros) -> bytes:
    """Cached: all events of a commit share their instant."""
    return instant(at).isoformat(timespec="microseconds").replace("+00:00", "Z").encode()


@lru_cache(maxsize=4_096)
def _micros(time: bytes) -> Micros:
    at = micros(datetime.fromisoformat(time.decode()))
    if _rfc3339(at) != time:
        raise ValueError(f"its header ce_time is {time!r}, not in microseconds and UTC")
    return at


@lru_cache(maxsize=256)
def _schema(type_name: str) -> bytes:
    return (SCHEMA + type_name).encode()
