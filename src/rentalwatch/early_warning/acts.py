"""What is done by itself because of silence or of a new judgement (D19): recorded once, however often and by
however many it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid5

from rentalwatch.domain.events import Event
from rentalwatch.ledger.application import Command, Ledger
from rentalwatch.ledger.statements import RECORDS, Statement

TOGETHER = 250
"""Acts a commit: a quarter of what one may hold, so that other writers never wait long."""


def named(*parts: str) -> UUID:
    """The id of a record that follows from others."""
    return uuid5(RECORDS, "\x1f".join(parts))


class Act(NamedTuple):
    """An event that is called for, about a stream, under an id that tells by itself what it answers to."""

    stream_id: str
    event: Event
    record_id: UUID


A = TypeVar("A")


def record_once(ledger: Ledger, acts: Sequence[tuple[A, Act]]) -> list[A]:
    """Records the acts that nobody has recorded yet, in batches; returns what those were for.

    The read models may not know yet what the ledger knows; it is asked under its write lock, so that two at
    once do each thing once. What is stored of an act stands, whatever this one says.
    """
    done = []
    for begin in range(0, len(acts), TOGETHER):
        batch = acts[begin : begin + TOGETHER]
        with ledger.recorder.joined() as tx:
            known = tx.known([act.record_id.bytes for _, act in batch])
            fresh = [(what, act) for what, act in batch if act.record_id.bytes not in known]
            if fresh:
                ledger.record_together([_command(act) for _, act in fresh])
        done += [what for what, _ in fresh]
    return done


def _command(act: Act) -> Command:
    return Command(Statement(act.event, subject=act.stream_id), act.record_id)
