"""From the reading that tips a rule to the figure on the board: a family of six, and a relapse that the
platform caught before anybody complained.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.alerts import AlertRow, alerts
from projections.precision import precision
from projections.targets import board, listed
from rentalwatch.domain.instants import instant
from rentalwatch.early_warning.notifying import notifications
from tests.integration.stories.readings import AREA, days, estate_of, passes, taken_in
from tests.integration.stories.telling import Story, at

FAMILY, LET, QUIET = "12-302", "14-101", "14-102"
FOUND = ["partition/home"]
TWO = ["A-1", "A-2"]
RULE = "same_card_often"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def about(story: Story, home: str, day: str) -> list[AlertRow]:
    with story.engine.connect() as connection:
        return [row for row in alerts(connection, at(day)) if row.label == home]


def test_h_the_gate_rule_fires_on_a_family_of_six(story: Story, folder: Path) -> None:
    estate_of(story, FAMILY, LET, QUIET)
    # given three days on which one card opened the gate twelve times a day, for a home that is let, and for a
    # family of six whose grandmother comes and goes
    busy = [passes(d, {LET: 1}, rounds=12) for d in days("2025-03-01", "2025-03-03")]
    let = taken_in(story, folder, "a", busy, "2025-03-03")
    story.on("2025-03-04T20:00", "inspection", LET, inspection_id="v-1", access="full", officers=TWO)
    story.on("2025-03-04T20:30", "confirmation", LET, inspection_id="v-1", findings=FOUND)
    week = [passes(d, {FAMILY: 1}, rounds=12) for d in days("2025-03-31", "2025-04-02")]
    family = taken_in(story, folder, "b", week, "2025-04-02")
    assert (let, family) == ([RULE], [RULE])

    # then the manager is asked, and told why
    (row,) = about(story, FAMILY, "2025-04-02")
    assert (row.alert.level, row.alert.waiting, row.alert.status) == ("manager", 1, "unhandled")
    assert instant(row.alert.due) > instant(row.alert.raised_at)
    (told,) = notifications([row])
    assert "one card passed more than 10 times: 3 days, at least 3 days" in told.body.en

    # when an inspection finds a family
    story.on("2025-04-02T15:00", "alert_answer", FAMILY, alert=row.alert.record, answer="unclear")
    lives_there = {"persons_found": 6, "beds_found": 4, "rooms_found": 2}
    story.on(
        "2025-04-03T19:00", "inspection", FAMILY, inspection_id="v-2", access="full", officers=TWO,
        **lives_there,
    )  # fmt: skip
    story.on("2025-04-03T19:30", "exemption", FAMILY, cause="family", basis="赡养")

    # then the rule's precision falls, and the home is no omission
    with story.engine.connect() as connection:
        (before,) = precision(connection, at("2025-03-31"), RULE)
        (after,) = precision(connection, at("2025-04-20"), RULE)
        assert (before.precision, after.precision) == (1.0, 0.5)
        assert listed(connection, "a", at("2025-04-20")) == []
        assert board(connection, at("2025-04-20")).figure("a") == 0
    assert [row.alert.status for row in about(story, FAMILY, "2025-04-20")] == ["false"]

    # and the family is left in peace by it from then on
    later = [passes(d, {FAMILY: 1}, rounds=12) for d in days("2025-05-06", "2025-05-08")]
    assert taken_in(story, folder, "c", later, "2025-05-08") == []


def test_a_relapse_is_caught_by_the_platform_before_anybody_complains(story: Story, folder: Path) -> None:
    estate_of(story, LET, QUIET)
    # given a home let by the room for a month, found and put right, and quiet afterwards
    busy = [passes(d, {LET: 4, QUIET: 2}, rounds=5) for d in days("2025-02-01", "2025-03-04")]
    assert taken_in(story, folder, "before", busy, "2025-03-04") == []
    story.on("2025-03-05T20:00", "inspection", LET, inspection_id="v-1", access="full", officers=TWO)
    story.on("2025-03-05T20:30", "confirmation", LET, inspection_id="v-1", findings=FOUND)
    left = [passes(d, {LET: 1, QUIET: 2}, rounds=5) for d in days("2025-03-06", "2025-03-11")]
    assert taken_in(story, folder, "found", left, "2025-03-11") == []
    story.on("2025-03-12T09:00", "inspection", LET, inspection_id="v-2", access="full", officers=TWO)
    seen = {"basis": "re_inspection", "inspection_id": "v-2"}
    story.on("2025-03-12T09:30", "verification", LET, findings=FOUND, **seen)
    quiet = [passes(d, {LET: 1, QUIET: 2}, rounds=5) for d in days("2025-03-13", "2025-04-20")]
    assert taken_in(story, folder, "quiet", quiet, "2025-04-20") == []

    # when as many pass the gate as before
    again = [passes(d, {LET: 4, QUIET: 2}, rounds=5) for d in days("2025-04-21", "2025-05-02")]
    assert "back_in_passes" in taken_in(story, folder, "again", again, "2025-05-02")

    # then the squad is asked, not the manager, and what it finds is a relapse that the platform caught
    (row,) = about(story, LET, "2025-05-02")
    assert (row.alert.kind, row.alert.level, row.alert.withheld) == ("relapse_alert", "squad", 1)
    story.on("2025-05-05T20:00", "inspection", LET, inspection_id="v-3", access="full", officers=TWO)
    story.on("2025-05-05T20:30", "confirmation", LET, inspection_id="v-3", findings=FOUND)
    month = at("2025-05-31", begin="2025-05-01", area=AREA)
    with story.engine.connect() as connection:
        assert board(connection, month).figure("relapses") == 1
        (caught,) = listed(connection, "relapses:caught_by=platform", month)
        assert caught["label"] == LET
    assert {row.alert.status for row in about(story, LET, "2025-05-31")} == {"confirmed"}
