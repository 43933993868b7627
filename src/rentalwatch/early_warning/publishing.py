"""Which contexts are to be handed on 背景发布: those that say something else than their estate's last.

Handed on means that whoever judges the estate's readings has it: the topic of signals in a cluster, the state
itself in a data folder. Handing one on twice does no harm, so it is noted only afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from rentalwatch.domain.features import EVALUATOR
from rentalwatch.early_warning.context import Context, EstateContext, contexts
from rentalwatch.early_warning.store import insert
from rentalwatch.early_warning.tables import PUBLISHED
from rentalwatch.signals.snapshot import FORMAT

_OF_THE_MOMENT = ("position", "sent_at")
"""What says when the context was made, and nothing of homes."""


class Changed(NamedTuple):
    """A context that is to be handed on, as the values of its records."""

    estate: str
    position: int
    digest: str
    values: tuple[bytes, ...]


def changed(models: sa.Connection, signals: sa.Connection, area: str = "") -> Iterator[Changed]:
    """The contexts of an area that differ from what was handed on of their estates. `models`: a connection to
    the read models; `signals`: one to the tables of signals."""
    c = PUBLISHED.c
    before = {row[0]: row[1] for row in signals.execute(sa.select(c.estate, c.digest))}
    for found in contexts(models, area):
        digest = digest_of(found)
        if before.get(found.estate) != digest:
            yield Changed(found.estate, found.position, digest, tuple(map(encoded, found.records)))


def note(signals: sa.Connection, handed_on: Iterable[Changed]) -> None:
    """Notes what was handed on; of one estate the later position stands."""
    rows = [{"estate": c.estate, "digest": c.digest, "position": c.position} for c in handed_on]
    insert(signals, PUBLISHED, rows, on_conflict=("digest", "position"))


def forget(signals: sa.Connection) -> None:
    """What was handed on may be lost: everything is handed on anew."""
    signals.execute(PUBLISHED.delete())


def noted(signals: sa.Connection) -> int:
    """Of how many estates it is noted that their context was handed on."""
    return int(signals.execute(sa.select(sa.func.count()).select_from(PUBLISHED)).scalar_one())


def digest_of(context: EstateContext) -> str:
    """What a context says, whenever it was made. A version that keeps states in another way, or computes
    other figures, begins anew and is told everything again."""
    said = [{k: v for k, v in record.items() if k not in _OF_THE_MOMENT} for record in context.records]
    return hashlib.sha256(_text({"evaluator": EVALUATOR, "states": FORMAT, "said": said})).hexdigest()


def encoded(record: Context) -> bytes:
    """A context as the value of a record of the topic, one line of a file."""
    return _text(record)


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


__all__ = ["Changed", "changed", "digest_of", "encoded", "forget", "note", "noted"]
