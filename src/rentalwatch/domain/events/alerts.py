"""Alerts 预警: a rule's suspicion and what people answered. Never evidence (行政处罚法 art. 41).

The record id of the event that raised an alert is the alert's id.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from rentalwatch.domain.events.base import Code, Event, Reference, Text

AlertLevel = Literal["manager", "neighbourhood", "squad", "subdistrict"]
"""Who is to answer: 物业, 居委, 城管中队, 街镇."""


class AlertRaised(Event):
    """A rule became suspicious of this home 预警."""

    rule: Code
    rule_version: Code
    reasons: tuple[Code, ...] = ()
    score: float | None = None
    due: AwareDatetime
    """When it must have been answered."""
    on_site_due: AwareDatetime | None = None
    """When somebody must have got in, unless it is answered as unfounded; by `due` where nobody says."""
    window_from: AwareDatetime | None = None
    window_to: AwareDatetime | None = None
    level: AlertLevel = "manager"
    withheld_from_manager: bool = False
    """Before an unannounced visit: the manager may be the sublandlord."""


class RelapseAlertRaised(AlertRaised):
    """A home under watch, or released from it, looks as it did before 返潮预警."""

    raised_by: Literal["signal", "report", "confirmation"] = "signal"
    follows: UUID | None = None
    """The record that called for it: a lead, a patrol, a confirmation of the same file. None: a rule, or a
    report that no record of the file holds."""


class AlertAcknowledged(Event):
    """Somebody took the alert on 接单."""

    RANK = 10
    alert: UUID


class AlertAnswered(Event):
    """What can be seen from outside 反馈: suspicious 外观疑似, nothing 未见异常, unclear 无法判断, reported
    已报, exempt 已知豁免. Unfounded (`nothing`) needs an observation."""

    RANK = 11
    alert: UUID
    answer: Literal["suspicious", "nothing", "unclear", "reported", "exempt"]
    observation: Text = ""
    """A code for what was looked at."""
    reference: Text = ""
    """The number under which it was reported."""
    party: Reference | None = None


class AlertEscalated(Event):
    """Nobody answered in time: the next one is asked 升级."""

    RANK = 12
    alert: UUID
    level: AlertLevel
    due: AwareDatetime


class AlertClosed(Event):
    """An inspection settled it 关闭, or a person did with a reason."""

    RANK = 13
    alert: UUID
    inspection_id: Text = ""
    reason: Text = ""
    nth: int | None = Field(default=None, ge=1)
