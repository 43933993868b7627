"""The same district is the same bytes, whoever asks for how much of it."""

from __future__ import annotations

import json
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from rentalwatch.simulation import District, readings, truth
from rentalwatch.simulation.year import arrivals


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(seed: int) -> None:
    district = District(seed, dwellings=12, days=4, homes_an_estate=6, gas=True)

    first, again = list(readings(district)), list(readings(district))

    assert first == again
    assert first != list(
        readings(District((seed + 1) % 2**63, dwellings=12, days=4, homes_an_estate=6, gas=True))
    )
    assert list(truth(district)) == list(truth(district))


def test_it_does_not_matter_how_many_are_taken_at_a_time() -> None:
    district = District(7, dwellings=20, days=6, homes_an_estate=10)
    whole, source = list(readings(district)), readings(district)

    parts = [list(islice(source, n)) for n in (1, 7, 50, 10_000)]

    assert [record for part in parts for record in part] == whole


def test_an_estate_is_the_same_beside_others_and_alone() -> None:
    alone = list(readings(District(7, dwellings=20, days=10, homes_an_estate=20)))

    both = readings(District(7, dwellings=40, days=10, homes_an_estate=20))

    assert [record for record in both if json.loads(record)["estate"] == "estate:sim-1"] == alone


def test_a_shorter_time_is_the_beginning_of_a_longer_one() -> None:
    short, long = District(9, dwellings=40, days=20), District(9, dwellings=40, days=60)
    end = short.at(short.days)

    begun = [arrival for arrival in arrivals(short) if arrival.at < end]

    assert list(islice(arrivals(long), len(begun))) == begun
