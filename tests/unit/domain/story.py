"""A small vocabulary for stories about one home.

Each word says one fact as somebody stated it; `given` turns words into the facts of a file. A date of ten
characters is known to the day and lies where the domain says that such a fact lies (domain §3); anything
longer is an instant on the wall clock of the home. Record ids follow from what is said, so that the same
story always has the same ids; `record=` names one that a later word needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import (
    ALWAYS,
    Micros,
    day_last,
    day_start,
    instant,
    micros,
    upper_bound,
)

ZONE = "Asia/Shanghai"
_STORIES = UUID("5b1ddf2e-6f0e-5c5e-9a1b-0d5f1b0f7a11")
_PLACEHOLDER = UUID(int=0)


@dataclass(frozen=True)
class Said:
    """An event, and when the ledger came to know it if that was not at once."""

    event: ev.Event
    recorded: str = ""


def record_id(name: str) -> UUID:
    """The id of the record that a story calls `name`."""
    return uuid5(_STORIES, name)


def moment(when: str) -> datetime:
    """A wall-clock time of the home as an instant."""
    return datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(ZONE))


def us(when: str) -> Micros:
    """An instant, or a deadline as a person writes it: a bare date includes that day."""
    return upper_bound(when, ZONE)


def due(when: str) -> datetime | None:
    return instant(us(when)) if when else None


def finding(key: str = "room-1", ground: str = "partition") -> ev.Finding:
    return ev.Finding(ground=ground, key=key)


def say(cls: type[ev.Event], when: str, *, record: str = "", recorded: str = "", **stated: Any) -> Said:
    """Any event at any time; the words below are built from it."""
    if len(when) == 10:
        day = date.fromisoformat(when)
        happened, precision = ev.lies_at(cls, day_start(day, ZONE), day_last(day, ZONE)), "day"
    else:
        happened, precision = moment(when), "instant"
    event = cls(record_id=_PLACEHOLDER, happened_at=happened, precision=precision, **stated)
    name = record or f"{cls.__name__} {event.model_dump_json(exclude_defaults=True)}"
    return Said(event.model_copy(update={"record_id": record_id(name)}), recorded)


def _named(findings: tuple[ev.Finding, ...]) -> tuple[ev.Finding, ...]:
    return findings or (finding(),)


def registered(area: str = "pudong/weifang/", zone: str = ZONE) -> Said:
    event = ev.DwellingRegistered(
        record_id=record_id("registration"),
        happened_at=ALWAYS,
        precision="unknown",
        label="12 / 302",
        area=area,
        zone=zone,
    )
    return Said(event)


def lead(when: str, ticket: str = "T-1", by: str = "", **more: Any) -> Said:
    return say(ev.LeadReported, when, channel="12345", ticket=ticket, due=due(by), **more)


def dispatched(when: str, ticket: str = "T-1", by: str = "", **more: Any) -> Said:
    return say(ev.LeadDispatched, when, channel="12345", ticket=ticket, due=due(by), **more)


def failed_visit(when: str, *, outside_office_hours: bool = False, **more: Any) -> Said:
    return say(ev.VisitAttempted, when, outside_office_hours=outside_office_hours, reason="nobody", **more)


def assistance(when: str) -> Said:
    return say(ev.AssistanceRequested, when, agency="public security")


def inspected(when: str, visit: str = "", access: str = "full", **more: Any) -> Said:
    return say(ev.InspectionRecorded, when, inspection_id=visit or f"visit {when}", access=access, **more)


def confirmed(when: str, *findings: ev.Finding, notice_by: str = "", **more: Any) -> Said:
    """Confirmed by a source that says so, unless a `visit` is named that it rests on."""
    visit = more.pop("visit", "")
    basis = "inspection" if visit else "source"
    return say(
        ev.ViolationConfirmed,
        when,
        findings=_named(findings),
        inspection_id=visit,
        notice_due=due(notice_by),
        **{"basis": basis, **more},
    )


def annulled(when: str, confirmation: str, **more: Any) -> Said:
    return say(
        ev.ConfirmationAnnulled, when, confirmation=record_id(confirmation), reason="set aside", **more
    )


def noticed(when: str, *findings: ev.Finding, by: str = "", **more: Any) -> Said:
    return say(ev.NoticeServed, when, findings=_named(findings), deadline=due(by), **more)


def extended(when: str, *findings: ev.Finding, by: str = "", granted: bool = True) -> Said:
    return say(ev.DeadlineExtended, when, findings=_named(findings), deadline=due(by), granted=granted)


def claimed(when: str, *findings: ev.Finding, check_by: str = "", **more: Any) -> Said:
    return say(ev.RectificationClaimed, when, findings=_named(findings), due=due(check_by), **more)


def rejected(when: str, *findings: ev.Finding, **more: Any) -> Said:
    return say(ev.RectificationRejected, when, findings=_named(findings), **more)


def verified(when: str, *findings: ev.Finding, **more: Any) -> Said:
    """Seen gone on the spot, unless a `visit` is named that it rests on."""
    visit = more.pop("visit", "")
    basis = "re_inspection" if visit else "on_site"
    stated = {"basis": basis, "inspection_id": visit, **more}
    return say(ev.RectificationVerified, when, findings=_named(findings), **stated)


def party(when: str, reference: str, role: str = "sublandlord", **more: Any) -> Said:
    stated = {"basis": "lease", "certainty": "documented", **more}
    return say(ev.PartyLinked, when, party=reference, role=role, **stated)


def exempted(when: str, *, until: str = "", record: str = "") -> Said:
    return say(
        ev.ExemptionGranted, when, cause="family", basis="household register", until=due(until), record=record
    )


def moved_out(when: str, persons: int, **more: Any) -> Said:
    return say(ev.TenantsMovedOut, when, persons=persons, **more)


def alert(when: str, by: str, *, name: str = "alert", on_site_by: str = "", **more: Any) -> Said:
    """A rule's suspicion, to be answered `by` an instant; others name it by its `name`."""
    cls = ev.RelapseAlertRaised if "raised_by" in more else ev.AlertRaised
    stated = {"rule": "card_passes", "rule_version": "3f1c", "due": due(by), "on_site_due": due(on_site_by)}
    return say(cls, when, record=name, **{**stated, **more})


