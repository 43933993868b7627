"""A synthetic ledger: N homes, about ten events each, interleaved over the files.

The n-th event of every home comes before the next of any, in an order drawn by lot: no commit holds two
events of one file (from 900 homes up), so that every event makes its file be judged again. The same seed
gives the same ledger, clock included. No personal data: homes are numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import micros
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.statements import NO_RECORD, Statement

SEED = 20_240_301
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = 4 * 365
COMMIT = 900
MINUTE = 60_000_000
BATCH = UUID(int=1)
HOMES_IN_A_STREET = 500

Step = tuple[int, type[ev.Event], dict[str, object]]


def make_ledger(where: Path | str, homes: int, seed: int = SEED) -> Ledger:
    """Fills a new ledger, in a folder or in a migrated database, and returns it, open."""
    now = [micros(_day(DAYS))]
    ledger = open_ledger(where, create=True, clock=lambda: now[0])
    for commit in commits(homes, seed):
        now[0] += MINUTE
        ledger.take_in(commit, source="synthetic", batch=BATCH)
    return ledger


def commits(homes: int, seed: int = SEED) -> Iterator[list[Statement]]:
    """All statements in the order of recording, in chunks of one commit each."""
    dice = random.Random(seed)
    lives = [list(life(dice, home)) for home in range(homes)]
    commit: list[Statement] = []
    for n in range(max(map(len, lives))):
        for home in dice.sample(range(homes), homes):
            if n < len(lives[home]):
                commit.append(_statement(home, n, *lives[home][n]))
            if len(commit) == COMMIT:
                yield commit
                commit = []
    if commit:
        yield commit


def label(home: int) -> str:
    """What a home is called."""
    return f"{home % HOMES_IN_A_STREET} Street {home // HOMES_IN_A_STREET}"


def life(dice: random.Random, home: int) -> Iterator[Step]:
    """The story of one home as (day, kind, fields); a relapse for one in eight that were put right."""
    street = home // HOMES_IN_A_STREET
    area = f"synthetic/d{street % 8}/s{street}/"
    yield 0, ev.DwellingRegistered, {"label": label(home), "area": area}
    day = dice.randrange(1, DAYS - 300)
    yield day, ev.LeadReported, {"ticket": f"{home}.1", "due": _day(day + 2)}
    if dice.random() < 0.4:
        day += 1
        yield day, ev.VisitAttempted, {"reason": "nobody", "outside_office_hours": dice.random() < 0.5}
    day += dice.randrange(1, 4)
    yield from _round(dice, day, home, 1)
    if dice.random() < 0.7:
        day += dice.randrange(60, 90)
        yield day, ev.InspectionRecorded, {"inspection_id": f"{home}.v", "access": "full"}
        yield day, ev.PatrolRecorded, {"seen": "nothing"}
    if dice.random() < 0.12:
        yield from _round(dice, day + 40, home, 2)


def _round(dice: random.Random, day: int, home: int, nth: int) -> Iterator[Step]:
    """Found, ordered, claimed, checked."""
    visit = f"{home}.{nth}"
    found = tuple(ev.Finding(ground="partition", key=f"room{n}") for n in range(dice.randrange(1, 3)))
    yield day, ev.InspectionRecorded, {"inspection_id": visit, "access": "full", "purpose": "first"}
    yield day, ev.ViolationConfirmed, {"findings": found, "inspection_id": visit, "notice_due": _day(day + 3)}
    served = day + dice.randrange(0, 4)
    notice = {"findings": found, "number": f"N{visit}", "deadline": _day(served + 7)}
    yield served, ev.NoticeServed, notice
    if dice.random() < 0.85:
        yield served + 6, ev.RectificationClaimed, {"findings": found, "due": _day(served + 9)}
    yield served + 8, ev.InspectionRecorded, {"inspection_id": f"{visit}.r", "access": "full"}
    if dice.random() < 0.8:
        basis = {"basis": "re_inspection", "inspection_id": f"{visit}.r"}
        yield served + 8, ev.RectificationVerified, {"findings": found, **basis}
    else:
        yield served + 8, ev.RectificationRejected, {"findings": found, "basis": "re_inspection"}


def _statement(home: int, n: int, day: int, kind: type[ev.Event], said: dict[str, object]) -> Statement:
    happened = _day(day) + timedelta(hours=8, minutes=n)
    event = kind.model_validate({"record_id": NO_RECORD, "happened_at": happened, **said})
    return Statement(event, subject=f"synthetic:{home}", source="synthetic", fact=f"step{n}", key=str(home))


def _day(n: int) -> datetime:
    return BEGIN + timedelta(days=n)
