"""The file of a home 一户一档: how it enters the book, changes and leaves it; who is linked with it."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from rentalwatch.domain.events.base import AreaPath, Code, Event, Finding, Reference, Room, Text


class DwellingRegistered(Event):
    """A home as originally designed enters the book 建档. `keys` are its identity keys."""

    RANK = 0
    AT_DAY_END = False
    OPENS = True
    PARTICULARS = True
    label: Code
    area: AreaPath = ""
    zone: Code = "Asia/Shanghai"
    keys: tuple[Code, ...] = ()
    house: Text = ""
    street: Text = ""
    unit: Text = ""
    unit_unknown: bool = False
    postcode: Text = ""
    designed_rooms: int | None = Field(default=None, ge=0)
    usable_m2: float | None = Field(default=None, ge=0)
    tenure: Text = ""
    proxy: bool = False
    """True where the source counts buildings, not homes."""
    rooms: tuple[Room, ...] = ()
    """As designed, each with its usable area."""
    registered_residents: int | None = Field(default=None, ge=0)
    split_from: Text = ""
    """The stream of the file of which this home was a part until it was split off 分户."""


class DwellingCorrected(Event):
    """Particulars of a home that hold from now on 更正. Empty fields stay as they were."""

    RANK = 0
    AT_DAY_END = False
    PARTICULARS = True
    label: Text = ""
    area: AreaPath = ""
    designed_rooms: int | None = Field(default=None, ge=0)
    usable_m2: float | None = Field(default=None, ge=0)
    tenure: Text = ""


class DwellingDeregistered(Event):
    """The home is no more 灭失. Gone is never "verified"."""

    reason: Code


class DwellingSplit(Event):
    """Records of this file belong to another home, which has a file of its own from now on 分户. They
    stand there as facts taken over, and count here no more."""

    RANK = 10
    MOVES = True
    part: Code
    """The stream of the other file."""
    records: tuple[UUID, ...] = Field(min_length=1)
    reason: Code
    keys: tuple[Code, ...] = ()
    """Identity keys of this file that lead to the other from now on."""


class DwellingsMerged(Event):
    """This file and another are of one home 并档. The other takes the facts over; this one is closed and
    counts nothing from now on."""

    RANK = 10
    MOVES = True
    into: Code
    """The stream of the file that goes on."""
    reason: Code
    keys: tuple[Code, ...] = ()
    """Identity keys that led here, and lead there from now on."""


class MergeUndone(Event):
    """The merge was a mistake 撤并: the closed stream counts again. The file that had taken its facts over
    holds one of these too, which lists what it gives back."""

    STREAMS = ("dwelling", "sublandlord")
    RANK = 10
    MOVES = True
    merge: UUID
    reason: Code
    keys: tuple[Code, ...] = ()
    """Identity keys that lead here again."""
    back_to: Text = ""
    """In the file that gives back: the stream that counts again."""
    records: tuple[UUID, ...] = ()
    """In the file that gives back: the records that count here no more."""


class AreaReassigned(Event):
    """A boundary was moved 区划调整. History is counted where the home lay then."""

    STREAMS = ("dwelling", "estate")
    RANK = 0
    AT_DAY_END = False
    PARTICULARS = True
    area: AreaPath
    decree: Text = ""


class ExemptionGranted(Event):
    """Why warning rules are quiet here 豁免: a large family (赡养/抚养/扶养), a shop. It mutes rules, never
    an inspection."""

    cause: Literal["family", "shop", "other"]
    basis: Code
    until: AwareDatetime | None = None


class ExemptionEnded(Event):
    """The exemption that a record granted ends before its time."""

    exemption: UUID
    reason: Code


PartyRole = Literal["owner", "sublandlord", "agency", "platform", "tenant", "manager"]
"""业主, 二房东, 中介, 网络平台, 租客, 物业."""


class PartyLinked(Event):
    """A party has to do with this home 关系人. By reference only."""

    RANK = 0
    AT_DAY_END = False
    party: Reference
    role: PartyRole
    basis: Code
    certainty: Literal["documented", "stated", "suspected"] = "stated"
    until_on: date | None = None


class PartyUnlinked(Event):
    """The party has no more to do with this home, in that role."""

    party: Reference
    role: PartyRole
    reason: Code


class TenantsMovedOut(Event):
    """Tenants left 租客搬离: the only place where departures are counted."""

    persons: int = Field(ge=0)
    voluntary: bool | None = None
    destination: Literal["", "formal_rental", "relatives", "other_city", "group_rental", "unknown"] = ""
    action_id: Text = ""


class WatchReleased(Event):
    """The watch was ended by a decision 解除回头看, after its plan was fulfilled."""

    reason: Code


class NoteRecorded(Event):
    """A remark in a source's own code 备注; it changes no judgement."""

    code: Code
    findings: tuple[Finding, ...] = ()
