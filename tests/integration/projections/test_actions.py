"""A joint action over forty homes: one header, each home once, as of any day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.actions import Summary, actions, homes_at, summary
from tests.integration.projections.estates import AREA, Office, an_office, by

JA = "JA-2026-09"
FORTY = [f"12-{n}" for n in range(1, 41)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Forty homes; somebody got into 36, found something in 20, saw 15 of those put right; 12 people left."""
    with an_office(tmp_path / "office") as opened:
        participants = [
            {"agency": "城管", "role": "lead", "officers": 8},
            {"agency": "消防", "role": "hazards", "officers": 2},
        ]
        opened.told(
            "action", "2026-05-20", action=JA, action_id=JA, area=AREA, participants=participants,
            partitions_removed=31, beds_removed=44, keys="JA-9",
        )  # fmt: skip
        for n, home in enumerate(FORTY):
            opened.home(home)
            found = {"dwelling": home, "findings": "partition/living"}
            visit = {"inspection_id": f"I-{n}", "action_id": JA if n % 2 else "JA-9"}
            if n < 36:
                opened.told("inspection", "2026-05-20T09:00", dwelling=home, access="full", **visit)
            if n < 20:
                opened.told("confirmation", "2026-05-20T09:30", inspection_id=f"I-{n}", **found)
            if n < 15:
                opened.told("verification", "2026-05-20T16:00", basis="on_site", action_id=JA, **found)
            if n < 3 or n >= 36:
                opened.told(
                    "departure", "2026-05-21T10:00", dwelling=home, persons=4 if n < 3 else 0, action_id=JA
                )
        yield opened


def test_one_header_and_forty_homes_each_once(office: Office) -> None:
    stream = office.ledger.stream_of(f"action:{JA}")
    with office.asked() as connection:
        (header,) = actions(connection, by("2026-05-31"))
        homes = homes_at(connection, by("2026-05-31"), stream)
        assert (header["action_id"], header["agencies"], header["officers"]) == (JA, "城管; 消防", 10)
        assert (header["partitions_removed"], header["beds_removed"]) == (31, 44)
        assert sorted(home["label"] for home in homes) == sorted(FORTY), "by either of the action's keys"
        assert summary(homes) == Summary(visited=36, found=20, verified=15, departed=12)
        at_noon = homes_at(connection, by("2026-05-20T12:00"), stream)
        assert summary(at_noon) == Summary(visited=36, found=20, verified=0, departed=0)
        assert actions(connection, by("2026-05-19")) == []
        assert actions(connection, by("2026-05-31", area="elsewhere/")) == []


def test_the_homes_are_shown_as_they_stand_when_it_is_asked(office: Office) -> None:
    stream = office.ledger.stream_of(f"action:{JA}")
    office.told("confirmation", "2026-05-23", dwelling="12-1", findings="partition/living", basis="source")
    with office.asked() as connection:
        then = {home["label"]: home["state"] for home in homes_at(connection, by("2026-05-22"), stream)}
        now = {home["label"]: home["state"] for home in homes_at(connection, by("2026-05-31"), stream)}
    assert (then["12-1"], now["12-1"]) == ("verified", "confirmed"), "tenants back after three days"
