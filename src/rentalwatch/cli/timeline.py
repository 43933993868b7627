"""A file as a timeline: one line a thing that happened, facts of the same day and kind together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rentalwatch.cli.show import day, due_day
from rentalwatch.cli.words import Words
from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import Micros, micros
from rentalwatch.domain.judgement import Alert, Claim, Judgement
from rentalwatch.importers.record import KIND_OF
from rentalwatch.rulebooks import load, names


@dataclass
class Line:
    """A line of the timeline."""

    at: Micros
    kind: str
    text: str
    fate: str = ""
    facts: list[Fact] = field(default_factory=list)


def lines(facts: Sequence[Fact], judged: Judgement, asked: Micros, zone: str, w: Words) -> list[Line]:
    """What had happened before `asked`, in order; claims with what became of them by then."""
    groups: dict[tuple[Any, ...], list[Fact]] = {}
    found_there = _rest_on_inspections(facts)
    for fact in facts:
        shown_with_findings = getattr(fact.event, "inspection_id", None) in found_there
        if fact.at < asked and not (isinstance(fact.event, ev.InspectionRecorded) and shown_with_findings):
            groups.setdefault((day(fact.at, zone), *_alike(fact.event)), []).append(fact)
    fates = {c.record: c for c in judged.at(asked, Claim)}
    alerts = {a.record: a for a in judged.at(asked, Alert)}
    found = []
    for members in groups.values():
        text = _text(members, zone, w)
        alert = alerts.get(str(members[0].event.record_id))
        fate = _fate(members, fates, zone, w) if alert is None else _alert_fate(alert, w)
        found.append(Line(members[0].at, KIND_OF[type(members[0].event)], text, fate, members))
    return found


def _rest_on_inspections(facts: Sequence[Fact]) -> set[str]:
    """The inspections that a confirmation names: they stand in one line with what was found."""
    named = {f.event.inspection_id for f in facts if isinstance(f.event, ev.ViolationConfirmed)}
    return named & {f.event.inspection_id for f in facts if isinstance(f.event, ev.InspectionRecorded)}


def _alike(event: ev.Event) -> tuple[Any, ...]:
    """What facts of one day must share to stand in one line."""
    if isinstance(event, ev.NoticeServed):
        return ("notice", event.deadline)
    if isinstance(event, ev.DeadlineExtended):
        return ("extension", event.granted, event.deadline)
    if isinstance(event, ev.RectificationRejected):
        return ("rejection", event.reason)
    if isinstance(event, ev.VisitAttempted):
        return ("visit", event.reason)
    if isinstance(event, ev.NoteRecorded):
        return ("note", event.code)
    if isinstance(event, ev.ViolationConfirmed):
        return ("confirmation", event.inspection_id)
    if isinstance(event, ev.RectificationClaimed | ev.RectificationVerified):
        return (type(event).__name__,)
    return (event.record_id,)


def _text(members: list[Fact], zone: str, w: Words) -> str:
    event: Any = members[0].event
    kind = KIND_OF[type(event)]
    findings = {f for m in members for f in getattr(m.event, "findings", ())}
    values: dict[str, Any] = {
        "n": w.findings(len(findings)),
        "grounds": ", ".join(sorted({_ground(f.ground, event.rulebook, w) for f in findings})),
        **_said(event, w),
    }
    deadline = getattr(event, "deadline", None)
    if deadline is not None:
        values["day"] = due_day(micros(deadline), zone)
    if kind == "confirmation" and event.inspection_id:
        kind = "found"
    if kind == "notice" and deadline is None:
        kind = "notice_open"
    if kind == "extension" and not event.granted:
        kind = "refusal"
    text = w(f"k_{kind}", **values)
    return text if event.precision != "first_seen" else f"{text} *"


def _said(event: Any, w: Words) -> dict[str, Any]:
    """What an event says, in words; "–" where it leaves something out."""

    def named(prefix: str, name: str) -> str:
        return w(f"{prefix}_{getattr(event, name)}") if hasattr(event, name) else ""

    codes = ("seen", "code", "reason", "answer", "outcome")
    plain = ("party", "agency", "area", "persons", "rule")
    return {
        **{name: w.code(str(getattr(event, name, ""))) or "–" for name in codes},
        **{name: getattr(event, name, "") for name in plain},
        "access": w(event.access) if hasattr(event, "access") else "",
        "cause": named("cause", "cause"),
        "role": named("role", "role"),
        "certainty": named("certainty", "certainty"),
        "level": named("level", "level"),
    }


def _ground(ground: str, rulebook: str, w: Words) -> str:
    """A ground by the name that its rulebook gives it."""
    name = rulebook.partition("@")[0]
    known = load(name)[0].grounds.get(ground) if name in names() else None
    if known is None:
        return ground.replace("_", " ")
    return (known.title_zh or known.title) if w.lang == "zh" else known.title


def _fate(members: list[Fact], fates: dict[str, Claim], zone: str, w: Words) -> str:
    claims = [fates[str(m.event.record_id)] for m in members if str(m.event.record_id) in fates]
    if not claims or not isinstance(members[0].event, ev.RectificationClaimed):
        return ""
    worst = min(claims, key=lambda c: _GRAVITY.index(c.status))
    return w(f"fate_{worst.status}", day=day(worst.refuted_at, zone))


def _alert_fate(alert: Alert, w: Words) -> str:
    status = "missed" if alert.missed else alert.status
    return w(f"fate_alert_{status}", answer=w.code(alert.answer))


_GRAVITY = ["refuted", "rejected", "pending", "idle", "replaced", "verified"]
