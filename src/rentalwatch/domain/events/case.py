"""A penalty case 处罚案件: one for each filing 立案. A relapse is the same file, but a new case.

No total of fines or penalties by officer or team is kept anywhere (行政处罚法 art. 74).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from rentalwatch.domain.events.base import Code, Event, Reference, Text

PartyKind = Literal["individual", "company"]


class _OfCase(Event):
    STREAMS = ("case",)


class PenaltyFiled(_OfCase):
    """A case was opened 立案 against a party, for one ground found in one home."""

    OPENS = True
    REFERS = (("dwelling", "dwelling"),)
    RANK = 0
    AT_DAY_END = False
    number: Code
    dwelling: Code
    party: Reference
    party_kind: PartyKind
    ground: Code
    acted_on: date
    """The day of the act: the law of that day applies unless a newer one is lighter (art. 37)."""
    endangers_life: bool = False
    """Life or health at risk: limitation of five years instead of two (art. 36)."""
    decision_due: AwareDatetime | None = None
    limitation_due: AwareDatetime | None = None
    """By when it must have been found, or it goes unpunished 追责时效 (art. 36)."""
    officers: tuple[Code, ...] = ()
    """The numbers of those who handle it; empty means unknown."""
    keys: tuple[Code, ...] = ()


class FilingDeclined(_OfCase):
    """No case was opened 不予立案, with the reason."""

    OPENS = True
    REFERS = (("dwelling", "dwelling"),)
    RANK = 0
    AT_DAY_END = False
    number: Code
    dwelling: Code
    reason: Code
    keys: tuple[Code, ...] = ()


class PenaltyNotified(_OfCase):
    """The party was told what is intended, on which grounds, and its rights 告知 (art. 44)."""

    RANK = 11
    intended_rmb: int | None = Field(default=None, ge=0)
    hearing_offered: bool | None = None


class DefenceHeard(_OfCase):
    """What the party said was heard 陈述申辩 (art. 45)."""

    RANK = 12
    made: bool = True
    """False: it waived its right to be heard."""


class HearingRequested(_OfCase):
    """The party asked for a hearing 听证申请 (art. 63, 64)."""

    RANK = 13


class HearingHeld(_OfCase):
    """The hearing took place 听证."""

    RANK = 14


class LegalReviewed(_OfCase):
    """The draft decision passed legal review 法制审核 (art. 58)."""

    RANK = 15
    agreed: bool = True


class PenaltyDecided(_OfCase):
    """The decision 决定: the regime applied, its article and range, and the amount."""

    RANK = 16
    number: Code
    regime: Code
    article: Text = ""
    tier: Text = ""
    range_from_rmb: int | None = Field(default=None, ge=0)
    range_to_rmb: int | None = Field(default=None, ge=0)
    amount_rmb: int = Field(ge=0)
    warning: bool = False
    service_due: AwareDatetime | None = None


class PenaltyWaived(_OfCase):
    """No penalty 不予处罚, such as for a first offence put right in time (art. 33)."""

    RANK = 16
    basis: Code


class PenaltyServed(_OfCase):
    """The decision was handed over 送达 (art. 61)."""

    RANK = 17
    manner: Text = ""


class PenaltyPaid(_OfCase):
    """Paid 缴款."""

    RANK = 18
    amount_rmb: int = Field(ge=0)


class ReviewDecided(_OfCase):
    """A reconsideration or a court decided 复议诉讼."""

    RANK = 19
    instance: Literal["reconsideration", "court"]
    outcome: Literal["upheld", "changed", "annulled"]
    amount_rmb: int | None = Field(default=None, ge=0)


class CourtEnforcementSought(_OfCase):
    """A court was asked to enforce it 申请强制执行."""

    RANK = 20
    reference: Text = ""


class PenaltyRevoked(_OfCase):
    """The decision was revoked 撤销; it stands no more."""

    RANK = 21
    reason: Code


class CaseWithdrawn(_OfCase):
    """The case was withdrawn before a decision 撤案."""

    RANK = 22
    reason: Code
