"""Events to bytes and back, through an allow-list of stable type names.

The bytes are JSON: the envelope first, then the payload. `content_hash` covers what was stated and when
it happened; it leaves out ids, the import it came with, and terms that a rulebook resolved, so that the
same statement hashes the same whoever hands it in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from rentalwatch.domain.events import TYPE_OF, VERSIONED, Event
from rentalwatch.errors import DamageError, StorageError

_NOT_CONTENT = {
    "record_id",
    "index",
    "happened_at",
    "precision",
    "source_recorded_at",
    "rulebook",
    "source",
    "superseded_by",
    "content_hash",
}
_TYPE_NAME = re.compile(r"^rentalwatch\.([A-Za-z]+)\.v(\d+)$")

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: dict[str, tuple[str, Upcast]] = {}
"""Type name of an older version → (the next version's name, dict → dict). Golden files guard each."""


class NewerVersionError(StorageError):
    """An event of a type or version that this release does not know yet. Readers pause at it; it is
    never skipped or parked, since a newer release will read it."""

    code = "RW-EVENT-NEWER"


class UndecodableError(DamageError):
    """Bytes that are no event at all."""

    code = "RW-EVENT-DAMAGED"


def encode(event: Event) -> tuple[str, bytes]:
    """The stable type name and the bytes of an event. Defaults are left out."""
    return TYPE_OF[type(event)], event.__pydantic_serializer__.to_json(event, exclude_defaults=True)


def decode(type_name: str, state: bytes) -> Event:
    """The event that `encode` made, upcast to the version of today.

    Raises NewerVersionError for a type or version not known yet, UndecodableError for anything else.
    """
    model = VERSIONED.get(type_name)
    try:
        if model is not None:
            return model.model_validate_json(state)
        if type_name in UPCASTS:
            return _decode_older(type_name, state)
    except (ValidationError, ValueError) as e:
        raise UndecodableError(
            f"an event of type {type_name} cannot be decoded: {_first_line(e)}",
            todo="Run `rentalwatch verify` and restore the ledger from a backup.",
        ) from e
    raise _unknown(type_name)


def _decode_older(type_name: str, state: bytes) -> Event:
    fields = json.loads(state)
    while type_name in UPCASTS:
        type_name, upcast = UPCASTS[type_name]
        fields = upcast(fields)
    return VERSIONED[type_name].model_validate_json(json.dumps(fields))


def _unknown(type_name: str) -> Exception:
    match = _TYPE_NAME.match(type_name)
    if match is None:
        return UndecodableError(f"{type_name!r} is not a type of event")
    return NewerVersionError(
        f"the ledger holds events of type {type_name}, which this version does not know",
        todo="Upgrade rentalwatch. Nothing was changed.",
    )


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0]


def payload(event: Event) -> bytes:
    """What was stated, without when, by which record, or through which import."""
    return event.__pydantic_serializer__.to_json(event, exclude=_NOT_CONTENT, exclude_defaults=True)


def hashes(type_name: str, stated: bytes, happened_at: datetime, precision: str) -> tuple[str, str]:
    """(content hash, timeless hash) of a statement, 32 hex digits each."""
    base = hashlib.sha256(type_name.encode())
    base.update(stated)
    timeless = base.hexdigest()[:32]
    base.update(f"{happened_at.astimezone(UTC).isoformat()}/{precision}".encode())
    return base.hexdigest()[:32], timeless
