"""Steps of a home's file: other agencies that help 协助, or take the matter over 移送."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home, us
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judgement import Clock

_Handed = ev.AssistanceRequested | ev.AssistanceAnswered | ev.Transferred | ev.TransferAccepted


def _key(event: _Handed) -> str:
    return f"{event.agency}/{event.reference}"


def assistance(home: Home, event: ev.AssistanceRequested, at: Micros) -> None:
    home.access.assistance = True
    _start(home, "assistance", event, at)


def assistance_answered(home: Home, event: ev.AssistanceAnswered, at: Micros) -> None:
    _end(home, "assistance", event, at)


def transferred(home: Home, event: ev.Transferred, at: Micros) -> None:
    _start(home, "transfer", event, at)


def transfer_accepted(home: Home, event: ev.TransferAccepted, at: Micros) -> None:
    _end(home, "transfer", event, at)


def _start(home: Home, kind: str, event: ev.AssistanceRequested | ev.Transferred, at: Micros) -> None:
    """Asked again under the same reference before an answer, the first time limit holds."""
    slot = (kind, _key(event))
    clock = home.handed.get(slot) or Clock(kind, _key(event), at, us(event.due), "running", FOREVER)
    home.handed[slot] = clock._replace(due=min(clock.due, us(event.due)))
    if home.handed[slot].due != FOREVER:
        home.clock(home.handed[slot])


def _end(home: Home, kind: str, event: ev.AssistanceAnswered | ev.TransferAccepted, at: Micros) -> None:
    clock = home.handed.pop((kind, _key(event)), None)
    if clock is None:
        home.note(event, at, "refers-to-nothing")
    elif clock.due != FOREVER:
        home.clock(clock._replace(outcome="met", ended_at=at))


STEPS: dict[type[ev.Event], Step] = {
    ev.AssistanceRequested: assistance,
    ev.AssistanceAnswered: assistance_answered,
    ev.Transferred: transferred,
    ev.TransferAccepted: transfer_accepted,
}
"""Seals, undertakings, leases and regularised lettings have no step: they are shown, and judge nothing."""
