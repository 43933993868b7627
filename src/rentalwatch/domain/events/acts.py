"""Records about records: nothing is changed, something else holds from now on 更正/撤销."""

from __future__ import annotations

from typing import get_args
from uuid import UUID

from rentalwatch.domain.events.base import Code, Event, Stream

EVERYWHERE: tuple[Stream, ...] = get_args(Stream)


class RecordCorrected(Event):
    """The record `target` was wrong; what stands beside this event in the same record replaces it 更正."""

    STREAMS = EVERYWHERE
    RANK = 10
    target: UUID
    reason: Code


class RecordRetracted(Event):
    """The record `target` should not have been made; nothing replaces it 撤销. The original stays."""

    STREAMS = EVERYWHERE
    RANK = 10
    target: UUID
    reason: Code
