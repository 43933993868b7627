"""Leads 线索: somebody pointed at a home, or at an estate without saying which home."""

from __future__ import annotations

from pydantic import AwareDatetime

from rentalwatch.domain.events.base import Code, Event, Text


class LeadReported(Event):
    """Somebody pointed at a home, or at a place of an estate 线索. The same ticket of the same channel
    twice is one lead. An estate's lead waits until it is located."""

    STREAMS = ("dwelling", "estate")
    ticket: Code
    due: AwareDatetime | None = None
    """When somebody must have been on site."""
    answer_due: AwareDatetime | None = None
    """When the complainant must have been answered."""
    building: Text = ""
    """As far as the place is known: a building's number."""
    located_from: Text = ""
    """The estate, by an identity key or its stream's id, if the lead lay there until it was located."""


class LeadDispatched(Event):
    """A squad was sent 派单; from here its on-site clock runs."""

    STREAMS = ("dwelling", "estate")
    ticket: Code
    unit: Text = ""
    due: AwareDatetime | None = None


class LeadLocated(Event):
    """An estate's lead is about this home 定位; it goes on in the home's file."""

    STREAMS = ("estate",)
    REFERS = (("dwelling", "dwelling"),)
    RANK = 10
    ticket: Code
    dwelling: Code
    reported_at: AwareDatetime
    """When the lead came in: the home's file holds it as of then."""
    due: AwareDatetime | None = None
    answer_due: AwareDatetime | None = None
    """The complainant is answered from the home's file from now on, if this is stated."""


class LeadReturned(Event):
    """The unit gave a dispatched lead back 退单: not in its charge, or it could not be found."""

    STREAMS = ("dwelling", "estate")
    RANK = 10
    ticket: Code
    reason: Code


class LeadAnswered(Event):
    """The complainant was answered 答复. Answered is not inspected."""

    STREAMS = ("dwelling", "estate")
    RANK = 11
    ticket: Code
    outcome: Code


class WorkOrderClosed(Event):
    """A work order was closed 工单办结. Closed is not fixed: it changes no judgement."""

    STREAMS = ("dwelling", "estate")
    RANK = 11
    ticket: Code
    reason: Code
