"""A home that was put right is let by the room again, and is caught: by a patrol, by the front line, by the
platform, or by a complaint, which means that all three failed. From what pointed at it to the target figure.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from projections import follow
from projections.alerts import AlertRow, alerts
from projections.targets import board, listed
from rentalwatch.domain.instants import upper_bound
from rentalwatch.early_warning.relapses import raise_missing
from tests.integration.stories.telling import ZONE, Story, at

HOME, AREA = "梅园 12号302室", "sh/pudong/e-7/"
FOUND = ["partition/home"]
TWO = ["A-1", "A-2"]
DEFENCES = ("patrol", "front_line", "platform", "complaint")


def put_right(story: Story) -> None:
    story.home(HOME, AREA)
    story.on("2025-03-03T09:00", "inspection", HOME, inspection_id="v-1", access="full", officers=TWO)
    story.on("2025-03-03T09:30", "confirmation", HOME, inspection_id="v-1", findings=FOUND)
    story.on("2025-03-10T09:00", "inspection", HOME, inspection_id="v-2", access="full", officers=TWO)
    seen = {"basis": "re_inspection", "inspection_id": "v-2"}
    story.on("2025-03-10T09:30", "verification", HOME, findings=FOUND, **seen)


def patrol(story: Story) -> None:
    story.on("2025-05-06T22:00", "patrol", HOME, seen="suspicious")


def front_line(story: Story) -> None:
    """The property manager sees beds carried in and reports them."""
    story.on("2025-05-06T22:00", "lead", HOME, channel="物业", ticket="M-1")


def platform(story: Story) -> None:
    """A rule for homes under watch fires, and the manager answers what can be seen."""
    raised = {"rule": "back_at_level", "rule_version": "3f1c", "due": "2025-05-07T22:00"}
    number = story.on("2025-05-06T22:00", "relapse_alert", HOME, **raised, raised_by="signal")
    story.on("2025-05-06T23:00", "alert_answer", HOME, alert=str(number), answer="suspicious")


def complaint(story: Story) -> None:
    story.on("2025-05-06T22:00", "lead", HOME, channel="12345", ticket="T-1")


POINTS: dict[str, Callable[[Story], None]] = {
    "patrol": patrol, "front_line": front_line, "platform": platform, "complaint": complaint,
}  # fmt: skip


def tended(story: Story, day: str) -> None:
    """What a timer does in the evening."""
    story.until(day)
    with story.engine.connect() as connection:
        raise_missing(story.ledger, connection, upper_bound(day, ZONE))
    follow.catch_up(story.ledger, story.engine)


def found_again(story: Story) -> None:
    story.on("2025-05-08T20:00", "inspection", HOME, inspection_id="v-3", access="full", officers=TWO)
    story.on("2025-05-08T20:30", "confirmation", HOME, inspection_id="v-3", findings=FOUND)


def shown(story: Story) -> list[AlertRow]:
    with story.engine.connect() as connection:
        return alerts(connection, at("2025-05-31"))


@pytest.mark.parametrize("defence", DEFENCES)
def test_the_relapse_is_counted_once_and_under_the_defence_that_caught_it(story: Story, defence: str) -> None:
    put_right(story)
    POINTS[defence](story)
    tended(story, "2025-05-07")
    (before,) = shown(story)
    assert before.alert.kind == "relapse_alert", "it comes before anybody was inside again"
    assert before.alert.status != "confirmed"
    found_again(story)
    tended(story, "2025-05-09")

    assert {row.alert.raised_by for row in shown(story)} == {before.alert.raised_by, "confirmation"}
    assert {row.alert.status for row in shown(story)} == {"confirmed"}
    month = at("2025-05-31", begin="2025-05-01", area="sh/pudong/")
    with story.engine.connect() as connection:
        assert board(connection, month).figure("relapses") == 1
        for each in DEFENCES:
            rows = listed(connection, f"relapses:caught_by={each}", month)
            assert [row["label"] for row in rows] == ([HOME] if each == defence else [])


def test_a_complaint_stays_one_though_the_platform_and_a_patrol_come_after_it(story: Story) -> None:
    put_right(story)
    complaint(story)
    tended(story, "2025-05-06")
    story.on("2025-05-07T09:00", "patrol", HOME, seen="suspicious")
    found_again(story)
    month = at("2025-05-31", begin="2025-05-01")
    with story.engine.connect() as connection:
        assert len(listed(connection, "relapses:caught_by=complaint", month)) == 1


def test_a_planned_revisit_catches_it_where_nobody_pointed_there(story: Story) -> None:
    put_right(story)
    story.on("2025-03-12T09:00", "inspection", HOME, inspection_id="r-1", access="full", purpose="revisit")
    story.on("2025-04-10T09:00", "inspection", HOME, inspection_id="r-2", access="full", purpose="revisit")
    story.on("2025-04-10T09:30", "confirmation", HOME, inspection_id="r-2", findings=FOUND)
    month = at("2025-04-30", begin="2025-04-01")
    with story.engine.connect() as connection:
        assert len(listed(connection, "relapses:caught_by=patrol", month)) == 1
