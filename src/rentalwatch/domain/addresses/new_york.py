"""How homes are written in New York: free text of six characters, in which one floor has many spellings
(2NDFLO, 2FL, SECOND), and 2F may be a floor, the front of it, or its apartment F."""

from __future__ import annotations

import re

from rentalwatch.domain.addresses.written import (
    Address,
    Certainty,
    Comparable,
    Reading,
    Reason,
    as_written,
    half_width,
    plain,
    width_reasons,
)

CUT = 6
"""Characters after which the source cuts a unit off."""
_ORDINALS = (
    "FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH", "SEVENTH", "EIGHTH", "NINTH", "TENTH",
)  # fmt: skip
_PREFIX = re.compile(r"(?:APARTMENT|APT|UNIT)-?(?=.)")
_FLOOR_WORD = "F|FL|FLO|FLOO|FLOOR|FLR"
_COUNTED = re.compile(rf"0?([1-9][0-9]?)(?:(ST|ND|RD|TH)-?)?({_FLOOR_WORD})?")
_FLOOR_FIRST = re.compile(r"(?:FL|FLR|FLOOR)-?0?([1-9][0-9]?)")
_SIDE = re.compile(r"([1-9][0-9]?)(?:(F|R)|(FRONT|FRNT|REAR))")
_BASEMENTS = {"BASE", "BASEM", "BASEME", "BASEMEN", "BASEMENT", "BSMT", "BSMNT", "BSMENT"}
_BASEMENTS_MISSPELT = {"BAEMEN", "BASMEN", "BASMNT", "BASMT", "BMENT", "BMST", "BMT", "BSM", "BST"}
_GROUND = {"GROUND", "GROUNDFLOOR", "GROUNDFL", "GRNDFL", "GRDFL", "GRDFLR"}


def comparable(address: Address) -> Comparable:
    """Place (area, house and street) and readings of a unit. Total; no reading for a blank unit."""
    place, unit = _parts(address)
    where = (address.zone, address.area, plain(place))
    if not plain(unit):
        whole = () if place or not plain(address.label) else (as_written(address.label),)
        return Comparable(where, whole)
    return Comparable(where, tuple(_readings(unit).values()))


def _parts(address: Address) -> tuple[str, str]:
    """House with street, and unit: as stated, or else from a label "718 EAST 232 STREET / 1"."""
    if address.house and address.street:
        return f"{address.house} {address.street}", address.unit
    before, slash, after = address.label.rpartition("/")
    return (before, after) if slash else ("", "")


def _readings(text: str) -> dict[str, Reading]:
    written = plain(text)
    unit = re.sub(r"(?<=[0-9A-Z])-(?=[A-Z])|(?<=[A-Z])-(?=[0-9])", "", written)
    reasons = set(width_reasons(text))
    if unit != half_width(text).strip():
        reasons.add("punctuation")
    bare = _PREFIX.sub("", unit, count=1) if _PREFIX.match(unit) else unit
    if bare != unit:
        reasons.add("prefix")
    found: dict[str, Reading] = {}

    def add(key: str, certainty: Certainty, *why: Reason) -> None:
        found.setdefault(key, Reading(key, certainty, frozenset({*reasons, *why})))

    add(f"unit {bare}", "likely")
    for key, certainty, reason in (*_floors(bare), *_below(bare), *_sides(bare)):
        add(key, certainty, reason)
    return found


_Found = list[tuple[str, Certainty, Reason]]


def _floors(unit: str) -> _Found:
    """A floor that is named, or that a number may stand for."""
    if first := _FLOOR_FIRST.fullmatch(unit):
        return [(f"floor {first[1]}", "likely", "floor_named")]
    if counted := _COUNTED.fullmatch(unit):
        number, ordinal, word = counted.groups()
        if ordinal or (word and word != "F"):
            return [(f"floor {number}", "likely", "floor_named")]
        return [(f"floor {number}", "possible", "f_as_floor" if word else "number_as_floor")]
    for number, ordinal in enumerate(_ORDINALS, start=1):
        if _spells(unit, ordinal):
            return [(f"floor {number}", "likely", "floor_named")]
    return []


def _spells(unit: str, ordinal: str) -> bool:
    """SECOND, SECONDFLOOR, and what is left of it after six characters."""
    rest = unit.removeprefix(ordinal)
    return unit == f"{ordinal}FLOOR"[:CUT] or (
        rest != unit and (not rest or re.fullmatch(_FLOOR_WORD, rest) is not None)
    )


def _below(unit: str) -> _Found:
    if unit in _BASEMENTS:
        return [("basement", "likely", "basement")]
    if unit in _BASEMENTS_MISSPELT:
        return [("basement", "possible", "basement_misspelt")]
    if unit in _GROUND:
        return [("ground", "likely", "floor_named"), ("floor 1", "possible", "ground_as_first")]
    return []


def _sides(unit: str) -> _Found:
    """2R may be the rear of floor 2, 2F its front."""
    side = _SIDE.fullmatch(unit)
    if side is None:
        return []
    number, letter, word = side.groups()
    return [(f"floor {number} {letter or word[0]}", "possible", "front_or_rear")]
