"""What stands beside the targets: entries made long after the fact, moves, closed work orders, looks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import ALWAYS, FOREVER
from rentalwatch.domain.judge import judge
from rentalwatch.domain.marks import LateEntry, Mark
from tests.unit.domain.story import Said, deregistered, given, inspected, moment, record_id, registered, say


def marked(*told: Said, kind: str) -> list[Mark]:
    found = judge(given(registered(), *told)).at(FOREVER, Mark)
    return sorted(mark for mark in found if mark.kind == kind)


def back_dated(*told: Said) -> list[LateEntry]:
    return sorted(judge(given(registered(), *told)).at(FOREVER, LateEntry))


@pytest.mark.parametrize(
    ("happened", "recorded", "late"),
    [
        ("2026-03-01T09:00", "2026-03-03T09:00", False),
        ("2026-03-01T09:00", "2026-03-03T09:01", True),
        ("2026-03-01", "2026-03-03T23:59", False),  # it may have been at the day's end
        ("2026-03-01", "2026-03-04T00:01", True),
    ],
)
def test_an_entry_is_back_dated_after_48_hours(happened: str, recorded: str, late: bool) -> None:
    assert bool(back_dated(inspected(happened, "v1", recorded=recorded))) is late


def sourced(batch: int, **more: Any) -> Said:
    """An inspection of a year ago that an import took in today."""
    ref = ev.SourceRef(
        name="s", key="k", fact="f", content_hash="h", timeless_hash="t", batch=UUID(int=batch)
    )
    return say(
        ev.InspectionRecorded, "2025-03-01", recorded="2026-03-01T09:00", inspection_id="v1", access="full",
        source=ref, **more,
    )  # fmt: skip


def test_the_history_that_a_home_came_with_is_not_back_dated() -> None:
    ref = ev.SourceRef(name="s", key="r", fact="f", content_hash="h", timeless_hash="t", batch=UUID(int=1))
    home = Said(
        ev.DwellingRegistered(record_id=record_id("r"), happened_at=ALWAYS, label="H", source=ref),
        "2026-03-01T09:00",
    )

    def late(said: Said) -> bool:
        return bool(judge(given(home, said)).at(FOREVER, LateEntry))

    assert not late(sourced(batch=1))
    assert late(sourced(batch=2))


def test_what_the_source_wrote_down_at_once_is_not_back_dated_however_late_it_came() -> None:
    at_once, later = moment("2025-03-02T10:00"), moment("2025-03-20T10:00")

    assert not back_dated(sourced(batch=2, source_recorded_at=at_once))
    assert back_dated(sourced(batch=2, source_recorded_at=later))[0].what == "InspectionRecorded"


def test_homes_that_went_closed_orders_and_looks_are_marked() -> None:
    closed = say(ev.WorkOrderClosed, "2026-03-01", channel="12345", ticket="T-1", reason="done")
    merged = say(ev.DwellingsMerged, "2026-03-02", into="dwelling-x", reason="same home")
    looks = (inspected("2026-03-01", "v1", "partial"), say(ev.PatrolRecorded, "2026-03-02", seen="nothing"))

    assert [m.key for m in marked(closed, kind="order_closed")] == ["12345/T-1"]
    assert [m.what for m in marked(merged, kind="moved")] == ["merged"]
    assert [m.what for m in marked(deregistered("2026-03-03"), kind="moved")] == ["deregistered"]
    assert [m.what for m in marked(*looks, kind="inspected")] == ["partial"]
    assert len(marked(*looks, kind="patrolled")) == 1
