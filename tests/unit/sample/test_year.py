"""The sample district: its year comes out as it is told, whatever the seed, and everything in it says that it
was generated."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.sample.bounds import BOUNDS
from rentalwatch.sample.district import MODEL_HOMES, ROOT
from rentalwatch.sample.year import generated
from tests.unit.sample.recount import recounted

HOMES = MODEL_HOMES + 1_500


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_year_of_the_model_estate_stays_within_its_bounds(seed: int) -> None:
    figures, kinds = recounted(generated(HOMES, seed))

    outside = {name: f for name, f in figures.items() if not BOUNDS[name].least <= f <= BOUNDS[name].most}
    assert outside == {}
    assert kinds["DwellingRegistered"] == HOMES + kinds["DwellingsMerged"]


@pytest.fixture(scope="module")
def told():
    return list(generated(HOMES, 7))


def test_the_same_numbers_tell_the_same_and_another_seed_tells_another(told) -> None:
    def digest(records) -> str:
        every = hashlib.sha256()
        for at, said in records:
            every.update(f"{at} {said.subject} {said.content_hash}".encode())
        return every.hexdigest()

    assert digest(generated(HOMES, 7)) == digest(told)
    assert digest(generated(HOMES, 8)) != digest(told)


def test_records_are_told_in_order_and_never_before_they_happened(told) -> None:
    assert all(one[0] <= other[0] for one, other in pairwise(told))
    planned = (ev.ProgrammeStarted, ev.RollFixed)
    assert [s for at, s in told if s.event.happened_at > at and not isinstance(s.event, planned)] == []


def test_everything_says_that_it_was_generated(told) -> None:
    assert {said.source for _, said in told if not said.event.MOVES} == {"sample"}
    areas = [said.event.area for _, said in told if getattr(said.event, "area", "")]
    assert [area for area in areas if not area.startswith(ROOT)] == []
    labels = [said.event.label for _, said in told if hasattr(said.event, "label")]
    assert [label for label in labels if "样例" not in label] == []


def test_all_that_a_district_knows_happens(told) -> None:
    _, kinds = recounted(told)
    wanted = {
        "LeadReported", "LeadLocated", "LeadDispatched", "VisitAttempted", "AssistanceRequested",
        "InspectionRecorded", "ViolationConfirmed", "NoticeServed", "RectificationClaimed",
        "RectificationRejected", "RectificationVerified", "TenantsMovedOut", "WatchReleased", "PartyLinked",
        "JointActionHeld", "SublandlordExited", "PenaltyFiled", "PenaltyDecided", "PenaltyPaid",
        "EstateFiguresReported", "RectifiedListSent", "MonthlyReportFiled", "ReportChased", "RollFixed",
        "AlertRaised", "RelapseAlertRaised", "ExemptionGranted", "DwellingsMerged",
    }  # fmt: skip
    assert wanted - set(kinds) == set()


def test_some_records_are_entered_days_after_the_fact(told) -> None:
    late = [s for at, s in told if s.event.precision == "instant" and (at - s.event.happened_at).days > 2]
    assert len(late) > 100
