"""Steps of a home's file: leads 线索, from the report to the first later inspection with full access."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.defences import defence_of
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.alerts import reported_under_watch
from rentalwatch.domain.folds.dwelling.home import Home, us
from rentalwatch.domain.instants import Micros, micros
from rentalwatch.domain.judgement import EVER, Complaint
from rentalwatch.domain.tracks import LeadTrack


def _ticket(event: ev.LeadReported | ev.LeadDispatched | ev.LeadReturned | ev.LeadAnswered) -> str:
    return f"{event.channel}/{event.ticket}"


def reported(home: Home, event: ev.LeadReported, at: Micros) -> None:
    """The same ticket of the same channel twice is one lead."""
    ticket = _ticket(event)
    lead = home.leads.get(ticket)
    home.ever |= EVER["a"]
    defence = defence_of(event.channel)
    home.trail.points(defence)
    if lead is None:
        home.leads[ticket] = lead = LeadTrack(ticket, at, us(event.due))
        reported_under_watch(home, event.record_id, at)
        if defence == "complaint":
            home.put(("complaint", ticket), Complaint(ticket, at))
    lead.to_be_answered(at, us(event.answer_due))
    home.clock(lead.clock())
    home.clock(lead.answer_clock())


def dispatched(home: Home, event: ev.LeadDispatched, at: Micros) -> None:
    ticket = _ticket(event)
    lead = home.leads.get(ticket)
    home.ever |= EVER["a"]
    if lead is None:
        home.leads[ticket] = lead = LeadTrack(ticket, at, us(event.due))
        lead.dispatched = True
    elif lead.handled_at is None and event.due is not None:
        lead.dispatch(at, micros(event.due))
    home.clock(lead.clock())


def returned(home: Home, event: ev.LeadReturned, at: Micros) -> None:
    """Given back: the dispatch is void, and nobody has gained time by it."""
    lead = home.leads.get(_ticket(event))
    if lead is None:
        home.note(event, at, "refers-to-nothing")
    elif lead.handled_at is None:
        lead.give_back()
        home.clock(lead.clock())


def answered(home: Home, event: ev.LeadAnswered, at: Micros) -> None:
    """The complainant was answered. Answered is not inspected."""
    lead = home.leads.get(_ticket(event))
    if lead is None:
        home.note(event, at, "refers-to-nothing")
        return
    lead.answer(at)
    home.clock(lead.answer_clock())


STEPS: dict[type[ev.Event], Step] = {
    ev.LeadReported: reported,
    ev.LeadDispatched: dispatched,
    ev.LeadReturned: returned,
    ev.LeadAnswered: answered,
}
"""A work order closed 工单办结 has no step: closed is not fixed, it changes no judgement."""