def alert_answered(when: str, answer: str, observation: str = "", *, name: str = "alert") -> Said:
    return say(ev.AlertAnswered, when, alert=record_id(name), answer=answer, observation=observation)


def escalated(when: str, level: str, by: str, *, name: str = "alert") -> Said:
    return say(ev.AlertEscalated, when, alert=record_id(name), level=level, due=due(by))


def alert_closed(when: str, *, name: str = "alert", **more: Any) -> Said:
    return say(ev.AlertClosed, when, alert=record_id(name), **more)


def released(when: str) -> Said:
    return say(ev.WatchReleased, when, reason="plan fulfilled")


def deregistered(when: str) -> Said:
    return say(ev.DwellingDeregistered, when, reason="pulled down")


def corrected(target: str, by: Said, *, recorded: str) -> tuple[Said, Said]:
    """The record `target` was wrong; `by` stands in its place."""
    act = ev.RecordCorrected(
        record_id=by.event.record_id,
        happened_at=by.event.happened_at,
        target=record_id(target),
        reason="typing error",
    )
    return Said(act, recorded), Said(by.event.model_copy(update={"index": 1}), recorded)


def retracted(target: str, *, recorded: str) -> Said:
    return say(ev.RecordRetracted, recorded, target=record_id(target), reason="other home", recorded=recorded)


def given(*told: Said | Iterable[Said]) -> list[Fact]:
    """The facts of a file, recorded in the order in which they are told."""
    said = [s for word in told for s in ((word,) if isinstance(word, Said) else word)]
    return [
        Fact(s.event, version=n, position=n, recorded_at=_recorded(s)) for n, s in enumerate(said, start=1)
    ]


def _recorded(said: Said) -> Micros:
    return us(said.recorded) if said.recorded else micros(said.event.happened_at)


def known_by(facts: Iterable[Fact], when: str) -> list[Fact]:
    """What the ledger had recorded before `when`; a bare date includes that day."""
    bound = us(when)
    return [f for f in facts if f.recorded_at < bound]
