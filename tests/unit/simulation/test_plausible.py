"""Marks by which a generated season can be told from noise: who lives more crowded uses more, nobody uses
nothing, meters only rise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from statistics import mean, median

import numpy as np

from rentalwatch.simulation.chance import Draws
from rentalwatch.simulation.kinds import GROUP
from rentalwatch.simulation.seasons import conditioning, is_free, to_new_year, warmth
from tests.unit.simulation.conftest import Told

DAY = 86_400


def stays(season: Told, wanted: Callable[[str], bool]) -> list[tuple[dict[str, object], int, int]]:
    """(line of the truth, first day, day after the last) of stays that cover the whole time told."""
    lines = {line["dwelling"]: line for line in season.truth.values()}.values()
    return [
        (line, 0, season.district.days)
        for line in lines
        if len(line["stays"]) == 1 and wanted(line["stays"][0]["kind"])
    ]


def a_day(season: Told, kind: str, *homes: str) -> list[float]:
    """Mean use a day of homes of these kinds throughout, in Wh or litres; meters that jumped are left out."""
    meters, used = season.meters(kind), []
    for line, _, _ in stays(season, lambda k: k in homes):
        shown = sorted(meters.get(line["keys"][1], {}).items())  # type: ignore[index]
        rises = np.diff([value for _, value in shown])
        if len(shown) > 100 and rises.min() >= 0 and rises.max() < 200_000:
            used.append((shown[-1][1] - shown[0][1]) / (shown[-1][0] - shown[0][0]) * DAY)
    return used


def test_a_family_uses_what_families_use(season: Told) -> None:
    assert 300 <= mean(a_day(season, "water", "family")) <= 560
    assert 5_000 <= mean(a_day(season, "electricity", "family")) <= 13_000


def test_who_lives_more_crowded_uses_more(season: Told) -> None:
    for kind in ("water", "electricity"):
        family, large = a_day(season, kind, "family"), a_day(season, kind, "extended")
        group = a_day(season, kind, *GROUP)
        assert mean(group) > 1.4 * mean(family)
        assert mean(large) > 1.2 * mean(family)


def test_large_families_and_group_rentals_overlap(season: Told) -> None:
    assert max(a_day(season, "water", "extended")) > min(a_day(season, "water", *GROUP))


def test_nobody_lives_in_an_empty_home(season: Told) -> None:
    empty = {line["keys"][0] for line, _, _ in stays(season, lambda kind: kind == "empty")}  # type: ignore[index]
    passes = Counter(r["dwellings"][n] for r in season.of("gate_pass") for n in r["dwelling"])

    assert empty
    assert all(passes[home] == 0 for home in empty)
    assert median(a_day(season, "water", "empty")) == 0


def test_registers_go_back_only_where_a_meter_was_replaced(season: Told) -> None:
    for kind in ("electricity", "water", "gas"):
        meters, back = season.meters(kind), []
        for shown in meters.values():
            values = [value for _, value in sorted(shown.items())]
            if max(np.diff(values), default=0) > 5_000_000:  # told in Wh for a while
                continue
            back += [after for before, after in pairwise(values) if after < before - 1]
        assert len(back) <= 0.03 * len(meters)
        assert all(after < 60_000 for after in back)


def test_more_cards_come_and_go_where_beds_are_let(season: Told) -> None:
    cards: dict[str, set[str]] = defaultdict(set)
    for record in season.of("gate_pass"):
        for home, card, at in zip(record["dwelling"], record["card"], record["at"], strict=True):
            if at < season.district.at(7) and record["key_id"] == "k0":
                cards[record["dwellings"][home]].add(record["cards"][card])

    def seen(*kinds: str) -> list[int]:
        return [len(cards[line["keys"][0]]) for line, _, _ in stays(season, lambda k: k in kinds)]  # type: ignore[index]

    assert mean(seen(*GROUP)) > 1.5 * mean(seen("family"))
    assert mean(seen("shop")) > 3 * mean(seen("family"))


def test_summers_are_hot_and_winters_cold_and_mild_days_need_nothing() -> None:
    august = [warmth(1, date(2025, 8, n)).mean() for n in range(1, 29)]
    january = [warmth(1, date(2026, 1, n)).mean() for n in range(1, 29)]

    assert 24 < mean(august) < 33
    assert 0 < mean(january) < 11
    assert not any(part.any() for part in conditioning(np.full(24, 20.0)))


def test_the_year_has_its_feasts() -> None:
    assert to_new_year(date(2026, 2, 17)) == 0
    assert to_new_year(date(2026, 2, 10)) == -7
    assert is_free(date(2026, 2, 19))
    assert is_free(date(2025, 10, 3))
    assert not is_free(date(2025, 9, 3))


def test_chance_does_not_depend_on_who_else_draws() -> None:
    draws, ids = Draws("a purpose", 1), np.arange(1_000)

    whole = draws.uniform(ids, 3)

    assert np.array_equal(draws.uniform(ids[[5, 900, 17]], 3), whole[[5, 900, 17]])
    assert np.array_equal(draws.uniform(ids, 2), whole[:, :2])
    assert abs(whole.mean() - 0.5) < 0.02
    assert abs(draws.poisson(ids, np.full(1_000, 4.0)).mean() - 4) < 0.3
    assert abs(draws.normal(ids)[:, 0].std() - 1) < 0.08
