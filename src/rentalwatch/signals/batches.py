"""From the bytes of a record to columns: validated once, whatever they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from pydantic import ValidationError
from pydantic_core import from_json

from rentalwatch.signals.columns import Floats, Ints, Mask, Packed, numbers, whole_numbers
from rentalwatch.signals.personal import has_identity_number
from rentalwatch.signals.records import (
    COLUMNS,
    HEADS,
    KINDS,
    MAX_BYTES,
    MAX_READINGS,
    OPTIONAL,
    Context,
    GatePassHead,
    Head,
)

AHEAD_SECONDS = 600
"""A clock that goes this much ahead is borne."""
CARD_BITS = 31
CARDS = np.uint64((1 << CARD_BITS) - 1)
"""A card is 31 bits of a hash of its whole text, so that numbers filled up with zeros differ too."""
AD_BITS = 42

_ESTATE = re.compile(r"[^\s\x00-\x1f]{1,200}")


class Refused(NamedTuple):
    """A record that is not taken. Nothing of its content is kept beside its estate and kind."""

    estate: str
    kind: str
    treatment: str
    readings: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Readings of one estate and kind, as columns of n values.

    `home`: which of `names`. `at`: seconds. `no_number`, `bad_index`: which readings cannot be read. Of gate
    passes: `card` (a hash of 31 bits), `out`; of meters: `value` in `unit`; of listings: `ad` (42 bits),
    `by_bed`, `rooms`."""

    estate: str
    kind: str
    sent_at: int
    names: list[str]
    home: Ints
    at: Ints
    no_number: Mask
    bad_index: Mask
    key_id: str = ""
    card: Packed | None = None
    out: Mask | None = None
    unit: str = ""
    value: Floats | None = None
    ad: Packed | None = None
    by_bed: Ints | None = None
    rooms: Ints | None = None

    @property
    def size(self) -> int:
        return self.at.size


def read(record: bytes, received_at: int | None = None) -> Batch | Context | Refused:
    """A record from its bytes (UTF-8 JSON). Raises nothing: what cannot be taken is `Refused`.

    `received_at`: the second in which it came in, by whoever keeps it (a topic's own time, so that a replay
    is told the same). A record that was sent later than that has a clock that is off; if it were taken, its
    estate's days would end, and everything after it would be late. None: `sent_at` is believed."""
    if len(record) > MAX_BYTES:
        return Refused("", "unknown", "too_long")
    try:
        said = from_json(record)
    except (ValueError, RecursionError):
        return Refused("", "unknown", "not_json")
    if not isinstance(said, dict):
        return Refused("", "unknown", "not_json")
    refused = _refused(said)
    if refused is not None:
        return refused
    if said["kind"] == "context":
        return _context(said)
    found = _batch(said, plain=b"true" not in record and b"false" not in record)
    if received_at is not None and isinstance(found, Batch) and found.sent_at > received_at + AHEAD_SECONDS:
        return Refused(found.estate, found.kind, "future", max(1, found.size))
    return found


def _refused(said: dict[str, Any]) -> Refused | None:
    """What is wrong before the fields of a kind are looked at."""
    if said.get("kind") not in KINDS if isinstance(said.get("kind"), str) else True:
        return _refuse(said, "unknown_kind" if "kind" in said else "missing_field")
    if said.get("v") != 1 or said.get("v") is True:
        return _refuse(said, "unknown_version" if "v" in said else "missing_field")
    return None


def _refuse(said: dict[str, Any], treatment: str) -> Refused:
    estate, kind, at = said.get("estate"), said.get("kind"), said.get("at")
    return Refused(
        estate if isinstance(estate, str) and _ESTATE.fullmatch(estate) else "",
        kind if isinstance(kind, str) and kind in KINDS else "unknown",
        treatment,
        max(1, len(at)) if isinstance(at, list) else 1,
    )


def _context(said: dict[str, Any]) -> Context | Refused:
    try:
        return Context.model_validate(said)
    except ValidationError as error:
        return _refuse(said, _treatment_of(error))


