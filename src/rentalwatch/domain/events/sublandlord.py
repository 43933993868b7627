"""A sublandlord 二房东: identified, gone, found to be the same as another."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rentalwatch.domain.events.base import AreaPath, Code, Event, Reference, Text


class SublandlordIdentified(Event):
    """Somebody lets homes of others by the room or bed. Known by reference only; `keys` are further
    references of the same party."""

    STREAMS = ("sublandlord",)
    OPENS = True
    RANK = 0
    AT_DAY_END = False
    party: Reference
    party_kind: Literal["individual", "company", "unknown"] = "unknown"
    basis: Code
    keys: tuple[Code, ...] = ()


class SublandlordExited(Event):
    """Declared to have left, or ordered to 退出: these homes, or everything below an area. Whether the exit
    is completed or contradicted is a judgement."""

    STREAMS = ("sublandlord",)
    REFERS = (("dwellings", "dwelling"),)
    manner: Literal["declared", "ordered"]
    voluntary: bool | None = None
    dwellings: tuple[Code, ...] = ()
    area: AreaPath = ""
    reason: Text = ""
    persons_moved: int | None = Field(default=None, ge=0)
    """As declared; departures are counted by `TenantsMovedOut` alone."""


class SublandlordsMerged(Event):
    """Two identities are one party: this one is closed, the other goes on."""

    STREAMS = ("sublandlord",)
    REFERS = (("into", "sublandlord"),)
    RANK = 10
    into: Code
    reason: Code
