"""Going there: patrols, visits, inspections, and other agencies that help 巡查/检查/协助/移送."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from rentalwatch.domain.events.base import Code, Event, Finding, Room, Text


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
    action_id: Text = ""
    """The joint action that it was part of."""
    rooms_found: int | None = Field(default=None, ge=0)
    """Of the whole home, as are the next two: where nobody counted room by room."""
    beds_found: int | None = Field(default=None, ge=0)
    persons_found: int | None = Field(default=None, ge=0)


class AssistanceRequested(Event):
    """Another agency was asked for help in getting in 协助."""

    agency: Code
    reference: Text = ""
    due: AwareDatetime | None = None


class AssistanceAnswered(Event):
    """What came of a request for help."""

    agency: Code
    reference: Text = ""
    outcome: Code


class Transferred(Event):
    """The matter was handed to another agency 移送, with a reason."""

    agency: Code
    reason: Code
    reference: Text = ""
    due: AwareDatetime | None = None


class TransferAccepted(Event):
    """The other agency took it."""

    RANK = 10
    agency: Code
    reference: Text = ""


class HazardSealed(Event):
    """The fire service sealed the place off 临时查封."""

    reference: Text = ""
    until: AwareDatetime | None = None


class SealLifted(Event):
    """The seal was taken off."""

    RANK = 10
    reference: Text = ""
