"""Estates beside the targets: who is liable, what is missing, which leads wait, on any day, as known then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.clocks import overdue
from projections.estate_figures import Months, changes, monthly
from projections.estates import beside, estates, leads, listed_beside, missing_reports
from projections.targets import board
from tests.integration.projections.estates import AREA, Office, an_office, by


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "office") as opened:
        yield opened


def months(office: Office, day: str, known: str = "") -> list[str]:
    with office.asked() as connection:
        return [row.month for row in missing_reports(connection, by(day, known=known))]


def test_d_the_manager_misses_the_tenth_is_chased_and_the_silence_is_on_record(office: Office) -> None:
    # given an estate with a rectified home, whose manager has the list and reported in April
    office.estate()
    office.home("12-302")
    office.told("manager", "2026-01-01", estate="e-7", party="M-1")
    found = {"dwelling": "12-302", "findings": "partition/living"}
    office.told("confirmation", "2026-02-10", basis="source", **found)
    office.told("verification", "2026-02-20", basis="on_site", **found)
    office.told("rectified_list", "2026-03-05", estate="e-7", month="2026-03", dwellings="12-302")
    office.told("monthly_report", "2026-04-08", estate="e-7", month="2026-03", result="zero")
    # when nothing comes by the 10th of May, and the manager is asked for it on the 12th
    office.told("chaser", "2026-05-12T09:00", estate="e-7", month="2026-04", to="M-1")
    # and the home is found let by the bed again in June, upon which the report comes
    office.told("confirmation", "2026-06-03", basis="source", **found)
    office.told(
        "monthly_report", "2026-06-04", estate="e-7", month="2026-04", result="relapse_found", relapses=1
    )
    office.told("monthly_report", "2026-06-04", estate="e-7", month="2026-05", result="zero")
    # then the relapse counts
    with office.asked() as connection:
        assert board(connection, by("2026-06-30")).figure("relapses") == 1
    # and the silence before it is on record: from the 11th of May, known then, and known today
    assert months(office, "2026-05-10") == []
    assert months(office, "2026-05-11") == months(office, "2026-05-11", known="2026-05-11") == ["2026-04"]
    with office.asked() as connection:
        (silent,) = missing_reports(connection, by("2026-06-02", known="2026-06-02"))
        assert (silent.manager, silent.label) == ("M-1", "e-7")
        assert silent.chased_at < by("2026-05-12").asked, "it was asked for before the relapse was known"
        assert board(connection, by("2026-06-02", known="2026-06-02")).figure("relapses") == 0
    assert months(office, "2026-06-30") == []


def test_a_report_entered_later_changes_what_is_known_now_and_not_what_was_known(office: Office) -> None:
    office.estate()
    office.told("rectified_list", "2026-03-05", estate="e-7", month="2026-03")
    office.told(
        "monthly_report", "2026-04-09", recorded="2026-04-20", estate="e-7", month="2026-03", result="zero"
    )
    assert months(office, "2026-04-15", known="2026-04-15") == ["2026-03"]
    assert months(office, "2026-04-15") == []


def test_beside_the_targets_there_is_nothing_to_count_until_there_was_something(office: Office) -> None:
    office.estate()
    with office.asked() as connection:
        assert beside(connection, by("2026-04-30")) == {"leads_unlocated": None, "reports_missing": None}
    office.told("rectified_list", "2026-03-05", estate="e-7", month="2026-03")
    office.told("lead", "2026-03-06T10:00", estate="e-7", channel="12345", ticket="T-1", due="2026-03-08")
    with office.asked() as connection:
        assert beside(connection, by("2026-03-07")) == {"leads_unlocated": 0, "reports_missing": 0}
        assert beside(connection, by("2026-06-30")) == {"leads_unlocated": 1, "reports_missing": 1}
        (row,) = listed_beside(connection, "reports_missing", by("2026-06-30"))
        assert row["months"] == "2026-03; 2026-04; 2026-05", "an estate counts once"
        elsewhere = by("2026-06-30", area="sh/pudong/lujiazui/")
        assert beside(connection, elsewhere) == {"leads_unlocated": None, "reports_missing": None}


def test_a_located_lead_leaves_the_estate_and_counts_for_its_home(office: Office) -> None:
    office.estate()
    office.home("12-302")
    complaint = {"channel": "12345", "ticket": "T-1"}
    office.told("lead", "2026-03-02T09:00", estate="e-7", due="2026-03-04", building="12", **complaint)
    with office.asked() as connection:
        assert board(connection, by("2026-03-08")).figure("omitted") is None, "no home had a lead"
        assert [
            (row["lead"], row["building"]) for row in leads(connection, by("2026-03-08"), overdue=True)
        ] == [("12345/T-1", "12")]
        assert [(row.label, row.kind) for row in overdue(connection, by("2026-03-08"))] == [
            ("e-7", "location")
        ]
    # when it is located on the 9th, and the same ticket is entered for the home once more
    office.told(
        "location", "2026-03-09T15:00", estate="e-7", dwelling="12-302", reported_at="2026-03-02T09:00",
        due="2026-03-04", **complaint,
    )  # fmt: skip
    office.told("lead", "2026-03-10T08:00", dwelling="12-302", due="2026-03-30", **complaint)
    with office.asked() as connection:
        assert board(connection, by("2026-03-12")).figure("a") == 1, "one lead, of the day it was reported"
        assert leads(connection, by("2026-03-12"), overdue=True) == []
        assert [row["home"] for row in leads(connection, by("2026-03-12"))] == ["12-302"]
        assert [row.kind for row in overdue(connection, by("2026-03-12"))] == ["on_site"]
        assert len(leads(connection, by("2026-03-08"), overdue=True)) == 1, "as it stood before"
    office.told("inspection", "2026-03-13", dwelling="12-302", inspection_id="I-1", access="full")
    with office.asked() as connection:
        assert board(connection, by("2026-03-14")).figure("a") == 0


def test_an_estate_is_shown_with_its_manager_and_where_it_lay(office: Office) -> None:
    office.estate(households=820)
    office.estate("e-8", f"{AREA}e8/")
    office.told("manager", "2026-01-01", estate="e-7", party="M-1")
    office.told("manager", "2026-04-01", estate="e-7", party="M-2")
    office.told("area", "2026-05-01", estate="e-8", area="sh/pudong/jinyang/e8/")
    with office.asked() as connection:
        assert [(e.label, e.households, e.manager) for e in estates(connection, by("2026-03-31"))] == [
            ("e-7", 820, "M-1"), ("e-8", -1, ""),
        ]  # fmt: skip
        assert [e.manager for e in estates(connection, by("2026-04-30", area=AREA))] == ["M-2", ""]
        assert [e.label for e in estates(connection, by("2026-05-31", area=AREA))] == ["e-7"]


def test_monthly_figures_are_compared_with_the_time_before(office: Office) -> None:
    office.estate()
    office.estate("e-8", f"{AREA}e8/")
    for month, complaints, calls in (
        ("2025-01", 20, 8),
        ("2025-02", 10, 4),
        ("2026-01", 2, 4),
        ("2026-02", 1, 2),
    ):
        office.told(
            "estate_figures",
            "2026-03-01",
            estate="e-7",
            month=month,
            complaints=complaints,
            police_calls=calls,
        )
    office.told("estate_figures", "2026-03-01", estate="e-8", month="2025-01", complaints=0)
    office.told("estate_figures", "2026-03-01", estate="e-8", month="2026-01", complaints=3, police_calls=5)
    with office.asked() as connection:
        rows = monthly(connection, by("2026-03-31"))
        assert monthly(connection, by("2026-02-28")) == [], "not told yet"
    found = changes(rows, Months("2025-01", "2025-12"), Months("2026-01", "2026-12"))
    told = [(c.label, c.figure, c.before, c.now, c.percent) for c in found]
    assert told == [
        ("e-7", "complaints", 15.0, 1.5, -90.0),
        ("e-7", "police_calls", 6.0, 3.0, -50.0),
        ("e-8", "complaints", 0.0, 3.0, None),
        ("e-8", "police_calls", None, 5.0, None),
    ]
    assert [(c.months_before, c.months_now) for c in found] == [(2, 2), (2, 2), (1, 1), (0, 1)]
