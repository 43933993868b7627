"""An address as it was written, and what it is compared by."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple, get_args

Certainty = Literal["likely", "possible"]

Reason = Literal[
    "width",
    "punctuation",
    "numerals",
    "mark_left_out",
    "hyphen",
    "floor_repeated",
    "block_or_door",
    "lane_or_staircase",
    "sub_number",
    "leading_zero",
    "place_unknown",
    "prefix",
    "floor_named",
    "number_as_floor",
    "f_as_floor",
    "ground_as_first",
    "basement",
    "basement_misspelt",
    "front_or_rear",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""What may have been done to a text before it was compared, in the order in which they are told."""


class Address(NamedTuple):
    """What a registration states of where a home lies. `zone` says whose habits of writing hold."""

    label: str
    area: str = ""
    zone: str = ""
    house: str = ""
    street: str = ""
    unit: str = ""
    unit_unknown: bool = False


class Reading(NamedTuple):
    """One way to understand an address within its place: comparable key, how certain, and why so."""

    key: str
    certainty: Certainty = "likely"
    reasons: frozenset[Reason] = frozenset()


class Comparable(NamedTuple):
    """The place that homes must share to be compared at all, and the readings of one of them. No reading:
    the text does not say which home it is, and it is never compared."""

    place: tuple[str, ...]
    readings: tuple[Reading, ...]


_LOWER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


def plain(text: str) -> str:
    """Half-width letters and digits, capitals, one "-" for whatever stands between them. Idempotent, and
    total: any text has one."""
    if not text:
        return ""
    narrow = half_width(_INVISIBLE.sub("", text)).translate(_LOWER)
    kept = "".join(c if c.isalnum() else "-" for c in narrow)
    return re.sub("-+", "-", kept).strip("-")


def half_width(text: str) -> str:
    """Each character as it is usually written: "２" is "2"."""
    return unicodedata.normalize("NFKC", text)


def width_reasons(text: str) -> frozenset[Reason]:
    """Whether `plain` had to change how the characters are written."""
    return frozenset({"width"}) if half_width(text) != text else frozenset()


def as_written(text: str) -> Reading:
    """A text that nobody can take apart: only the same text is the same home."""
    return Reading(f"text {plain(text)}", "likely", width_reasons(text))