def _treatment_of(error: ValidationError) -> str:
    """An unknown field weighs most: what stands in it may be what nobody should have sent."""
    types = {e["type"] for e in error.errors(include_url=False, include_context=False, include_input=False)}
    if "extra_forbidden" in types:
        return "refused_field"
    return "missing_field" if types == {"missing"} else "bad_field"


def _batch(said: dict[str, Any], *, plain: bool) -> Batch | Refused:
    names = COLUMNS[said["kind"]]
    columns = {name: said[name] for name in names if name in said}
    try:
        head = HEADS[said["kind"]].model_validate({k: v for k, v in said.items() if k not in columns})
    except ValidationError as error:
        return _refuse(said, _treatment_of(error))
    wrong = _wrong_columns(names, columns)
    if wrong is None and has_identity_number(
        [*head.dwellings, *getattr(head, "cards", ()), *columns.get("ad", ())]
    ):
        wrong = "identity_number"
    return _refuse(said, wrong) if wrong else _columnar(head, columns, plain)


def _wrong_columns(names: tuple[str, ...], columns: dict[str, Any]) -> str | None:
    """What is wrong with the columns as a whole."""
    if any(name not in columns and name not in OPTIONAL for name in names):
        return "missing_field"
    if any(not isinstance(column, list) for column in columns.values()):
        return "bad_field"
    if len({len(column) for column in columns.values()}) > 1:
        return "unequal_columns"
    if len(columns["at"]) > MAX_READINGS:
        return "too_many_readings"
    if not all(type(d) is str and d in ("in", "out") for d in columns.get("direction", ())):
        return "bad_field"
    if not all(type(ad) is str and 0 < len(ad) <= 64 for ad in columns.get("ad", ())):
        return "bad_field"
    return None


def _columnar(head: Head, columns: dict[str, Any], plain: bool) -> Batch:
    kind: str = head.kind  # type: ignore[attr-defined]
    home, no_home = whole_numbers(columns["dwelling"], plain=plain)
    at, no_time = whole_numbers(columns["at"], plain=plain)
    no_number, bad_index = no_home | no_time, (home < 0) | (home >= len(head.dwellings))
    more: dict[str, Any] = {}
    if isinstance(head, GatePassHead):
        more, wrong, beyond = _passes(head, columns, plain)
        no_number, bad_index = no_number | wrong, bad_index | beyond
    elif kind == "listing":
        more, wrong = _listings(columns, plain)
        no_number = no_number | wrong
    else:
        value, wrong = numbers(columns["value"], plain=plain)
        more, no_number = {"value": value, "unit": head.unit}, no_number | wrong  # type: ignore[attr-defined]
    return Batch(
        estate=head.estate,
        kind=kind,
        sent_at=head.sent_at,
        names=head.dwellings,
        home=home,
        at=at,
        no_number=no_number,
        bad_index=bad_index & ~no_number,
        **more,
    )


def _passes(head: GatePassHead, columns: dict[str, Any], plain: bool) -> tuple[dict[str, Any], Mask, Mask]:
    card, wrong = whole_numbers(columns["card"], plain=plain)
    beyond = (card < 0) | (card >= len(head.cards))
    hashes = np.fromiter(map(crc32, map(str.encode, head.cards)), dtype=np.uint64, count=len(head.cards))
    hashes = np.append(hashes & CARDS, np.uint64(0))  # the last for those that point nowhere
    out = None
    if columns.get("direction") is not None:
        out = np.array([d == "out" for d in columns["direction"]], dtype=np.bool_)
    card = np.where(beyond, len(head.cards), card)
    return {"card": hashes[card], "out": out, "key_id": head.key_id}, wrong, beyond


def _listings(columns: dict[str, Any], plain: bool) -> tuple[dict[str, Any], Mask]:
    by_bed, no_bed = whole_numbers(columns["by_bed"], plain=plain)
    rooms, no_rooms = whole_numbers(columns["rooms"], plain=plain)
    ads = np.array([_ad(ad) for ad in columns["ad"]], dtype=np.uint64)
    return {"ad": ads, "by_bed": by_bed, "rooms": rooms}, no_bed | no_rooms


def _ad(text: str) -> int:
    whole = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    return whole >> (64 - AD_BITS)
