"""Shanghai: which spellings are possibly one home 套, why, and which never."""

from __future__ import annotations

import pytest

from rentalwatch.domain.addresses import Address, Reason, likeness


def home(label: str, **parts: str) -> Address:
    return Address(label, "pudong/estate-7/", "Asia/Shanghai", **parts)


LIKELY: list[tuple[str, str, set[Reason]]] = [
    ("12号302", "12号302室", {"mark_left_out"}),
    ("12-302", "12号302室", {"hyphen"}),
    ("１２号３０２室", "12号302室", {"width"}),
    ("12 号 302 室", "12号302室", {"punctuation"}),
    ("十二号三〇二室", "12号302室", {"numerals"}),
    ("一号", "1号", {"numerals"}),
    ("一百零二号302室", "102号302室", {"numerals"}),
    ("12弄3号302", "12弄3号302室", {"mark_left_out"}),
    ("12弄3-302", "12弄3号302室", {"mark_left_out"}),
    ("12号3楼302室", "12号302室", {"floor_repeated"}),
    ("丁香路12号302", "丁香路12号302室", {"mark_left_out"}),
    ("12幢3单元302", "12栋3单元302室", {"mark_left_out"}),
    ("a座302室", "A座302室", set()),
    ("东侧小屋", "东侧小屋", set()),
]
POSSIBLE: list[tuple[str, str, set[Reason]]] = [
    ("12幢302室", "12号302室", {"block_or_door"}),
    ("12号302A室", "12号302室", {"sub_number"}),
    ("12号302A室", "12号302B室", {"sub_number"}),
    ("12号302甲室", "12号302乙室", {"sub_number"}),
    ("12号302-1", "12号302", {"mark_left_out", "sub_number"}),
    ("12-3-302", "12弄3号302室", {"hyphen", "lane_or_staircase"}),
    ("12-3-302", "12幢3单元302室", {"hyphen", "lane_or_staircase"}),
    ("12号0302室", "12号302室", {"leading_zero"}),
]
NEVER = [
    ("12号302室", "13号302室"),
    ("12号302室", "12号303室"),
    ("1203", "123"),
    ("302", "3002"),
    ("1-203", "12-03"),
    ("12号203室", "1号2203室"),
    ("12弄3号302室", "13弄3号302室"),
    ("12弄3号302室", "12号302室"),
    ("12弄3号302室", "12弄302室"),
    ("12号302室", "12甲号302室"),
    ("12号302室", "12号"),
    ("12号302A室", "12号303A室"),
    ("A座302室", "B座302室"),
    ("12幢1单元302室", "12幢2单元302室"),
    ("丁香路12号302室", "芳甸路12号302室"),
    ("丁香路12号302室", "12号302室"),
    ("12号302室", "12号地下室"),
    ("12号302室", ""),
]


@pytest.mark.parametrize(("one", "other", "why"), LIKELY)
def test_the_same_words_written_differently_are_likely_the_same(
    one: str, other: str, why: set[Reason]
) -> None:
    assert likeness(home(one), home(other)) == ("likely", why)


@pytest.mark.parametrize(("one", "other", "why"), POSSIBLE)
def test_what_may_mean_another_home_is_no_more_than_possible(one: str, other: str, why: set[Reason]) -> None:
    assert likeness(home(one), home(other)) == ("possible", why)


@pytest.mark.parametrize(("one", "other"), NEVER)
def test_other_numbers_are_other_homes(one: str, other: str) -> None:
    assert likeness(home(one), home(other)) is None


@pytest.mark.parametrize(
    "parts",
    [
        {"house": "12", "unit": "302"},
        {"house": "12号", "unit": "302室"},
        {"house": "十二号", "unit": "３０２"},
    ],
)
def test_stated_parts_are_compared_with_a_label(parts: dict[str, str]) -> None:
    found = likeness(home("A-17", **parts), home("12号302室"))
    assert found is not None
    assert found.certainty == "likely"


def test_a_street_may_stand_in_the_label_or_in_its_own_field() -> None:
    apart = home("丁香路12号302室", street="丁香路", house="12号", unit="302室")
    assert likeness(apart, home("丁香路12号302室")) == ("likely", set())


def test_homes_of_two_estates_are_never_compared() -> None:
    other = Address("12号302室", "pudong/estate-8/", "Asia/Shanghai")
    assert likeness(home("12号302室"), other) is None


def test_without_an_area_nothing_is_more_than_possible() -> None:
    one, other = Address("12号302", "", "Asia/Shanghai"), Address("12号302室", "", "Asia/Shanghai")
    assert likeness(one, other) == ("possible", {"mark_left_out", "place_unknown"})
