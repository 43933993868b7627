"""What is stored: facts as somebody stated them. The product's vocabulary (domain §3.2).

An event is written once and never changed. Its type name and schema version are stable names
(`TYPES`), never Python paths. Who stated it is an opaque officer number; no field holds a name, an
ID number, a phone number or free text (D13).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=500)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
AreaPath = Annotated[str, StringConstraints(pattern=r"^([^/\x00-\x1f]+/)*$", max_length=500)]
"""District → … → building, each part closed by `/`; compared bytewise as a scope, never an identity."""

Precision = Literal["instant", "day", "first_seen", "unknown"]
"""`day`: known only to the day. `first_seen`: known only by when a source first showed it.
`unknown`: true since before the records begin (registrations)."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Finding(_Stored):
    """One ground found in one place: the unit that is noticed, claimed, verified."""

    ground: Code
    key: Code


class Actor(_Stored):
    """Who stated it: an officer's number (never a name), role, department."""

    officer: Text = ""
    role: Text = ""
    department: Text = ""


class SourceRef(_Stored):
    """Where an imported fact came from, enough to rebuild the ledger's side tables (D4)."""

    name: Code
    key: Code
    fact: Code
    content_hash: Code
    timeless_hash: Code
    count: int = 0
    batch: UUID | None = None


class Room(_Stored):
    """A room as it was found 房间."""

    label: Text = ""
    designed_as: Text = ""
    usable_m2: float | None = Field(default=None, ge=0)
    beds: int | None = Field(default=None, ge=0)
    persons: int | None = Field(default=None, ge=0)
    persons_exempt: int | None = Field(default=None, ge=0)


class WatchTerms(_Stored):
    """The plan of the watch 回头看 as the rulebook in force at the verification had it (D11)."""

    first_revisit_days: int = 3
    revisit_every_days: int = 30
    release_after_days: int = 180
    clean_revisits: int = 3
    last_within_days: int = 30


class Event(_Stored):
    """The envelope every event shares. `happened_at` is in the field, in UTC; when it was recorded is
    the ledger's own column and not part of the event."""

    RANK: ClassVar[int] = 9
    """Order among facts of the same instant (domain §3)."""
    AT_DAY_END: ClassVar[bool] = True
    """Where the fact lies if only its day is known: the day's last microsecond, or its start."""

    record_id: UUID
    index: int = 0
    happened_at: AwareDatetime
    precision: Precision = "instant"
    by: Actor | None = None
    channel: Text = ""
    source_recorded_at: AwareDatetime | None = None
    rulebook: Text = ""
    source: SourceRef | None = None
    superseded_by: UUID | None = None
    content_hash: Text = ""
    """Of what was stated, where it cannot be told from the event: a rulebook added terms to it."""


class DwellingRegistered(Event):
    """A home as originally designed enters the book 建档. `keys` are its identity keys."""

    RANK = 0
    AT_DAY_END = False
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


class DwellingCorrected(Event):
    """Particulars of a home that hold from now on 更正. Empty fields stay as they were."""

    RANK = 0
    AT_DAY_END = False
    label: Text = ""
    area: AreaPath = ""
    designed_rooms: int | None = Field(default=None, ge=0)
    usable_m2: float | None = Field(default=None, ge=0)
    tenure: Text = ""


class DwellingDeregistered(Event):
    """The home is no more 灭失. Gone is never "verified"."""

    reason: Code


class LeadReported(Event):
    """Somebody pointed at a home 线索. The same ticket of the same channel twice is one lead."""

    ticket: Code
    due: AwareDatetime | None = None
    """When somebody must have been on site."""


class LeadDispatched(Event):
    """A squad was sent 派单; from here its on-site clock runs."""

    ticket: Code
    unit: Text = ""
    due: AwareDatetime | None = None


class PatrolRecorded(Event):
    """Seen from outside, by anyone 巡查; cannot confirm, clear or verify."""

    seen: Literal["suspicious", "nothing", "unclear"] = "unclear"


class VisitAttempted(Event):
    """Went there, did not get in 上门未入."""

    RANK = 5
    AT_DAY_END = False
    reason: Literal["nobody", "refused", "locked", "unknown"] = "unknown"
    outside_office_hours: bool | None = None
    findings: tuple[Finding, ...] = ()
    nth: int | None = Field(default=None, ge=1)


class AssistanceRequested(Event):
    """Another agency was asked for help in getting in 协助."""

    agency: Code
    reference: Text = ""


