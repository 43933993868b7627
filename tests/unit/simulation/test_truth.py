"""What the truth says is what was generated, and the book tells what the squad did."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from rentalwatch.simulation import District, truth
from rentalwatch.simulation.district import ZONE
from rentalwatch.simulation.kinds import GROUP
from tests.unit.simulation.conftest import Told


def date_of(second: int) -> str:
    return datetime.fromtimestamp(second, ZoneInfo(ZONE)).date().isoformat()


def test_group_rentals_are_the_stays_that_are_let_by_the_room() -> None:
    for seed in range(1, 6):
        for line in truth(District(seed)):
            stays = [(s["from"], s["kind"], s["persons"]) for s in line["stays"] if s["kind"] in GROUP]
            assert [(g["onset"], g["form"], g["persons"]) for g in line["group_rental"]] == stays
            assert all(g["persons"] >= 6 and g["persons"] > 2 * line["rooms"] for g in line["group_rental"])


def test_stays_follow_each_other_without_a_gap() -> None:
    for line in truth(District(4)):
        for before, after in pairwise(line["stays"]):
            assert before["until"] == after["from"]
        assert line["stays"][-1]["until"] is None


def test_a_relapse_comes_after_something_was_put_right() -> None:
    relapses = [
        (g["onset"], line) for line in truth(District(2)) for g in line["group_rental"] if g["relapse"]
    ]

    assert relapses
    assert all(line["rectified"] and min(line["rectified"]) < onset for onset, line in relapses)


def test_a_year_has_group_rentals_that_begin_that_end_and_that_come_back() -> None:
    for seed in range(1, 21):
        lines = list(truth(District(seed)))
        groups = [g for line in lines for g in line["group_rental"]]
        homes = sum(bool(line["group_rental"]) for line in lines)
        assert 15 <= homes <= 55
        assert sum(g["onset"] >= "2025-07-01" for g in groups) >= 8
        assert sum(g["relapse"] for g in groups) >= 3
        assert sum(bool(line["rectified"]) for line in lines) >= 10


def test_the_book_learns_of_every_confirmation_and_verification(season: Told) -> None:
    known: dict[str, set[str]] = {}
    for record in season.of("context"):
        for home in record["dwellings"]:
            dates = known.setdefault(home["dwelling"], set())
            dates |= {date_of(home[at]) for at in ("confirmed_at", "rectified_at") if home[at]}

    for line in {line["dwelling"]: line for line in season.truth.values()}.values():
        happened = [*line["confirmed"], *line["rectified"]]
        assert {day for day in happened if day >= "2025-07-01"} <= known[line["dwelling"]]
        assert known[line["dwelling"]] <= set(happened)


def test_contexts_carry_positions_that_rise_and_the_first_tells_every_home(season: Told) -> None:
    for estate in ("estate:sim-1", "estate:sim-2"):
        mine = [record for record in season.of("context") if record["estate"] == estate]
        assert len(mine[0]["dwellings"]) == 100
        assert mine[0]["position"] == 1
        positions = {record["position"] for record in mine}
        assert positions == set(range(1, max(positions) + 1))
