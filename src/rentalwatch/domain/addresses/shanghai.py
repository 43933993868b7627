"""How homes are written in Shanghai: 弄 (lane), 号 (door) or 幢 (block), 单元 (staircase), 室 (home).

A home is a 套 as designed: sub-numbers of a room (302A, 302甲, 302-1) never count separately, so they are
possibly the same dwelling as the room itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from rentalwatch.domain.addresses.written import (
    Address,
    Comparable,
    Reading,
    Reason,
    as_written,
    plain,
    width_reasons,
)

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_MARKS = {"弄": "L", "号楼": "K", "幢": "K", "栋": "K", "座": "K", "号": "D", "单元": "U",
          "楼": "F", "层": "F", "室": "R", "房": "R"}  # fmt: skip
_MARK = "号楼|号|弄|幢|栋|座|单元|楼|层|室|房"
_NUMERAL = re.compile(rf"[零〇一二三四五六七八九两十百]{{1,8}}(?=(?:{_MARK}|[甲乙丙丁]))")
_START = re.compile(r"[0-9]|[A-Z](?=-?(?:号楼|幢|栋|座|单元))")
_TOKEN = re.compile(
    r"-?(?P<number>[0-9]+|[A-Z](?=-?(?:号楼|幢|栋|座|单元)))"
    rf"(?P<sub>-?[A-Z甲乙丙丁](?![A-Z0-9]))?-?(?P<mark>{_MARK})?"
)
_SHAPES = {
    "?": "R", "??": "DR", "D?": "DR", "LD?": "LDR", "L??": "LDR", "L?R": "LDR", "?R": "DR", "K?": "KR",
    "KU?": "KUR", "K??": "KUR", "K?R": "KUR", "DU?": "DUR", "KD?": "KDR", "LK?": "LKR", "R?": "RS",
    "DR?": "DRS", "D??": "DRS", "LDR?": "LDRS", "LD??": "LDRS", "KR?": "KRS",
}  # fmt: skip
"""What numbers without a mark are, by the marks around them."""
_WHOLE = {"R", "DR", "LDR", "LR", "KR", "KUR", "DUR", "KDR", "LKR", "D", "LD", "K", "LK"}
"""Sequences of marks that name a home."""


class _Number(NamedTuple):
    mark: str
    number: str
    sub: str = ""


def comparable(address: Address) -> Comparable:
    """Place and readings of an address. Total: whatever cannot be taken apart is compared as written."""
    stated = _stated(address)
    reasons = set(width_reasons(stated))
    if re.search(r"\s", stated.strip()):
        reasons.add("punctuation")
    told = plain(stated)
    text = _NUMERAL.sub(lambda m: _arabic(m.group()), told)
    if text != told:
        reasons.add("numerals")
    start = _START.search(text)
    street = plain(address.street)
    if start is None:
        return _unparsed(address, street, stated)
    before = text[: start.start()].strip("-")
    place = (address.zone, address.area, before if before.startswith(street) else f"{street}{before}")
    said = _numbers(text[start.start() :])
    numbers = _without_floor(said)
    if numbers != said:
        reasons.add("floor_repeated")
    found = _readings(numbers, frozenset(reasons)) if numbers else ()
    return Comparable(place, found) if found else _unparsed(address, street, stated)


def _stated(address: Address) -> str:
    if not (address.house and address.unit and plain(address.house) and plain(address.unit)):
        return address.label
    house = address.house.strip()
    return f"{house}号{address.unit}" if plain(house)[-1:].isdigit() else f"{house}-{address.unit}"


def _unparsed(address: Address, street: str, stated: str) -> Comparable:
    found = (as_written(stated),) if plain(stated) else ()
    return Comparable((address.zone, address.area, street), found)


def _arabic(numeral: str) -> str:
    """十二 → 12, 三〇二 → 302, 一百零二 → 102. Anything odd stays as it is."""
    if not re.search("[十百]", numeral):
        return "".join(str(_DIGITS[c]) for c in numeral)
    match = re.fullmatch(
        "(?:([一二三四五六七八九两])百)?零?(?:([一二三四五六七八九]?)(十))?([一二三四五六七八九]?)", numeral
    )
    if match is None:
        return numeral
    hundreds, tens, ten, ones = match.groups()
    return str(
        100 * _DIGITS.get(hundreds, 0) + (10 * _DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)
    )


def _numbers(text: str) -> list[_Number]:
    """The numbers with their marks, or none if anything else stands between them."""
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return []
        mark = _MARKS[token["mark"]] if token["mark"] else "?"
        found.append(_Number(mark, token["number"], (token["sub"] or "").strip("-")))
        at = token.end()
    return found


def _without_floor(numbers: list[_Number]) -> list[_Number]:
    """3楼302室 says the floor twice."""
    return [
        n
        for i, n in enumerate(numbers)
        if not (n.mark == "F" and i + 1 < len(numbers) and _on_floor(numbers[i + 1], n.number))
    ]


def _on_floor(room: _Number, floor: str) -> bool:
    return room.mark in "R?" and len(room.number) == len(floor) + 2 and room.number.startswith(floor)


def _readings(numbers: list[_Number], reasons: frozenset[Reason]) -> tuple[Reading, ...]:
    shape = "".join(n.mark for n in numbers)
    if shape == "???":
        return tuple(
            Reading(_key(_named(numbers, named)), "possible", reasons | {"hyphen", "lane_or_staircase"})
            for named in ("LDR", "KUR")
        )
    named = shape if shape in _WHOLE else _SHAPES.get(shape)
    if named is None:
        return ()
    if named == shape:
        return _variants(numbers, reasons)
    reasons |= {"hyphen"} if shape == "??" else {"mark_left_out"}
    return _variants(_named(numbers, named), reasons)


def _named(numbers: list[_Number], marks: str) -> list[_Number]:
    return [n._replace(mark=mark) for n, mark in zip(numbers, marks, strict=True)]


def _variants(numbers: list[_Number], reasons: frozenset[Reason]) -> tuple[Reading, ...]:
    """The text as it stands; then, less certain, with what may be left out of it left out."""
    shown = [(numbers, reasons)]
    for reason, step in _STEPS:
        shown += [(less, why | {reason}) for more, why in shown if (less := step(more)) != more]
    return (
        Reading(_key(numbers), "likely", reasons),
        *(Reading(_key(less), "possible", why) for less, why in shown[1:]),
    )


def _either_mark(numbers: list[_Number]) -> list[_Number]:
    """幢 and 号 count differently, but are said for one another."""
    if sum(n.mark in "DK" for n in numbers) != 1:
        return numbers
    return [_Number("B", n.number, n.sub) if n.mark in "DK" else n for n in numbers]


def _without_sub(numbers: list[_Number]) -> list[_Number]:
    if not any(n.mark == "S" or (n.mark == "R" and n.sub) for n in numbers):
        return numbers
    return [_Number(n.mark, n.number) if n.mark == "R" else n for n in numbers if n.mark != "S"]


def _without_zeros(numbers: list[_Number]) -> list[_Number]:
    if not any(n.number.startswith("0") for n in numbers):
        return numbers
    return [n._replace(number=n.number.lstrip("0") or "0") for n in numbers]


_STEPS: tuple[tuple[Reason, Callable[[list[_Number]], list[_Number]]], ...] = (
    ("block_or_door", _either_mark),
    ("sub_number", _without_sub),
    ("leading_zero", _without_zeros),
)


def _key(numbers: list[_Number]) -> str:
    return " ".join([n.mark + n.number + n.sub for n in numbers])
