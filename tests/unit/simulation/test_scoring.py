"""What alerts are worth against the truth."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.simulation import District, truth
from rentalwatch.simulation.scoring import Score, score, visits

BEGIN = date(2025, 7, 1)


def home(*groups: tuple[str, str | None], kind: str = "family", relapse: bool = False) -> dict[str, Any]:
    stays = [{"kind": kind, "from": None, "until": groups[0][0] if groups else None, "persons": 3}]
    for onset, until in groups:
        stays.append({"kind": "beds", "from": onset, "until": until, "persons": 9})
        stays.append({"kind": "vacant", "from": until, "until": None, "persons": 0})
    rented = [{"onset": onset, "until": until, "relapse": relapse} for onset, until in groups]
    return {"dwelling": "d", "stays": stays, "group_rental": rented}


def scored(line: dict[str, Any], *days: date) -> Score:
    return score([line], [("d", day) for day in days], BEGIN, 365)


def test_an_alert_while_beds_are_let_finds_the_stay() -> None:
    found = scored(home(("2025-09-01", "2025-12-01"), relapse=True), date(2025, 9, 15))

    assert (found.recall, found.precision, found.waited) == (1.0, 1.0, [14])
    assert (found.relapses_found, found.relapses) == (1, 1)


def test_an_alert_before_is_wrong_and_the_stay_is_missed() -> None:
    missed = scored(home(("2025-09-01", "2025-12-01"), kind="shop"), date(2025, 8, 31))

    assert (missed.recall, missed.precision) == (0.0, 0.0)
    assert missed.wrong_kinds == {"shop": 1}


def test_an_alert_a_week_after_the_end_is_wrong_and_one_before_that_is_right() -> None:
    line = home(("2025-09-01", "2025-12-01"))

    assert scored(line, date(2025, 12, 7)).precision == 1.0
    late = scored(line, date(2025, 12, 8))
    assert (late.precision, late.wrong_kinds) == (0.0, {"vacant": 1})


def test_a_stay_too_short_to_show_counts_only_if_it_is_found() -> None:
    line = home(("2025-09-01", "2025-09-20"))

    assert scored(line).recall is None
    assert scored(line, date(2025, 9, 10)).recall == 1.0


def test_a_stay_from_before_counts_from_the_first_day_told() -> None:
    assert scored(home(("2024-01-01", None)), date(2025, 7, 11)).waited == [10]
    assert scored(home(("2026-06-20", None))).recall is None


def test_whoever_says_the_truth_finds_everything_and_errs_never() -> None:
    district = District(6, dwellings=200)
    lines = list(truth(district))
    days = [district.day(n) for n in range(0, 365, 7)]
    said = [
        (line["dwelling"], day)
        for line in lines
        for day in days
        for stay in line["group_rental"]
        if stay["onset"] <= day.isoformat() < (stay["until"] or "9999")
    ]

    best, nothing = score(lines, said, BEGIN, 365), score(lines, [], BEGIN, 365)
    everything = score(lines, [(line["dwelling"], day) for line in lines for day in days], BEGIN, 365)

    assert (best.recall, best.precision) == (1.0, 1.0)
    assert (nothing.recall, nothing.precision) == (0.0, None)
    assert everything.recall == 1.0
    assert everything.precision is not None and everything.precision < 0.1


@given(st.lists(st.integers(0, 400)), st.randoms())
def test_visits_lie_four_weeks_apart_and_leave_no_alert_without_one(numbers: list[int], order: Any) -> None:
    days = [BEGIN + timedelta(days=n) for n in numbers]
    made = visits(days)
    order.shuffle(days)

    assert visits(days) == made
    assert all((b - a).days >= 28 for a, b in pairwise(made))
    assert all(any(0 <= (day - visit).days < 28 for visit in made) for day in days)
