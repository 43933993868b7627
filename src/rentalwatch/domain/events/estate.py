"""An estate 小区: who manages it, what the manager reports, monthly figures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rentalwatch.domain.events.base import AreaPath, Code, Event, Month, Reference, Text


class EstateRegistered(Event):
    """An estate enters the book 小区. Its homes are those whose area lies under its own."""

    STREAMS = ("estate",)
    OPENS = True
    RANK = 0
    AT_DAY_END = False
    label: Code
    area: AreaPath
    zone: Code = "Asia/Shanghai"
    keys: tuple[Code, ...] = ()
    households: int | None = Field(default=None, ge=0)


class ManagerAppointed(Event):
    """From here on this property manager 物业 is liable for the estate."""

    STREAMS = ("estate",)
    RANK = 0
    AT_DAY_END = False
    party: Reference


class ManagerEnded(Event):
    """The property manager's charge ends."""

    STREAMS = ("estate",)
    party: Reference
    reason: Code


class RectifiedListSent(Event):
    """The list of rectified homes was sent to the manager 清单; from its month on the manager reports each
    month."""

    STREAMS = ("estate",)
    REFERS = (("dwellings", "dwelling"),)
    month: Month
    dwellings: tuple[Code, ...] = ()
    report_day: int = Field(default=10, ge=1, le=28)
    """The day of the following month by whose end a month's report is due."""


class MonthlyReportFiled(Event):
    """The manager's report on a month 月报: nothing, or relapses found."""

    STREAMS = ("estate",)
    month: Month
    result: Literal["zero", "relapse_found"]
    relapses: int = Field(default=0, ge=0)
    party: Reference | None = None


class ReportChased(Event):
    """A missing report was asked for 催报."""

    STREAMS = ("estate",)
    RANK = 10
    month: Month
    to: Text = ""


class EstateFiguresReported(Event):
    """Monthly figures of the whole estate 月度数据: complaints, police calls, satisfaction from 0 to 100."""

    STREAMS = ("estate",)
    month: Month
    complaints: int | None = Field(default=None, ge=0)
    police_calls: int | None = Field(default=None, ge=0)
    satisfaction: float | None = Field(default=None, ge=0, le=100)
