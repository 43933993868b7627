"""Findings 认定: confirmed, noticed, claimed, rejected, verified."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from rentalwatch.domain.events.base import Code, Event, Finding, Reference, Text, WatchTerms


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
    action_id: Text = ""
    """The joint action at whose end it was seen gone."""
    watch: WatchTerms = WatchTerms()


class UndertakingSigned(Event):
    """The responsible party signed an undertaking 承诺书."""

    party: Reference
    number: Text = ""


class LeaseFiled(Event):
    """A lease was put on file 租赁备案."""

    reference: Reference
    persons: int | None = Field(default=None, ge=0)


class LettingRegularised(Event):
    """The home is let as the law has it from now on 规范租赁."""

    reference: Text = ""
    basis: Code
