"""New York: which spellings of a unit are possibly one home, why, and which never."""

from __future__ import annotations

from itertools import combinations

import pytest

from rentalwatch.domain.addresses import Address, Reason, groups, likeness


def home(unit: str, house: str = "718", area: str = "nyc/bronx/cb12/71757/") -> Address:
    label = f"{house} EAST 232 STREET / {unit}"
    return Address(label, area, "America/New_York", house, "EAST 232 STREET", unit, not unit)


SECOND_FLOOR = ["2FL", "2FLR", "2FLOOR", "2ND", "2NDFL", "2NDFLO", "2ND FL", "SECOND", "SECOND FLOOR", "FL2"]
LIKELY: list[tuple[str, str, set[Reason]]] = [
    ("2F", "APT2F", {"prefix"}),
    ("2D", ".2D", {"punctuation"}),
    ("1F", "1-F", {"punctuation"}),
    ("2W", "2w", {"punctuation"}),
    ("2D", "２Ｄ", {"width"}),
    ("BASEME", "BSMT", {"basement"}),
    ("BASEMENT", "BASE", {"basement"}),
    ("FIRSTF", "1STFLO", {"floor_named"}),
    ("THIRDF", "3RDFLO", {"floor_named"}),
    ("SEVENT", "7FL", {"floor_named"}),
    ("FLOOR1", "1FL", {"floor_named"}),
]
POSSIBLE: list[tuple[str, str, set[Reason]]] = [
    ("2", "2FL", {"number_as_floor", "floor_named"}),
    ("2F", "2FL", {"f_as_floor", "floor_named"}),
    ("2F", "2", {"f_as_floor", "number_as_floor"}),
    ("APT2F", "2NDFLO", {"prefix", "f_as_floor", "floor_named"}),
    ("BAEMEN", "BSMT", {"basement_misspelt", "basement"}),
    ("GROUND", "1FL", {"ground_as_first", "floor_named"}),
    ("2R", "2REAR", {"front_or_rear"}),
]
NEVER = [
    ("2", "12"), ("2", "22"), ("2F", "2R"), ("2FL", "3FL"), ("2FL", "12FL"), ("2F", "12F"), ("2F", "F2"),
    ("1-2", "12"), ("BSMT", "BSMT1"), ("BSMT", "B"), ("1STFLO", "2NDFLO"), ("SECOND", "THIRDF"),
    ("2FLRR", "2FLR"), ("2NDFLB", "2NDFLO"), ("2A", "2B"), ("A1", "1A"), ("2FL", ""), ("", ""),
]  # fmt: skip


def test_one_floor_has_many_spellings() -> None:
    for one, other in combinations(SECOND_FLOOR, 2):
        found = likeness(home(one), home(other))
        assert found is not None, (one, other)
        assert found.certainty == "likely", (one, other)
        assert found.reasons & {"floor_named", "punctuation"}, (one, other)


@pytest.mark.parametrize(("one", "other", "why"), LIKELY)
def test_the_same_unit_written_differently_is_likely_the_same(one: str, other: str, why: set[Reason]) -> None:
    assert likeness(home(one), home(other)) == ("likely", why)


@pytest.mark.parametrize(("one", "other", "why"), POSSIBLE)
def test_what_may_mean_another_home_is_no_more_than_possible(one: str, other: str, why: set[Reason]) -> None:
    assert likeness(home(one), home(other)) == ("possible", why)


@pytest.mark.parametrize(("one", "other"), NEVER)
def test_other_units_are_other_homes(one: str, other: str) -> None:
    assert likeness(home(one), home(other)) is None


def test_the_next_house_is_another_building() -> None:
    assert likeness(home("2FL"), home("2FL", house="720")) is None
    assert likeness(home("2FL"), home("2FL", area="nyc/bronx/cb12/71758/")) is None


def test_a_label_alone_is_compared_with_stated_parts() -> None:
    alone = Address("718 EAST 232 STREET / SECOND", "nyc/bronx/cb12/71757/", "America/New_York")
    assert likeness(alone, home("2FLOOR")) == ("likely", {"floor_named"})


def test_the_issues_example_is_one_likely_group_in_a_wider_possible_one() -> None:
    found = groups((unit, home(unit)) for unit in ("2F", "2FL", "2FLOOR", "3FL"))
    assert [(g.certainty, [m.stream_id for m in g.members]) for g in found] == [
        ("likely", ["2FL", "2FLOOR"]),
        ("possible", ["2F", "2FL", "2FLOOR"]),
    ]


def test_elsewhere_nothing_is_compared() -> None:
    toronto = Address("12 OAK STREET / 2", "toronto/", "America/Toronto", "12", "OAK STREET", "2")
    assert likeness(toronto, toronto) is None
