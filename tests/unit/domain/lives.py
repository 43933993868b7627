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
LONGEST = 30
_REGISTRATION, _UNKNOWN_RECORD = UUID(int=2**127), UUID(int=2**126)
_FINDINGS = [ev.Finding(ground="partition", key=key) for key in "aab"]
_WATCHES = [ev.WatchTerms(), ev.WatchTerms(first_revisit_days=0, release_after_days=4, clean_revisits=1)]

Draw = Callable[[Random], Any]


def _one(*choices: Any) -> Draw:
    return lambda chance: chance.choice(choices)


def _findings(chance: Random) -> tuple[ev.Finding, ...]:
    return tuple(chance.choices(_FINDINGS, k=chance.randint(1, 3)))


def _later(chance: Random) -> datetime | None:
    return chance.choice([None, FIRST_DAY + timedelta(days=chance.randint(0, 25), hours=1)])


_TICKET, _VISIT, _REASON = _one("t1", "t2"), _one("v1", "v2", "v3"), _one("because")
_KINDS: dict[type[ev.Event], tuple[int, dict[str, Draw]]] = {
    ev.DwellingRegistered: (1, {"label": _one("12 / 302"), "area": _one("a/", "b/")}),
    ev.DwellingCorrected: (1, {"area": _one("", "c/")}),
    ev.DwellingDeregistered: (1, {"reason": _REASON}),
    ev.LeadReported: (3, {"ticket": _TICKET, "due": _later}),
    ev.LeadDispatched: (3, {"ticket": _TICKET, "due": _later}),
    ev.PatrolRecorded: (1, {}),
    ev.VisitAttempted: (3, {"outside_office_hours": _one(True, False)}),
    ev.AssistanceRequested: (2, {"agency": _one("police")}),
    ev.InspectionRecorded: (6, {"inspection_id": _VISIT, "access": _one("full", "full", "partial")}),
    ev.ViolationConfirmed: (
        16,
        {
            "findings": _findings,
            "basis": _one("inspection", "source", "source"),
            "inspection_id": _VISIT,
            "implied": _one(False, False, False, True),
            "notice_due": _later,
            "onset_on": _one(None, date.min, date(2025, 1, 1)),
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
    ev.RecordRetracted: (2, {"reason": _REASON}),
}
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
    confirmations = [of for of, cls in zip(ids, kinds, strict=True) if cls is ev.ViolationConfirmed]
    events: list[ev.Event] = [
        ev.DwellingRegistered(record_id=_REGISTRATION, happened_at=ALWAYS, label="12 / 302", area="a/")
    ]
    for nth, cls in enumerate(kinds[:length]):
        if cls is ev.RecordRetracted and not corrected:
            continue
        events += _record(chance, cls, ids[nth], ids[:nth], confirmations, corrected)
    start = micros(FIRST_DAY) + 50 * DAY
    return [Fact(e, version=n, position=n, recorded_at=start + n * SECOND) for n, e in enumerate(events, 1)]


def _record(
    chance: Random,
    cls: type[ev.Event],
    record: UUID,
    earlier: list[UUID],
    confirmations: list[UUID],
    corrected: bool,
) -> list[ev.Event]:
    """One record. Only what was recorded before can be corrected or retracted (the ledger sees to that), but
    a confirmation may be recorded after its annulment."""
    happened = FIRST_DAY + timedelta(days=chance.randint(0, 20), hours=chance.choice([0, 9, 15]))
    said: dict[str, Any] = {name: draw(chance) for name, draw in _KINDS[cls][1].items()}
    said |= {"record_id": record, "happened_at": happened}
    if chance.random() < 0.5:
        said["source_recorded_at"] = happened + timedelta(days=chance.randint(0, 20))
    target = chance.choice([*earlier, _UNKNOWN_RECORD])
    if cls is ev.RecordRetracted:
        return [cls(**said, target=target)]
    if cls is ev.ConfirmationAnnulled:
        said["confirmation"] = chance.choice([*confirmations, _UNKNOWN_RECORD])
    thought = chance.choice([*[""] * 12, "corrects", "superseded"]) if corrected else ""
    if thought == "superseded":
        return [cls(**said, superseded_by=target)]
    event = cls(**said)
    if thought != "corrects":
        return [event]
    act = ev.RecordCorrected(record_id=record, happened_at=happened, target=target, reason="slip")
    return [act, event.model_copy(update={"index": 1})]
