"""Sublandlords: what is let now, what became of an exit, who began again; identities that were merged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from projections.sublandlords import Operators
from rentalwatch.domain import events as ev
from rentalwatch.ledger.statements import NO_RECORD, Statement, stream_for
from tests.integration.stories.telling import Story, at, told

FOUND = ["partition/home"]
HOMES = {"A": "sh/a/", "B": "sh/b/", "C": "sh/b/"}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with told(tmp_path / "data") as telling:
        for home, area in HOMES.items():
            telling.home(home, area)
        for who in ("S-1", "S-2"):
            telling.on("2025-01-02", "sublandlord", who, party=who, basis="lease", keys=[f"old-{who}"])
        yield telling


def links(story: Story, day: str, home: str, party: str = "S-1", certainty: str = "documented") -> None:
    story.on(day, "party", home, party=party, role="sublandlord", certainty=certainty, basis="lease")


def confirms(story: Story, day: str, home: str) -> None:
    story.on(day, "confirmation", home, basis="source", findings=FOUND)


def verifies(story: Story, day: str, home: str) -> None:
    story.on(day, "verification", home, basis="on_site", findings=FOUND)


def leaves(story: Story, day: str, **where: Any) -> None:
    story.on(day, "exit", "S-1", manner="declared", **where)


def merges(story: Story, day: str) -> str:
    """S-2 goes on as S-1."""
    at_ = datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)
    event = ev.SublandlordsMerged(
        record_id=NO_RECORD, happened_at=at_, into=stream_for("sublandlord", "sublandlord:S-1"), reason="one"
    )
    story.until(day)
    return str(story.say(Statement(event, subject="S-2", of="sublandlord")))


def unmerges(story: Story, day: str, merge: str) -> None:
    at_ = datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)
    event = ev.MergeUndone(record_id=NO_RECORD, happened_at=at_, merge=merge, reason="two brothers")
    story.until(day)
    story.say(Statement(event, subject="S-2", of="sublandlord"))


def lets(story: Story, day: str, known: str = "", area: str = "") -> list[tuple[str, str]]:
    with story.engine.connect() as connection:
        operators = Operators(connection, at(day, known=known, area=area))
        return sorted((operators.who.label(x.operator), x.place.label) for x in operators.lets())


def exits(story: Story, day: str) -> list[tuple[str, int, int]]:
    with story.engine.connect() as connection:
        return [(x.status, x.done, x.homes) for x in Operators(connection, at(day)).exits_stood()]


def again(story: Story, day: str, known: str = "") -> list[str]:
    with story.engine.connect() as connection:
        return [x.place.label for x in Operators(connection, at(day, known=known)).recurrences()]


def test_a_home_is_let_from_its_link_until_the_link_ends_or_the_sublandlord_leaves(story: Story) -> None:
    for home in HOMES:
        links(story, "2025-02-01", home)
    story.on("2025-02-10", "party_end", "A", party="S-1", role="sublandlord", reason="lease ended")
    leaves(story, "2025-02-20", dwellings=["B"])

    assert lets(story, "2025-01-31") == []
    assert lets(story, "2025-02-01", area="sh/b/") == [("S-1", "B"), ("S-1", "C")]
    assert lets(story, "2025-02-15") == [("S-1", "B"), ("S-1", "C")]
    assert lets(story, "2025-03-01") == [("S-1", "C")]


def test_a_link_with_a_known_end_holds_until_then(story: Story) -> None:
    story.on(
        "2025-02-01", "party", "A", party="S-1", role="sublandlord", basis="lease", until_on="2025-02-28"
    )

    assert (lets(story, "2025-02-28"), lets(story, "2025-03-01")) == ([("S-1", "A")], [])


def test_an_exit_from_an_estate_is_completed_when_every_home_let_there_is_verified_or_gone(
    story: Story,
) -> None:
    for home in HOMES:
        links(story, "2025-02-01", home)
        confirms(story, "2025-02-02", home)
    leaves(story, "2025-02-10", area="sh/b/")
    verifies(story, "2025-02-12", "B")
    story.on("2025-02-14", "deregistration", "C", reason="pulled down")

    assert [exits(story, f"2025-02-{day}") for day in (10, 12, 14)] == [
        [("declared", 0, 2)],
        [("declared", 1, 2)],
        [("completed", 2, 2)],
    ]


def test_a_home_that_was_never_confirmed_is_not_verified_by_leaving_it(story: Story) -> None:
    links(story, "2025-02-01", "A")
    leaves(story, "2025-02-10", dwellings=["A"])

    assert exits(story, "2025-03-01") == [("declared", 0, 1)]


def test_somebody_elses_relapse_after_the_exit_does_not_undo_it(story: Story) -> None:
    links(story, "2025-02-01", "A")
    confirms(story, "2025-02-02", "A")
    leaves(story, "2025-02-10", dwellings=["A"])
    verifies(story, "2025-02-12", "A")
    confirms(story, "2025-04-01", "A")

    assert exits(story, "2025-04-02") == [("completed", 1, 1)]


def test_linked_again_with_the_home_that_it_left_contradicts_the_exit(story: Story) -> None:
    links(story, "2025-02-01", "A")
    leaves(story, "2025-02-10", dwellings=["A"])
    links(story, "2025-04-01", "A")

    assert exits(story, "2025-03-31") == [("declared", 0, 1)]
    assert exits(story, "2025-04-01") == [("contradicted", 0, 1)]
    assert lets(story, "2025-04-01") == [("S-1", "A")]


def test_neither_a_suspicion_nor_a_home_it_had_all_along_contradicts_an_exit(story: Story) -> None:
    for home in "AB":
        links(story, "2025-02-01", home)
    leaves(story, "2025-02-10", dwellings=["A"])
    links(story, "2025-04-01", "C", certainty="suspected")

    assert exits(story, "2025-05-01") == [("declared", 0, 1)]


def test_recurrence_needs_a_documented_party_another_address_and_a_later_day(story: Story) -> None:
    links(story, "2025-02-01", "A")
    links(story, "2025-02-01", "B", certainty="stated")
    links(story, "2025-02-01", "C")
    confirms(story, "2025-02-02T09:00", "A")
    confirms(story, "2025-02-02T10:00", "C")
    confirms(story, "2025-02-03", "B")

    assert again(story, "2025-03-01") == []
    links(story, "2025-02-04", "B")
    assert again(story, "2025-03-01") == ["B"]


def test_merged_identities_count_as_one_and_apart_again_once_the_merge_is_undone(story: Story) -> None:
    links(story, "2025-02-01", "A", "S-1")
    confirms(story, "2025-02-02", "A")
    links(story, "2025-03-01", "B", "old-S-2")
    confirms(story, "2025-03-02", "B")
    assert again(story, "2025-05-01") == []

    merge = merges(story, "2025-04-01")
    assert again(story, "2025-05-01") == ["B"]
    assert again(story, "2025-05-01", known="2025-03-31") == []
    assert lets(story, "2025-03-15") == [("S-1", "A"), ("S-1", "B")]
    assert lets(story, "2025-03-15", known="2025-03-31") == [("S-1", "A"), ("S-2", "B")]

    unmerges(story, "2025-04-20", merge)
    assert again(story, "2025-05-01") == []
    assert again(story, "2025-05-01", known="2025-04-10") == ["B"]
