"""The figures of the model estate's year, counted from the records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from statistics import mean

from rentalwatch.domain import events as ev
from rentalwatch.ledger.statements import Statement

MODEL = "e001"


def recounted(told: Iterable[tuple[datetime, Statement]]) -> tuple[dict[str, float], Counter[str]]:
    """(figures, records by kind)."""
    kinds: Counter[str] = Counter()
    patrolled, rectified, gone = set(), set(), set()
    moved = 0
    months: dict[str, ev.EstateFiguresReported] = {}
    for _, said in told:
        event, name = said.event, said.subject.split(":")[-1]
        kinds[type(event).__name__] += 1
        if isinstance(event, ev.SublandlordExited) and name.startswith(f"S-{MODEL}-"):
            gone.add(name)
        if name.partition("-")[0] != MODEL:
            continue
        if isinstance(event, ev.PatrolRecorded):
            patrolled.add(name)
        elif isinstance(event, ev.RectificationVerified):
            rectified.add(name)
        elif isinstance(event, ev.TenantsMovedOut):
            moved += event.persons
        elif isinstance(event, ev.EstateFiguresReported):
            months[event.month] = event
    return {
        "patrolled": len(patrolled),
        "rectified": len(rectified),
        "sublandlords_gone": len(gone),
        "moved_out": moved,
        "complaints": change({month: f.complaints or 0 for month, f in months.items()}),
        "police_calls": change({month: f.police_calls or 0 for month, f in months.items()}),
    }, kinds


def change(by_month: dict[str, int]) -> float:
    """In percent, of a month's mean: from the year before the programme to the last three months told."""
    before = mean(n for month, n in by_month.items() if month < "2025-07")
    after = mean(n for month, n in by_month.items() if "2026-03" <= month <= "2026-05")
    return 100 * (after / before - 1)
