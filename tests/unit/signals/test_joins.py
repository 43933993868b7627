"""However readings are cut into batches, shuffled within the lateness, sent again, or the fold is stopped and
taken up again: the same figures, the same closed days, the same counts."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rentalwatch.signals.district import District, Outcome
from rentalwatch.signals.estate import EstateState
from rentalwatch.signals.rows import Rows
from tests.unit.signals.sending import DAY, ESTATE, HOUR, MONDAY, Pass, context, passes

some_passes = st.lists(
    st.builds(
        Pass,
        home=st.integers(0, 3),
        at=st.one_of(
            st.integers(MONDAY, MONDAY + 12 * DAY),
            st.integers(MONDAY, MONDAY + 3 * HOUR),
            st.sampled_from([MONDAY + DAY - 1, MONDAY + DAY, MONDAY + 2 * DAY]),
        ),
        card=st.integers(0, 3),
        out=st.booleans(),
    ),
    max_size=80,
)


def pieces(sent: list[Pass], chance: Random) -> list[list[Pass]]:
    found, left = [], list(sent)
    while left:
        cut = chance.randint(1, len(left))
        found.append(left[:cut])
        left = left[cut:]
    return found


def shuffled(sent: list[Pass], chance: Random) -> list[Pass]:
    """In time, but for what comes up to a day after its time."""
    return sorted(sent, key=lambda p: p.at + chance.randint(0, DAY))


def folded(batches: list[list[Pass]], *, restart: Random | None = None) -> tuple[District, Outcome]:
    """All batches in one outcome; `restart`: at times the state goes through its bytes."""
    district, whole = District(), Outcome()
    whole = added(whole, district.fold([context()]))
    for batch in batches:
        whole = added(whole, district.fold([passes(batch, sent_at=MONDAY + 20 * DAY)]))
        if restart is not None and restart.random() < 0.3:
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
        for name in a.columns:
            np.testing.assert_array_equal(a.columns[name], b.columns[name], err_msg=name)
        np.testing.assert_array_equal(a.active, b.active)


def tips(outcome: Outcome) -> set[tuple[int, str, str, float]]:
    """For each home, day and growing figure: the greatest that it was judged with while the day was open or
    when it closed, among homes that were active."""
    most: Counter[tuple[int, str, str]] = Counter()
    for rows in outcome.touched + outcome.closed:
        for name in ("passes", "distinct_cards", "distinct_cards_7d", "most_passes", "often_run"):
            for home, value, active in zip(rows.dwellings, rows.columns[name], rows.active, strict=True):
                if active:
                    key = (rows.day, home, name)
                    most[key] = max(most[key], int(value))
    return {(*key, value) for key, value in most.items()}


@given(some_passes, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_any_cut_any_order_within_the_lateness_any_repeat_any_restart_the_same(
    sent: list[Pass], chance: Random
) -> None:
    in_time = sorted(sent, key=lambda p: p.at)
    one, outcome = folded([in_time] if in_time else [])
    others = pieces(shuffled(sent, chance), chance)
    again = pieces(shuffled([*sent, *chance.choices(sent, k=len(sent))], chance), chance) if sent else []
    for batches, restart in ((pieces(in_time, chance), None), (others, chance), (again, None)):
        other, came = folded(batches, restart=restart)
        same_rows(outcome.closed, came.closed)
        assert tips(outcome) == tips(came)
        assert not came.late
        if batches is not again:
            assert outcome.tallies == came.tallies
        if sent:
            assert one.estates[ESTATE].to_bytes() == other.estates[ESTATE].to_bytes()


@given(some_passes, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_in_whatever_order_readings_come_any_cut_of_it_is_the_same(sent: list[Pass], chance: Random) -> None:
    chance.shuffle(sent)  # far beyond the lateness: many are late
    one, outcome = folded([sent] if sent else [])
    other, came = folded(pieces(sent, chance), restart=chance)
    same_rows(outcome.closed, came.closed)
    assert outcome.tallies == came.tallies
    assert late(outcome) == late(came)
    if sent:
        assert one.estates[ESTATE].to_bytes() == other.estates[ESTATE].to_bytes()


def late(outcome: Outcome) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for one in outcome.late:
        for home, readings in zip(one.dwellings, one.readings, strict=True):
            found[one.day, home] += int(readings)
    return found
