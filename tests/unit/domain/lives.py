"""Lives of one home at random: facts of every kind, on few days, so that ties, overlaps and second thoughts
(corrections, retractions, annulments, superseded records) are frequent.

Hypothesis draws a seed and a length. A life is the beginning of what its seed tells, so a failure shrinks to
the shortest life that still fails; drawing each field by itself took twenty times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import ALWAYS, DAY, SECOND, micros

FIRST_DAY = datetime(2025, 3, 1, tzinfo=UTC)
LONGEST = 40
_REGISTRATION, _UNKNOWN_RECORD = UUID(int=2**127), UUID(int=2**126)
_FINDINGS = [ev.Finding(ground=ground, key=ground[0]) for ground in ("partition", "partition", "beds")]
_WATCHES = [ev.WatchTerms(), ev.WatchTerms(first_revisit_days=0, release_after_days=4, clean_revisits=1)]

Draw = Callable[[Random], Any]


def _one(*choices: Any) -> Draw:
    return lambda chance: chance.choice(choices)


def _findings(chance: Random) -> tuple[ev.Finding, ...]:
    return tuple(chance.choices(_FINDINGS, k=chance.randint(1, 3)))


def _later(chance: Random) -> datetime | None:
    return chance.choice([None, FIRST_DAY + timedelta(days=chance.randint(0, 25), hours=1)])


def _due(chance: Random) -> datetime:
    return FIRST_DAY + timedelta(days=chance.randint(0, 25), hours=1)


_ALERT: dict[str, Draw] = {
    "rule": _one("passes"), "rule_version": _one("1"), "due": _due, "on_site_due": _later,
}  # fmt: skip
_CHANNEL = _one("12345", "12345", "物业")
_PARTY = _one("S-1", "S-2")
_TICKET, _VISIT, _REASON = _one("t1", "t2"), _one("v1", "v2", "v3"), _one("because")
_KINDS: dict[type[ev.Event], tuple[int, dict[str, Draw]]] = {
    ev.DwellingRegistered: (1, {"label": _one("12 / 302"), "area": _one("a/", "b/")}),
    ev.DwellingCorrected: (1, {"area": _one("", "c/")}),
    ev.DwellingDeregistered: (1, {"reason": _REASON}),
    ev.LeadReported: (
        5,
        {"ticket": _TICKET, "due": _later, "answer_due": _later, "channel": _CHANNEL},
    ),
    ev.LeadDispatched: (3, {"ticket": _TICKET, "due": _later, "channel": _CHANNEL}),
    ev.PatrolRecorded: (3, {"seen": _one("suspicious", "nothing")}),
    ev.VisitAttempted: (3, {"outside_office_hours": _one(True, False)}),
    ev.AssistanceRequested: (2, {"agency": _one("police"), "due": _later}),
    ev.InspectionRecorded: (
        6,
        {
            "inspection_id": _VISIT,
            "access": _one("full", "full", "partial"),
            "purpose": _one("unknown", "revisit"),
            "officers": _one((), ("A-1",), ("A-1", "B-2")),
        },
    ),
    ev.ViolationConfirmed: (
        16,
        {
            "findings": _findings,
            "basis": _one("inspection", "source", "source"),
            "inspection_id": _VISIT,
            "implied": _one(False, False, False, True),
            "notice_due": _later,
            "onset_on": _one(None, date.min, date(2025, 1, 1)),
            "responsible_party": _one("", "", "S-1", "S-2"),
        },
    ),
    ev.ConfirmationAnnulled: (3, {"reason": _REASON}),
    ev.NoticeServed: (6, {"findings": _findings, "deadline": _later}),
    ev.DeadlineExtended: (4, {"findings": _findings, "granted": _one(True, False), "deadline": _later}),
    ev.RectificationClaimed: (8, {"findings": _findings, "due": _later}),
    ev.RectificationRejected: (4, {"findings": _findings}),
    ev.RectificationVerified: (
        10,
        {
            "findings": _findings,
            "basis": _one("re_inspection", "on_site", "source"),
            "inspection_id": _VISIT,
            "watch": _one(*_WATCHES),
        },
    ),
    ev.WatchReleased: (3, {"reason": _REASON}),
    ev.NoteRecorded: (1, {"code": _one("x")}),
    ev.AreaReassigned: (1, {"area": _one("b/", "d/")}),
    ev.PartyLinked: (
        3,
        {
            "party": _PARTY,
            "role": _one("sublandlord", "sublandlord", "owner"),
            "basis": _REASON,
            "certainty": _one("documented", "documented", "stated"),
            "until_on": _one(None, None, date(2025, 3, 12)),
        },
    ),
    ev.PartyUnlinked: (1, {"party": _PARTY, "role": _one("sublandlord"), "reason": _REASON}),
    ev.ExemptionGranted: (2, {"cause": _one("family"), "basis": _REASON, "until": _later}),
    ev.ExemptionEnded: (2, {"reason": _REASON}),
    ev.TenantsMovedOut: (1, {"persons": _one(0, 3), "voluntary": _one(None, True, False)}),
    ev.LeadReturned: (2, {"ticket": _TICKET, "reason": _REASON, "channel": _CHANNEL}),
    ev.LeadAnswered: (2, {"ticket": _TICKET, "outcome": _REASON, "channel": _CHANNEL}),
    ev.AssistanceAnswered: (1, {"agency": _one("police"), "outcome": _REASON}),
    ev.Transferred: (1, {"agency": _one("fire"), "reason": _REASON, "due": _later}),
    ev.TransferAccepted: (1, {"agency": _one("fire")}),
    ev.AlertRaised: (4, _ALERT),
    ev.RelapseAlertRaised: (2, {**_ALERT, "raised_by": _one("signal", "report", "confirmation")}),
    ev.AlertAcknowledged: (1, {}),
    ev.AlertAnswered: (
        5,
        {"answer": _one("nothing", "nothing", "suspicious", "exempt"), "observation": _one("", "dark")},
    ),
    ev.AlertEscalated: (2, {"level": _one("squad"), "due": _due}),
    ev.AlertClosed: (3, {"inspection_id": _VISIT}),
    ev.RecordRetracted: (2, {"reason": _REASON}),
}
_ALERTS = (ev.AlertRaised, ev.RelapseAlertRaised)
_ABOUT: dict[type[ev.Event], tuple[str, tuple[type[ev.Event], ...]]] = {
    ev.ConfirmationAnnulled: ("confirmation", (ev.ViolationConfirmed,)),
    ev.ExemptionEnded: ("exemption", (ev.ExemptionGranted,)),
    ev.AlertAcknowledged: ("alert", _ALERTS),
    ev.AlertAnswered: ("alert", _ALERTS),
    ev.AlertEscalated: ("alert", _ALERTS),
    ev.AlertClosed: ("alert", _ALERTS),
}
"""Kinds that name another record: in which field, and of which kinds that is."""
_WEIGHTS = [weight for weight, _ in _KINDS.values()]


def lives(*, corrected: bool = True) -> st.SearchStrategy[list[Fact]]:
    """The facts of a file in the order of recording; the registration comes first and stands."""
    tell = _told_corrected if corrected else _told_plainly
    return st.builds(tell, st.integers(0, 2**32), st.integers(1, LONGEST))


def _told_corrected(seed: int, length: int) -> list[Fact]:
    return _told(seed, length, corrected=True)


def _told_plainly(seed: int, length: int) -> list[Fact]:
    return _told(seed, length, corrected=False)


def _told(seed: int, length: int, *, corrected: bool) -> list[Fact]:
    chance = Random(seed)
    kinds = chance.choices(list(_KINDS), _WEIGHTS, k=LONGEST)
    ids = [UUID(int=n) for n in chance.sample(range(1, LONGEST + 1), LONGEST)]
    events: list[ev.Event] = [
        ev.DwellingRegistered(record_id=_REGISTRATION, happened_at=ALWAYS, label="12 / 302", area="a/")
    ]
    for nth, cls in enumerate(kinds[:length]):
        if cls is ev.RecordRetracted and not corrected:
            continue
        events += _record(chance, cls, ids[nth], ids[:nth], dict(zip(ids, kinds, strict=True)), corrected)
    start = micros(FIRST_DAY) + 50 * DAY
    return [Fact(e, version=n, position=n, recorded_at=start + n * SECOND) for n, e in enumerate(events, 1)]


def _record(
    chance: Random,
    cls: type[ev.Event],
    record: UUID,
    earlier: list[UUID],
    all_: dict[UUID, type[ev.Event]],
    corrected: bool,
) -> list[ev.Event]:
    """One record. Only what was recorded before can be corrected or retracted (the ledger sees to that), but
    what a record is about may be recorded after it."""
    happened = FIRST_DAY + timedelta(days=chance.randint(0, 20), hours=chance.choice([0, 9, 15]))
    said: dict[str, Any] = {name: draw(chance) for name, draw in _KINDS[cls][1].items()}
    said |= {"record_id": record, "happened_at": happened}
    if chance.random() < 0.5:
        said["source_recorded_at"] = happened + timedelta(days=chance.randint(0, 20))
    target = chance.choice([*earlier, _UNKNOWN_RECORD])
    if cls is ev.RecordRetracted:
        return [cls(**said, target=target)]
    if cls in _ABOUT:
        field, about = _ABOUT[cls]
        said[field] = chance.choice([*(of for of, what in all_.items() if what in about), _UNKNOWN_RECORD])
    thought = chance.choice([*[""] * 12, "corrects", "superseded"]) if corrected else ""
    if thought == "superseded":
        return [cls(**said, superseded_by=target)]
    event = cls(**said)
    if thought != "corrects":
        return [event]
    act = ev.RecordCorrected(record_id=record, happened_at=happened, target=target, reason="slip")
    return [act, event.model_copy(update={"index": 1})]
