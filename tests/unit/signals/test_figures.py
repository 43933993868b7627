"""What each figure of a home and a day is: reckoned by hand here, from readings there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from rentalwatch.domain.features import FEATURES
from rentalwatch.signals.district import District, Outcome
from rentalwatch.signals.rows import Rows
from tests.unit.signals.sending import (
    DAY,
    ESTATE,
    FIRST,
    HOUR,
    MONDAY,
    Ad,
    Pass,
    Register,
    Sent,
    context,
    homes,
    records,
)

LONG_AFTER = 60 * DAY


class Watching:
    """A district of one estate, and all that came of what it was told."""

    def __init__(self, *contexts: bytes) -> None:
        self.district = District()
        self.closed: dict[int, Rows] = {}
        self.last = MONDAY
        self.tell(*(contexts or (context(6),)))

    def tell(self, *sent: bytes) -> Outcome:
        outcome = self.district.fold(sent)
        self.closed |= {rows.day: rows for rows in outcome.closed}
        return outcome

    def hear(self, sent: Iterable[Sent]) -> Watching:
        """Readings, put in their order."""
        ordered = sorted(sent, key=lambda s: s.at)
        self.last = max([self.last, *(s.at for s in ordered)])
        for day in sorted({(s.at - MONDAY) // DAY for s in ordered}):
            self.tell(*records([s for s in ordered if (s.at - MONDAY) // DAY == day]))
        return self

    def ended(self) -> Watching:
        """After a reading of an unsuspected home that closes all days so far."""
        self.hear([Pass(5, self.last + 2 * DAY, 0)])
        return self

    def of(self, name: str, home: int, day: int) -> float:
        """A figure of a home on a day, counted from Monday; of a closed one as it was when it closed."""
        at = np.zeros(1, dtype=np.int64)
        rows = self.closed.get(FIRST + day) or self.district.estates[ESTATE].rows(
            FIRST + day, np.array([home]), at
        )
        found = rows.columns.get(name)
        return float("nan" if found is None else found[rows.dwellings.index(f"dwelling-{home}")])


def meter(
    home: int, kwh: Iterable[float], *, since: int = MONDAY, kind: str = "electricity", start: float = 0.0
) -> list[Sent]:
    """A meter read at each full hour, that used so much in the hour before each."""
    unit = "kWh" if kind == "electricity" else "m3"
    total, sent = start, []
    for n, used in enumerate(kwh):
        total = round(total + used, 6)
        sent.append(Register(home, since + n * HOUR, total, kind, unit))
    return list(sent)


def test_passes_cards_and_the_most_of_one_card() -> None:
    sent = [Pass(0, MONDAY + 6 * HOUR + n, card) for n, card in enumerate([1, 1, 1, 2, 3])]
    seen = Watching().hear([*sent, Pass(1, MONDAY + 6 * HOUR, 1)])
    assert [seen.of(n, 0, 0) for n in ("passes", "distinct_cards", "most_passes")] == [5, 3, 3]
    assert [seen.of(n, 1, 0) for n in ("passes", "distinct_cards", "most_passes")] == [1, 1, 1]
    assert seen.of("passes", 2, 0) == 0


def test_at_night_those_count_that_come_in() -> None:
    night = [Pass(0, MONDAY, 1), Pass(0, MONDAY + 5 * HOUR - 1, 1), Pass(0, MONDAY + HOUR, 1, out=True)]
    seen = Watching().hear([*night, Pass(0, MONDAY + 5 * HOUR, 1)])
    assert seen.of("night_entries", 0, 0) == 2
    assert seen.of("passes", 0, 0) == 4


def test_cards_of_seven_days_over_closed_and_open_ones() -> None:
    seen = Watching().hear([Pass(0, MONDAY + day * DAY + HOUR, card=day) for day in range(9)])
    assert [seen.of("distinct_cards_7d", 0, day) for day in range(9)] == [1, 2, 3, 4, 5, 6, 7, 7, 7]


def test_a_reading_of_yesterday_is_judged_today_as_well() -> None:
    """Windows reach back: what comes late, and in time, may tip a rule on a day that was judged already."""
    seen = Watching().hear([Pass(0, MONDAY + DAY + HOUR, 1), Pass(1, MONDAY + DAY + HOUR, 1)])
    touched = seen.tell(*records([Pass(0, MONDAY + HOUR, 2), Pass(2, MONDAY + HOUR, 2)])).touched
    assert [(rows.day, rows.dwellings) for rows in touched] == [
        (FIRST, ("dwelling-0", "dwelling-2")),
        (FIRST + 1, ("dwelling-0",)),
    ]
    assert touched[1].columns["distinct_cards_7d"].tolist() == [2]
    assert touched[1].at.tolist() == [MONDAY + DAY]


def test_what_touched_a_home_last_is_said() -> None:
    seen = Watching()
    sent = [Pass(0, MONDAY + 60, 1), Pass(0, MONDAY + 30, 1), Pass(1, MONDAY + 20, 1)]
    (rows,) = seen.tell(*records(sent)).touched
    assert dict(zip(rows.dwellings, rows.at.tolist(), strict=True)) == {
        "dwelling-0": MONDAY + 60,
        "dwelling-1": MONDAY + 20,
    }
    assert rows.active.all()


def test_a_card_that_passes_often_on_days_running() -> None:
    often = [Pass(0, MONDAY + day * DAY + n * 60, 1) for day in (0, 1, 2, 4) for n in range(11)]
    ten_times = [Pass(0, MONDAY + 3 * DAY + n * 60, 1) for n in range(10)]
    seen = Watching().hear([*often, *ten_times])
    assert [seen.of("often_run", 0, day) for day in range(5)] == [1, 2, 3, 0, 1]


def test_a_run_needs_the_same_card() -> None:
    sent = [Pass(0, MONDAY + day * DAY + n * 60, card=day) for day in range(3) for n in range(11)]
    assert Watching().hear(sent).of("often_run", 0, 2) == 1


def test_a_change_of_keys_tears_no_window() -> None:
    """Three cards, passing 11 times a day; on days 7 to 13 under both keys, as another card under the new
    one."""
    sent = [
        Pass(0, MONDAY + day * DAY + card * HOUR + n, card if key_id == "old" else card + 10, key_id=key_id)
        for day in range(20)
        for card in range(3)
        for n in range(11)
        for key_id in ("old", "new")
        if (day < 14 if key_id == "old" else day >= 7)
    ]
    seen = Watching().hear(sent)
    assert {seen.of("distinct_cards_7d", 0, day) for day in range(20)} == {3}
    assert {seen.of("passes", 0, day) for day in range(20)} == {33}
    assert [seen.of("often_run", 0, day) for day in (13, 14, 19)] == [14, 8, 13]


def test_listings_each_once_in_thirty_days() -> None:
    daily = [Ad(0, MONDAY + day * DAY, "bed", by_bed=1, rooms=1) for day in range(10)]
    seen = Watching().hear([*daily, Ad(0, MONDAY, "other bed", 1, 1), Ad(0, MONDAY, "flat", 0, 4)])
    assert seen.of("beds_listed_30d", 0, 9) == 2
    assert seen.of("rooms_listed_30d", 0, 9) == 4
    seen.hear([Ad(1, MONDAY + 30 * DAY, "elsewhere")])
    assert seen.of("beds_listed_30d", 0, 30) == 1
    assert seen.of("rooms_listed_30d", 0, 30) == 1


def test_what_the_record_knows() -> None:
    exempt = [{"from": MONDAY, "until": MONDAY + 2 * DAY, "kind": "family"}]
    complaints = [MONDAY - 29 * DAY, MONDAY + HOUR, MONDAY + DAY]
    seen = Watching(
        context(1, exempt=exempt, complaints=complaints, watch_since=MONDAY, released_at=MONDAY + 3 * DAY)
    )
    seen.hear([Pass(0, MONDAY + day * DAY, 1) for day in range(5)])
    assert seen.of("persons_a_room", 0, 0) == 1.5
    assert seen.of("area_a_person", 0, 0) == 20
    assert [seen.of("complaints_30d", 0, day) for day in (0, 1, 2)] == [2, 2, 2]
    assert [seen.of("exempt_family", 0, day) for day in range(4)] == [1, 1, 0, 0]
    assert seen.of("exempt_shop", 0, 0) == 0
    assert [seen.of("under_watch", 0, day) for day in (0, 2, 3)] == [1, 1, 0]
    assert [seen.of("released", 0, day) for day in (2, 3)] == [0, 1]


def test_of_two_contexts_the_one_of_the_greater_position_holds() -> None:
    older, newer = context(1, position=3, rooms=2), context(1, position=9, rooms=5)
    for sent in ([older, newer], [newer, older], [newer, newer, older]):
        assert Watching(*sent).of("rooms", 0, 0) == 5


def test_a_key_that_moved_to_another_home_is_its_of_the_greater_position() -> None:
    moved = homes(2)
    moved[0]["keys"], moved[1]["keys"] = [], ["key-0", "key-1"]
    only_second = [moved[1]]
    for sent in (
        [context(1), context(only_second, position=2)],
        [context(only_second, position=2), context(1)],
    ):
        seen = Watching(*sent).hear([Pass(0, MONDAY, 1)])
        rows = seen.district.estates[ESTATE].rows(FIRST, np.arange(2), np.zeros(2, dtype=np.int64))
        assert dict(zip(rows.dwellings, rows.columns["passes"].tolist(), strict=True)) == {
            "dwelling-0": 0,
            "dwelling-1": 1,
        }


def test_context_that_says_something_new_is_judged_on_the_day_it_was_sent() -> None:
    seen = Watching().hear([Pass(0, MONDAY, 1)])
    told = homes(6)
    told[3]["complaints"] = [MONDAY + DAY, MONDAY + DAY + 60]
    (rows,) = seen.tell(context(told, position=2, sent_at=MONDAY + DAY + HOUR)).touched
    assert (rows.day, rows.dwellings, rows.columns["complaints_30d"].tolist()) == (
        FIRST + 1,
        ("dwelling-3",),
        [2],
    )
    assert not seen.tell(context(told, position=3, sent_at=MONDAY + 2 * DAY)).touched


def test_a_days_use_and_its_peak_and_valley() -> None:
    day = [0.1] * 18 + [1.2] + [0.1] * 4 + [0.3]
    seen = Watching().hear(meter(0, [*([0.1] * 24), *day])).ended()
    assert seen.of("electricity_total", 0, 1) == pytest.approx(sum(day))
    assert seen.of("electricity_peak_to_valley", 0, 1) == pytest.approx(12)
    np.testing.assert_allclose(seen.closed[FIRST + 1].by_hour["electricity"][0], day, rtol=1e-6)


def test_an_hour_without_use_makes_no_endless_ratio() -> None:
    seen = Watching().hear(meter(0, [*([0.1] * 24), 0.0, *([0.5] * 23)])).ended()
    assert seen.of("electricity_peak_to_valley", 0, 1) == pytest.approx(100)


def test_the_share_of_weekends() -> None:
    alike = meter(0, [0.5] * 24 * 29)
    weekends = meter(1, [1.0 if (n // 24) % 7 >= 5 else 0.5 for n in range(24 * 29)])
    seen = Watching().hear([*alike, *weekends]).ended()
    assert seen.of("electricity_weekend_share", 0, 28) == pytest.approx(2 / 7)
    assert seen.of("electricity_weekend_share", 1, 28) == pytest.approx(4 / 9)
    assert np.isnan(seen.of("electricity_weekend_share", 0, 5))


def test_peers_are_the_homes_with_as_many_rooms() -> None:
    told = [{**home, "rooms": 1 if n < 6 else 3} for n, home in enumerate(homes(12))]
    used = [0.1, 0.2, 0.3, 0.4, 0.5, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 4.0]
    seen = (
        Watching(context(told))
        .hear([r for n, kwh in enumerate(used) for r in meter(n, [kwh] * 24 * 6)])
        .ended()
    )
    assert seen.of("electricity_to_peers", 5, 5) == pytest.approx(1.2 / 0.35)
    assert seen.of("electricity_peer_mads", 5, 5) == pytest.approx((1.2 - 0.35) / 0.15, rel=1e-5)
    assert seen.of("electricity_to_peers", 11, 5) == pytest.approx(4)
    assert seen.of("electricity_peer_mads", 11, 5) == pytest.approx(3 / 0.05, rel=1e-5)


def test_with_too_few_peers_nobody_is_compared() -> None:
    seen = Watching(context(4)).hear([r for n in range(4) for r in meter(n, [0.5] * 24 * 6)]).ended()
    assert np.isnan(seen.of("electricity_to_peers", 0, 5))


def test_use_and_passes_against_the_level_before_the_home_was_confirmed() -> None:
    """Crowded for 30 days; confirmed, emptied; crowded again on day 44."""
    per_hour = [2.0] * 24 * 30 + [0.5] * 24 * 14 + [2.0] * 24 * 10
    passes: list[Sent] = [
        Pass(0, MONDAY + day * DAY + 7 * HOUR + n, n)
        for day in range(54)
        for n in range(12 if day < 30 or day >= 44 else 3)
    ]
    seen = Watching()
    everything = [*meter(0, per_hour), *passes]
    seen.hear(s for s in everything if s.at < MONDAY + 30 * DAY)
    seen.tell(context(6, position=2, confirmed_at=MONDAY + 29 * DAY + 10 * HOUR))
    seen.hear(s for s in everything if s.at >= MONDAY + 30 * DAY).ended()
    for name in ("electricity_to_before", "passes_to_before"):
        assert np.isnan(seen.of(name, 0, 20))
        assert seen.of(name, 0, 42) == pytest.approx(0.25, rel=1e-3)
        assert seen.of(name, 0, 52) == pytest.approx(1, rel=1e-3)


def test_a_home_that_falls_silent_and_an_estate_that_does() -> None:
    all_homes = [r for n in range(6) for r in meter(n, [0.5] * 24 * 40)]
    day = {id(r): (r.at - MONDAY) // DAY for r in all_homes}
    sent = [r for r in all_homes if not (r.home == 0 and day[id(r)] >= 30) and day[id(r)] not in (33, 34)]
    seen = Watching().hear(sent).ended()
    assert [seen.of("electricity_silent_days", 0, d) for d in (29, 30, 31, 32)] == [0, 1, 2, 3]
    assert np.isnan(seen.of("electricity_silent_days", 0, 33))
    assert [seen.of("electricity_silent_days", 0, d) for d in (35, 36)] == [4, 5]
    assert [seen.of("electricity_silent_days", 1, d) for d in (32, 35)] == [0, 0]
    assert np.isnan(seen.of("electricity_silent_days", 0, 10))


def test_a_closed_day_has_every_figure_that_rules_may_ask_for_and_no_other() -> None:
    def life(kind: str) -> list[Sent]:
        return [r for n in range(6) for r in meter(n, [0.1] * 24 * 40, kind=kind)]

    told: dict[str, Any] = {"confirmed_at": MONDAY + 30 * DAY}
    seen = Watching(context(6, **told))
    passes = [Pass(0, MONDAY + day * DAY, 1) for day in range(40)]
    seen.hear([*life("electricity"), *life("water"), *life("gas"), *passes, Ad(0, MONDAY, "a")]).ended()
    assert seen.closed[FIRST + 39].columns.keys() == FEATURES.keys()
    assert all(columns.dtype == np.float32 for columns in seen.closed[FIRST + 39].columns.values())
