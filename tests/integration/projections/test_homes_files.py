"""What is said of homes, asked of a whole area: departures, alerts in the targets, tags of relapses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.clocks import overdue
from projections.departures import departures, moved_out
from projections.targets import board, listed
from tests.integration.importing import as_of
from tests.integration.projections.estates import AREA, Office, an_office, by

FOUND = {"findings": "partition/living", "basis": "source"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "office") as opened:
        opened.home("12-302")
        opened.home("14-101", area="sh/pudong/tangqiao/e9/")
        yield opened


def test_departures_are_counted_by_area_period_and_action(office: Office) -> None:
    office.told("departure", "2026-03-01", dwelling="12-302", persons=6, action_id="JA-1")
    office.told("departure", "2026-03-09", dwelling="12-302", persons=4)
    office.told("departure", "2026-03-09", dwelling="14-101", persons=3)
    march = as_of("2026-03-31", "2026-03-05", zone="Asia/Shanghai")
    with office.asked() as connection:
        assert moved_out(connection, by("2026-03-31")) == 13
        assert moved_out(connection, by("2026-03-31"), action="JA-1") == 6
        assert moved_out(connection, by("2026-03-31", area=AREA)) == 10
        assert moved_out(connection, march) == sum(r["persons"] for r in departures(connection, march)) == 7
        assert moved_out(connection, by("2026-02-28")) == 0


def test_a_departure_told_late_is_not_in_what_was_known(office: Office) -> None:
    office.told("departure", "2026-03-01", recorded="2026-04-10", dwelling="12-302", persons=6)
    with office.asked() as connection:
        assert moved_out(connection, by("2026-03-31", known="2026-03-31")) == 0
        assert moved_out(connection, by("2026-03-31")) == 6


def test_an_alert_counts_until_it_is_answered_with_what_was_seen(office: Office) -> None:
    alert = office.told(
        "alert", "2026-03-01T08:00", dwelling="12-302", rule="card_passes", rule_version="3f1c",
        due="2026-03-02T08:00", rulebook="shanghai",
    )  # fmt: skip
    with office.asked() as connection:
        assert board(connection, by("2026-03-03")).figure("a") == 0, "two working days: Monday and Tuesday"
        assert board(connection, by("2026-03-04")).figure("a") == 1
        assert [o.kind for o in overdue(connection, by("2026-03-02"))] == ["alert_answer"]
    office.told(
        "alert_answer", "2026-03-05T09:00", dwelling="12-302", alert=str(alert), answer="nothing",
        observation="windows dark",
    )  # fmt: skip
    with office.asked() as connection:
        assert board(connection, by("2026-03-04")).figure("a") == 1
        assert board(connection, by("2026-03-05")).figure("a") == 0
        assert overdue(connection, by("2026-03-31")) == []


def test_relapses_are_told_apart_by_who_caught_them(office: Office) -> None:
    for home, channel in (("12-302", "12345"), ("14-101", "物业")):
        office.told("confirmation", "2026-01-10", dwelling=home, **FOUND)
        office.told("verification", "2026-01-20", dwelling=home, findings=FOUND["findings"], basis="source")
        office.told("lead", "2026-03-01", dwelling=home, ticket="T-1", channel=channel)
        office.told("confirmation", "2026-03-05", dwelling=home, **FOUND)
    with office.asked() as connection:
        asked = by("2026-03-31")
        assert board(connection, asked).figure("relapses") == 2
        (caught,) = listed(connection, "relapses:caught_by=complaint", asked)
        assert caught["label"] == "12-302"
        assert len(listed(connection, "relapses:caught_by=front_line", asked)) == 1
