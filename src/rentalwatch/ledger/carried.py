"""Records that come from another book and keep the ids that they had there, so that what points at them
still does, and so that coming back they are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from rentalwatch.domain.events import Event, fields_of
from rentalwatch.domain.streams import identity_key
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import tables as sql
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.statements import Statement


def stored_already(tx: Append, said: Sequence[Statement], streams: Mapping[str, str]) -> dict[bytes, bool]:
    """The ids that the statements keep under which something is stored → whether it says the same."""
    carried = {each.record: each for each in said if each.record is not None}
    known = tx.known([record.bytes for record in carried]) if carried else set()
    stored = _events(tx, [record for record in carried if record.bytes in known])
    lies = tx.survivors({stream for stream, _ in stored.values()}) if stored else {}
    return {
        record.bytes: streams.get(carried[record].subject) in (stream, lies.get(stream))
        and _says(event, streams) == _says(carried[record].event, streams)
        for record, (stream, event) in stored.items()
    }


def used_otherwise(record: UUID) -> NotPermittedError:
    """Something else is stored under the id that a statement keeps."""
    return NotPermittedError(
        f"record {record} is in this book and says something else",
        todo="to change what it says, correct it (record --correct); to say it beside, leave the id out",
        code="RW-RECORD-ID-USED",
    )


def _events(tx: Append, records: Sequence[UUID]) -> dict[UUID, tuple[str, Event]]:
    """Record → its stream and what it stated: its last event."""
    wanted = set(records)
    streams = {tx.one(sql.SELECT_RECORD, (record.bytes,))[0] for record in records}
    found: dict[UUID, tuple[str, Event]] = {}
    for row in tx.read_streams(streams) if streams else []:
        event = decode(row.type_name, row.state)
        if event.record_id in wanted:
            found[event.record_id] = (row.stream_id, event)
    return found


def _says(event: Event, streams: Mapping[str, str]) -> dict[str, object]:
    """What an event states, with the streams that it names by their ids; of what it opens without the names,
    which a book may have come to know more of."""
    fields = fields_of(type(event)) | {"happened_at", "precision", "by", "channel"}
    said: dict[str, object] = {name: getattr(event, name) for name in fields}
    for field, of in event.REFERS:
        value = getattr(event, field)
        names = (value,) if isinstance(value, str) else value
        said[field] = [streams.get(identity_key(of, name), name) for name in names]
    if event.OPENS:
        del said["keys"]
    return {"type": type(event), **said}
