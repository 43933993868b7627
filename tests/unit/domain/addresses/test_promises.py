"""What holds for any address: reflexive, symmetric, total, and never across buildings."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.domain.addresses import Address, groups, likeness, readings
from rentalwatch.domain.addresses.written import plain

ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York"])
ANY_TEXT = st.text(st.characters(), max_size=30)
TELLING = st.text("0123456789ABF甲号弄幢单元室楼层一二十〇-－ /.２", max_size=12)
AREAS = st.sampled_from(["", "a/", "a/b/"])
ANYWHERE = st.builds(
    Address, ANY_TEXT | TELLING, AREAS, ZONES, ANY_TEXT | TELLING, ANY_TEXT, ANY_TEXT | TELLING, st.booleans()
)
ROOMS = ["302", "302室", "302A", "302甲室", "0302室", "302-1", "3楼302室", "三〇二室", "３０２", "303"]
UNITS = ["2", "2F", "2FL", "2NDFLO", "SECOND", "APT2F", "APT2", "1", "BSMT", "BASEME", "2R", "12", ".2F", ""]
DOORS = ["12", "13", "1", "2", "112", "3"]
SHANGHAI = st.builds(
    lambda door, mark, room: ((door, mark), Address(f"{door}{mark}{room}", "estate/", "Asia/Shanghai")),
    st.sampled_from(DOORS), st.sampled_from(["号", "甲号", "-"]), st.sampled_from(ROOMS),
)  # fmt: skip
NEW_YORK = st.builds(
    lambda house, unit: (house, Address(f"{house} / {unit}", "x/", "America/New_York", house, "Y", unit)),
    st.sampled_from(DOORS), st.sampled_from(UNITS),
)  # fmt: skip
HOMES = st.lists(st.one_of(SHANGHAI, NEW_YORK), max_size=14)


@given(ANY_TEXT)
def test_writing_plainly_twice_is_writing_plainly(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(ANYWHERE)
def test_any_text_is_read_and_whatever_has_a_reading_is_like_itself(address: Address) -> None:
    found = readings(address)
    assert (likeness(address, address) is not None) == bool(found.readings)
    assert len({r.key for r in found.readings}) == len(found.readings)


@given(ANYWHERE, ANYWHERE)
def test_likeness_is_symmetric_and_stays_within_area_and_zone(one: Address, other: Address) -> None:
    found = likeness(one, other)
    assert found == likeness(other, one)
    if found:
        assert (one.area, one.zone) == (other.area, other.zone)


@given(HOMES)
def test_homes_of_different_buildings_never_share_a_group(homes: list[tuple[object, Address]]) -> None:
    doors = {str(i): _door(building) for i, (building, _) in enumerate(homes)}
    for group in groups((str(i), address) for i, (_, address) in enumerate(homes)):
        assert len({doors[m.stream_id] for m in group.members}) == 1


def _door(building: object) -> object:
    """12-302 says 12号 with a hyphen."""
    return (building[0], building[1].replace("-", "号")) if isinstance(building, tuple) else building


@given(HOMES)
def test_groups_hold_the_pairs_that_are_alike_and_no_others(homes: list[tuple[object, Address]]) -> None:
    named = {str(i): address for i, (_, address) in enumerate(homes)}
    together: dict[tuple[str, str], set[str]] = {}
    for group in groups(named.items()):
        for pair in combinations(sorted(m.stream_id for m in group.members), 2):
            together.setdefault(pair, set()).add(group.certainty)
    for pair in combinations(sorted(named), 2):
        found = likeness(named[pair[0]], named[pair[1]])
        assert (found is not None) == (pair in together)
        assert ("likely" in together.get(pair, ())) == (found is not None and found.certainty == "likely")


@given(HOMES, st.randoms(use_true_random=False))
def test_the_order_of_homes_makes_no_difference(
    homes: list[tuple[object, Address]], rng: random.Random
) -> None:
    named = [(str(i), address) for i, (_, address) in enumerate(homes)]
    shuffled = rng.sample(named, len(named))
    assert groups(shuffled) == groups(named)


@given(HOMES)
def test_no_group_says_what_another_says_better(homes: list[tuple[object, Address]]) -> None:
    found = groups((str(i), address) for i, (_, address) in enumerate(homes))
    sets = [({m.stream_id for m in g.members}, g.certainty) for g in found]
    for i, (mine, certainty) in enumerate(sets):
        for j, (theirs, other) in enumerate(sets):
            assert i == j or not mine <= theirs or (certainty, other) == ("likely", "possible")
