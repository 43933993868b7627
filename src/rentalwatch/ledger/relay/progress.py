"""How far the relay is, as it stands in Kafka: written in the transaction of the events that it counts.

One record under a fixed key in a compacted topic. It names the ledger's epoch and the topic, so that neither
an old copy of the ledger nor a topic made anew is taken for the one that was published.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from rentalwatch.domain.instants import Micros
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger.store import Recorded

KEY = b"progress"

RECOVER = (
    "Stop the writers and run `rentalwatch relay recover`: it shows what it found before it does anything."
)


class RelayRefusedError(NotPermittedError):
    """The relay must not publish: what Kafka holds and what the ledger holds do not belong together."""

    code = "RW-RELAY"

    def __init__(self, what: str, *, code: str) -> None:
        super().__init__(what, todo=RECOVER, code=code)


@dataclass(frozen=True)
class Progress:
    """The last published event: `position` 0 before the first. `sha256` is `fingerprint` of that event."""

    epoch: int
    topic_id: str
    position: int
    sha256: str
    recorded_at: Micros

    def to_bytes(self) -> bytes:
        """JSON, one object."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()


def fingerprint(row: Recorded) -> str:
    """SHA-256, in hex, over type name, stream and version (decimal), each followed by a zero byte, then the
    event's bytes. Position and `recorded_at` stand beside it in the progress."""
    head = f"{row.type_name}\0{row.stream_id}\0{row.version}\0".encode()
    return sha256(head + row.state).hexdigest()


def progress_at(row: Recorded, epoch: int, topic_id: str) -> Progress:
    """The progress of a relay whose last published event is `row`."""
    return Progress(epoch, topic_id, row.position, fingerprint(row), row.recorded_at)


def nothing_published(epoch: int, topic_id: str) -> Progress:
    """The progress of a relay that begins at the ledger's first event."""
    return Progress(epoch, topic_id, 0, "", 0)


def progress_of(value: bytes | None) -> Progress:
    """The inverse of `to_bytes`; later releases may add fields.

    Raises RelayRefusedError (RW-RELAY-PROGRESS).
    """
    try:
        said: Any = json.loads(value or b"")
        wanted = Progress.__annotations__
        found = Progress(**{name: said[name] for name in wanted})
        numbers = (found.epoch, found.position, found.recorded_at)
        if not all(type(n) is int and n >= 0 for n in numbers) or not isinstance(found.sha256, str):
            raise ValueError("a field has another type")
    except (ValueError, KeyError, TypeError) as e:
        raise RelayRefusedError(
            f"the relay's progress in Kafka cannot be read: {e}", code="RW-RELAY-PROGRESS"
        ) from e
    return found


__all__ = ["Progress", "RelayRefusedError", "fingerprint", "nothing_published", "progress_at", "progress_of"]