class InspectionRecorded(Event):
    """Got in and looked 检查. Partial access can confirm; it can never clear, verify or handle."""

    RANK = 1
    AT_DAY_END = False
    inspection_id: Code
    purpose: Literal["first", "re_inspection", "revisit", "unknown"] = "unknown"
    access: Literal["full", "partial"]
    officers: tuple[Code, ...] = ()
    """Officers' numbers; empty means unknown (imports)."""
    locked_rooms: int | None = Field(default=None, ge=0)
    rooms: tuple[Room, ...] = ()
    evidence: tuple[Code, ...] = ()
    """SHA-256 of photographs and papers, never the things themselves."""


class ViolationConfirmed(Event):
    """Findings were confirmed 认定, on an inspection that got in, or by a source that says so."""

    RANK = 2
    AT_DAY_END = False
    findings: tuple[Finding, ...] = Field(min_length=1)
    basis: Literal["inspection", "source"] = "inspection"
    inspection_id: Text = ""
    implied: bool = False
    """A source shows the finding open without having shown it open before: never a relapse."""
    onset_on: date | None = None
    letting_form: Literal["", "partition", "beds", "dormitory", "daily", "self_partition"] = ""
    responsible_party: Text = ""
    notice_due: AwareDatetime | None = None
    stated: Text = ""
    """What somebody called it ("relapse"); shown beside the judgement, never instead of it."""
    order: Text = ""


class ConfirmationAnnulled(Event):
    """A confirmation was set aside 撤销认定; from then on it never opened anything."""

    confirmation: UUID
    reason: Code


class NoticeServed(Event):
    """Ordered to put right by a deadline 责令限期改正."""

    RANK = 3
    AT_DAY_END = False
    findings: tuple[Finding, ...] = Field(min_length=1)
    number: Text = ""
    deadline: AwareDatetime | None = None
    manner: Text = ""
    witness: bool | None = None
    signature_refused: bool | None = None
    party: Text = ""


class DeadlineExtended(Event):
    """An extension was granted or refused 延期."""

    RANK = 4
    AT_DAY_END = False
    findings: tuple[Finding, ...] = Field(min_length=1)
    granted: bool
    deadline: AwareDatetime | None = None
    nth: int | None = Field(default=None, ge=1)


class RectificationClaimed(Event):
    """The responsible party says that it is put right 自行整改. A claim is not a verification."""

    RANK = 6
    findings: tuple[Finding, ...] = Field(min_length=1)
    due: AwareDatetime | None = None
    """When the claim must have been checked."""


class RectificationRejected(Event):
    """Looked at and found not put right 复查不合格."""

    RANK = 7
    findings: tuple[Finding, ...] = Field(min_length=1)
    basis: Literal["re_inspection", "paper", "source"] = "source"
    reason: Text = ""


class RectificationVerified(Event):
    """Seen put right 复查合格: by a re-inspection with full access, on site at the end of an action, or
    by a source that says so. An owner's photograph alone verifies nothing."""

    RANK = 8
    findings: tuple[Finding, ...] = Field(min_length=1)
    basis: Literal["re_inspection", "on_site", "source"]
    inspection_id: Text = ""
    watch: WatchTerms = WatchTerms()


class WatchReleased(Event):
    """The watch was ended by a decision 解除回头看, after its plan was fulfilled."""

    reason: Code


class NoteRecorded(Event):
    """A remark in a source's own code 备注; it changes no judgement."""

    code: Code
    findings: tuple[Finding, ...] = ()


class RecordCorrected(Event):
    """The record `target` was wrong; what stands beside this event in the same record replaces it 更正."""

    RANK = 10
    target: UUID
    reason: Code


class RecordRetracted(Event):
    """The record `target` should not have been made; nothing replaces it 撤销. The original stays."""

    RANK = 10
    target: UUID
    reason: Code


VERSIONED: dict[str, type[Event]] = {
    f"rentalwatch.{cls.__name__}.v1": cls
    for cls in (
        DwellingRegistered,
        DwellingCorrected,
        DwellingDeregistered,
        LeadReported,
        LeadDispatched,
        PatrolRecorded,
        VisitAttempted,
        AssistanceRequested,
        InspectionRecorded,
        ViolationConfirmed,
        ConfirmationAnnulled,
        NoticeServed,
        DeadlineExtended,
        RectificationClaimed,
        RectificationRejected,
        RectificationVerified,
        WatchReleased,
        NoteRecorded,
        RecordCorrected,
        RecordRetracted,
    )
}
"""Stable type name → model: the allow-list of everything that may be stored or read."""

TYPE_OF: dict[type[Event], str] = {cls: name for name, cls in VERSIONED.items()}


def fields_of(cls: type[Event]) -> set[str]:
    """The fields an event has beyond the envelope."""
    return set(cls.model_fields) - set(Event.model_fields)


def lies_at(cls: type[Event], day_begin: datetime, day_last: datetime) -> datetime:
    """Where a fact of this type lies on the axis of time if only its day is known (domain §3)."""
    return day_last if cls.AT_DAY_END else day_begin
