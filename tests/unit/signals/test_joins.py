"""However readings are cut into batches, shuffled within the lateness, sent again, or the fold is stopped and
taken up again: the same figures, the same closed days, the same counts."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rentalwatch.domain.features import FEATURES
from rentalwatch.signals.district import District, Outcome
from rentalwatch.signals.estate import EstateState
from rentalwatch.signals.rows import Rows
from tests.unit.signals.sending import (
    DAY,
    ESTATE,
    HOUR,
    LATER,
    MONDAY,
    Ad,
    Pass,
    Register,
    Sent,
    context,
    records,
)

homes = st.integers(0, 3)
instants = st.one_of(
    st.integers(MONDAY, MONDAY + 12 * DAY),
    st.integers(MONDAY, MONDAY + 3 * HOUR),
    st.sampled_from([MONDAY + DAY - 1, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 28 * DAY]),
)
kinds = st.sampled_from([("electricity", "kWh"), ("electricity", "Wh"), ("water", "m3")])
few_instants = st.one_of(instants, st.integers(MONDAY + DAY - HOUR, MONDAY + DAY + HOUR))
readings: st.SearchStrategy[Sent] = st.one_of(
    st.builds(Pass, homes, instants, st.integers(0, 3), st.booleans(), st.sampled_from(["1", "1", "2"])),
    st.builds(
        lambda home, at, value, kind: Register(home, at, value, *kind),
        homes,
        instants,
        st.floats(0, 300),
        kinds,
    ),
    st.builds(Register, st.integers(0, 1), few_instants, st.integers(100, 110)),
    st.builds(Ad, homes, instants, st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 5)),
)
some_readings = st.one_of(st.lists(readings, max_size=60), st.lists(readings, min_size=40, max_size=80))
"""Few, to be understood, or many, so that they meet."""

NEWS = context(5, position=2, rooms=3, confirmed_at=MONDAY + 5 * DAY, complaints=[MONDAY + 4 * DAY])
"""Context that comes in between."""


def pieces(sent: list[Sent], chance: Random) -> list[bytes]:
    found, left = [], list(sent)
    while left:
        cut = chance.randint(1, len(left))
        found += records(left[:cut], sent_at=LATER)
        left = left[cut:]
    return found


def shuffled(sent: list[Sent], chance: Random) -> list[Sent]:
    """In time, but for what comes up to a day after its time."""
    return sorted(sent, key=lambda s: s.at + chance.randint(0, DAY))


def folded(batches: list[bytes], *, restart: Random | None = None) -> tuple[District, Outcome]:
    """All batches in one outcome; `restart`: a few at a time, the state kept as bytes in between."""
    district, whole, left = District(), Outcome(), [context(), *batches]
    while left:
        cut = restart.randint(1, len(left)) if restart else len(left)
        whole = added(whole, district.fold(left[:cut]))
        left = left[cut:]
        if restart is not None:
            district = District(EstateState.from_bytes(s.to_bytes()) for s in district.estates.values())
    return district, whole


def added(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(
        one.touched + other.touched,
        one.closed + other.closed,
        one.late + other.late,
        one.tallies + other.tallies,
    )


def same_rows(one: list[Rows], other: list[Rows]) -> None:
    """The same days with the same figures; which reading came last before a day closed may differ."""
    assert [r.day for r in one] == [r.day for r in other]
    for a, b in zip(one, other, strict=True):
        assert a.dwellings == b.dwellings
        assert a.columns.keys() == b.columns.keys()
        assert a.by_hour.keys() == b.by_hour.keys()
        for name in a.columns:
            np.testing.assert_array_equal(a.columns[name], b.columns[name], err_msg=name)
        for kind in a.by_hour:
            np.testing.assert_array_equal(a.by_hour[kind], b.by_hour[kind], err_msg=kind)
        np.testing.assert_array_equal(a.active, b.active)


def tips(outcome: Outcome) -> dict[tuple[int, str, str], float]:
    """For each active home, day and growing figure the greatest that it was judged by, open or closed."""
    most: dict[tuple[int, str, str], float] = {}
    for rows in outcome.touched + outcome.closed:
        for name in (name for name, feature in FEATURES.items() if feature.grows):
            for home, value, active in zip(rows.dwellings, rows.columns[name], rows.active, strict=True):
                if active:
                    key = (rows.day, home, name)
                    most[key] = max(most.get(key, 0.0), float(value))
    return most


@given(some_readings, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_any_cut_any_order_within_the_lateness_any_repeat_any_restart_the_same(
    sent: list[Sent], chance: Random
) -> None:
    in_time = sorted(sent, key=lambda s: s.at)
    middle = chance.randint(0, len(sent))
    halves = in_time[:middle], in_time[middle:]
    again = [[*half, *chance.choices(half, k=len(half))] if half else [] for half in halves]

    def batches(of: tuple[list[Sent], ...] | list[list[Sent]], *, orderly: bool = False) -> list[bytes]:
        cut = [pieces(half if orderly else shuffled(half, chance), chance) for half in of]
        return [*cut[0], NEWS, *cut[1]]

    one, outcome = folded([*records(halves[0], sent_at=LATER), NEWS, *records(halves[1], sent_at=LATER)])
    for sending, restart in (
        (batches(halves, orderly=True), None),
        (batches(halves), chance),
        (batches(again), None),
    ):
        other, came = folded(sending, restart=restart)
        same_rows(outcome.closed, came.closed)
        assert tips(outcome) == tips(came)
        assert not came.late
        assert one.estates[ESTATE].to_bytes() == other.estates[ESTATE].to_bytes()
        twice = came.tallies.total() - outcome.tallies.total() if len(sent) else 0
        assert twice >= 0
        if restart is not None:
            assert outcome.tallies == came.tallies


@given(some_readings, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_in_whatever_order_readings_come_any_cut_of_it_is_the_same(sent: list[Sent], chance: Random) -> None:
    chance.shuffle(sent)  # far beyond the lateness: many are late
    one, outcome = folded(records(sent, sent_at=LATER))
    other, came = folded(pieces(sent, chance), restart=chance)
    same_rows(outcome.closed, came.closed)
    assert outcome.tallies == came.tallies
    assert late(outcome) == late(came)
    assert one.estates[ESTATE].to_bytes() == other.estates[ESTATE].to_bytes()


def late(outcome: Outcome) -> Counter[tuple[str, int, str]]:
    found: Counter[tuple[str, int, str]] = Counter()
    for one in outcome.late:
        for home, readings_of in zip(one.dwellings, one.readings, strict=True):
            found[one.kind, one.day, home] += int(readings_of)
    return found


@given(some_readings)
@settings(max_examples=20, deadline=None)
def test_a_kept_day_comes_back_as_it_was(sent: list[Sent]) -> None:
    _, outcome = folded(records(sorted(sent, key=lambda s: s.at), sent_at=LATER))
    for rows in outcome.closed:
        back = Rows.from_bytes(rows.to_bytes())
        same_rows([rows], [back])
        assert (back.estate, back.begins, back.ends) == (rows.estate, rows.begins, rows.ends)
        np.testing.assert_array_equal(back.at, rows.at)
        np.testing.assert_array_equal(back.withheld, rows.withheld)
