"""Story (h): the gate rule fires on a family of six → inspected, exemption granted → the rule's precision
falls, the home is no omission.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from projections.alerts import alerts
from projections.precision import Precision, precision
from projections.targets import board, listed
from tests.integration.stories.telling import Story, at

FAMILY, LET, AREA = "梅园 12号302室", "梅园 14号101室", "sh/pudong/e-7/"
TWO = ["A-1", "A-2"]


def fires(story: Story, when: str, home: str) -> UUID:
    """Nine cards of six persons and their visitors pass the gate in a week."""
    stated: dict[str, Any] = {
        "rule": "cards_to_rooms", "rule_version": "3f1c2a9be07d", "reasons": ["distinct_cards_7d=9>4"],
        "due": f"{when[:8]}{int(when[8:10]) + 1:02}{when[10:]}",
    }  # fmt: skip
    return story.on(when, "alert", home, **stated)


def of_rule(story: Story, day: str) -> Precision:
    with story.engine.connect() as connection:
        (row,) = precision(connection, at(day), "cards_to_rooms")
        return row


def omitted(story: Story, day: str) -> list[str]:
    with story.engine.connect() as connection:
        rows = [row["label"] for row in listed(connection, "a", at(day))]
        assert board(connection, at(day)).figure("a") == len(rows)
        return rows


def test_a_family_of_six_costs_the_rule_and_not_the_family(story: Story) -> None:
    story.home(FAMILY, AREA)
    story.home(LET, AREA)
    fires(story, "2025-03-03T10:00", LET)
    story.on("2025-03-04T20:00", "inspection", LET, inspection_id="v-1", access="full", officers=TWO)
    story.on("2025-03-04T20:30", "confirmation", LET, inspection_id="v-1", findings=["partition/home"])
    assert of_rule(story, "2025-03-05").precision == 1.0

    number = fires(story, "2025-04-01T10:00", FAMILY)
    story.on("2025-04-01T15:00", "alert_answer", FAMILY, alert=str(number), answer="unclear")
    assert omitted(story, "2025-04-02") == [], "two working days are not over"
    assert omitted(story, "2025-04-20") == [FAMILY], "somebody has to look, whatever the answer"

    lives_there = {"persons_found": 6, "beds_found": 4, "rooms_found": 2}
    story.on(
        "2025-04-03T19:00",
        "inspection",
        FAMILY,
        inspection_id="v-2",
        access="full",
        officers=TWO,
        **lives_there,
    )
    story.on("2025-04-03T19:30", "exemption", FAMILY, cause="family", basis="三代同住，赡养")

    with story.engine.connect() as connection:
        (row,) = [r for r in alerts(connection, at("2025-04-20")) if r.label == FAMILY]
    assert (row.alert.status, row.alert.waiting) == ("false", 0)
    then = of_rule(story, "2025-04-20")
    assert (then.raised, then.confirmed, then.false, then.precision) == (2, 1, 1, 0.5)
    assert omitted(story, "2025-04-20") == []
    assert story.state(FAMILY, "2025-04-20") == "cleared"
    with story.engine.connect() as connection:
        assert board(connection, at("2025-04-20")).figure("relapses") in (None, 0)


def test_the_next_alert_of_another_system_may_be_answered_as_known_to_be_exempt(story: Story) -> None:
    """An exemption mutes the rules here; another platform's alert about the family comes all the same."""
    story.home(FAMILY, AREA)
    story.on("2025-03-01", "exemption", FAMILY, cause="family", basis="三代同住，赡养")
    number = fires(story, "2025-04-01T10:00", FAMILY)
    story.on("2025-04-01T15:00", "alert_answer", FAMILY, alert=str(number), answer="exempt")
    assert omitted(story, "2025-04-20") == []
    assert (of_rule(story, "2025-04-20").open, of_rule(story, "2025-04-20").precision) == (1, None)
