"""A joint action 集中整治: one header; the homes refer to its id."""

from __future__ import annotations

from pydantic import Field

from rentalwatch.domain.events.base import AreaPath, Code, Event, Stored


class Participant(Stored):
    """Who took part, by agency and role, never by name."""

    agency: Code
    role: Code
    officers: int = Field(ge=0)


class JointActionHeld(Event):
    """Several agencies went together. What was removed is counted here once, not per home."""

    STREAMS = ("action",)
    OPENS = True
    RANK = 0
    AT_DAY_END = False
    action_id: Code
    area: AreaPath = ""
    participants: tuple[Participant, ...] = ()
    partitions_removed: int | None = Field(default=None, ge=0)
    beds_removed: int | None = Field(default=None, ge=0)
    keys: tuple[Code, ...] = ()
