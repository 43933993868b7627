"""Readings of a day of an estate as records, before the wire has them: who sends what how often."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from rentalwatch.simulation.adverts import Advert
from rentalwatch.simulation.chance import Draws, Ints, key_of
from rentalwatch.simulation.devices import UNKNOWN, UNKNOWN_PASSES, Gate, Meters, tells_in_wh
from rentalwatch.simulation.district import Estate, Home
from rentalwatch.simulation.passes import Passes, hashed
from rentalwatch.simulation.wire import Parcel

KEY_LASTS, KEYS_OVERLAP = 90, 7
"""Days for which a key of card hashes is used, and days on which passes come under the old one and the new
one."""
BLOCKS = {"electricity": 4, "water": 1, "gas": 1}
"""Records a day of each kind of meter."""
CRAWLED = 6 * 3_600
"""Second of the day at which advertisements are looked at; one in ten is missed that day."""


def names(estate: Estate, homes: list[Home]) -> dict[str, list[str]]:
    """What each home is called, by kind of signal; the last ones are homes that nobody knows."""
    unknown = range(UNKNOWN)
    doors = [home.door for home in homes] + [f"sim-{estate.number + 1}-99-{n + 101}" for n in unknown]
    meters = [home.meter for home in homes] + [f"m{estate.number + 1:04}9{n:04}" for n in unknown]
    return {"gate_pass": doors, "listing": doors} | dict.fromkeys(("electricity", "water", "gas"), meters)


def of_gate(estate: Estate, day: int, seen: Passes, gate: Gate, draws: Draws) -> Iterator[Parcel]:
    """A record an hour; two under two keys while these overlap."""
    state = gate.on(day)
    if state.lost:
        return
    bounds = np.searchsorted(seen.second, np.arange(25) * 3_600)
    u = draws.uniform(np.arange(len(seen.home)), 2)
    strange = estate.size + np.floor(u[:, 1] * UNKNOWN).astype(np.int64)
    home = np.where(u[:, 0] < UNKNOWN_PASSES, strange, seen.home)
    lag = 5 + (draws.one(np.arange(24) + 1_000_000) * 55).astype(np.int64)
    for key in _keys(estate, day):
        cards = hashed(seen.card, key_of("card key", estate.district.seed, estate.number, key))
        for hour, (first, last) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
            rows = slice(first, last)
            columns: dict[str, Any] = {"card": cards[rows]}
            if gates_both_ways(estate):
                columns["direction"] = np.where(seen.out[rows], "out", "in").tolist()
            yield Parcel(
                "gate_pass", f"gates-{estate.number + 1}",
                estate.district.at(day, (hour + 1) * 3_600 + int(lag[hour]) + state.later),
                home[rows], estate.district.at(day) + seen.second[rows] + state.ahead, columns,
                {"key_id": f"k{key}"},
            )  # fmt: skip


def gates_both_ways(estate: Estate) -> bool:
    """Every fourth estate asks for a card on the way out, too."""
    return estate.number % 4 == 1


def _keys(estate: Estate, day: int) -> list[int]:
    """Numbers of the keys in use on a day."""
    key, into = divmod(day + 13 * estate.number, KEY_LASTS)
    return [key - 1, key] if into < KEYS_OVERLAP and key > 0 else [key]


def of_meters(
    estate: Estate, day: int, kind: str, registers: Ints, meters: Meters, draws: Draws, late: int = 0
) -> Iterator[Parcel]:
    """A few records a day, each with the hours since the last. `registers`: Wh or litres at the start of each
    hour, [home, hour], negative where there is no meter. `late`: seconds of the day before which nothing gets
    through."""
    hours = registers.shape[1]
    there = meters.heard(day, hours) & (registers >= 0)
    shown = meters.shown(day, registers) * meters.wrong_unit(day)[:, None]
    at = estate.district.at(day) + meters.instants(hours)
    unit, value = _in_unit(estate, kind, shown)
    block = hours // BLOCKS[kind]
    for n in range(BLOCKS[kind]):
        rows = slice(n * block, (n + 1) * block)
        home, hour = np.nonzero(there[:, rows])
        sent = (n + 1) * 86_400 // BLOCKS[kind] + 120 + int(draws.one(np.array([n]))[0] * 480)
        yield _with_unknown(
            estate,
            Parcel(
                kind, f"{kind}-{estate.number + 1}", estate.district.at(day, max(sent, late)), home,
                at[:, rows][home, hour], {"value": value[:, rows][home, hour]}, {"unit": unit},
            ),
        )  # fmt: skip


def _in_unit(estate: Estate, kind: str, shown: Any) -> tuple[str, Any]:
    if kind == "electricity":
        return (
            ("Wh", np.rint(shown).astype(np.int64))
            if tells_in_wh(estate)
            else ("kWh", np.rint(shown / 10) / 100)
        )
    in_litres = kind == "water" and estate.number % 4 == 3
    return ("l", np.rint(shown).astype(np.int64)) if in_litres else ("m3", np.rint(shown) / 1_000)


def _with_unknown(estate: Estate, parcel: Parcel) -> Parcel:
    """The meter of a home that nobody knows reads like that of the first home there."""
    like = np.flatnonzero(parcel.home == parcel.home[0]) if len(parcel.home) else np.zeros(0, dtype=np.int64)
    whole = parcel.taken(np.concatenate([np.arange(len(parcel.home)), like]))
    if len(like):
        whole.home[len(parcel.home) :] = estate.size
    return whole


def of_adverts(estate: Estate, day: int, adverts: list[Advert], draws: Draws) -> Iterator[Parcel]:
    """One record a day, if any advertisement is up."""
    up = [a for a in adverts if a.begin <= day < a.until]
    seen = draws.one(np.arange(len(up))) >= 0.1
    found = [a for a, there in zip(up, seen.tolist(), strict=True) if there]
    at = estate.district.at(day, CRAWLED)
    yield Parcel(
        "listing", f"listings-{estate.number + 1}", at + 300,
        np.array([a.home for a in found], dtype=np.int64), np.full(len(found), at, dtype=np.int64),
        {
            "ad": [a.ad for a in found], "by_bed": np.array([a.by_bed for a in found], dtype=np.int64),
            "rooms": np.array([a.rooms for a in found], dtype=np.int64),
        },
    )  # fmt: skip


def encoded(estate: Estate, parcel: Parcel, called: list[str]) -> bytes:
    """The record as one line of JSON, without its end of line."""
    there, index = np.unique(parcel.home, return_inverse=True)
    record: dict[str, Any] = {
        "v": 1, "kind": parcel.kind, "estate": estate.key, "source": parcel.source, "sent_at": parcel.sent_at,
        **parcel.more, "dwellings": [called[n] for n in there.tolist()], "dwelling": index.tolist(),
        "at": parcel.at.tolist(),
    }  # fmt: skip
    for name, column in parcel.columns.items():
        record[name] = column if isinstance(column, list) else column.tolist()
    if cards := record.pop("card", None):
        known = {card: n for n, card in enumerate(dict.fromkeys(cards))}
        record["cards"], record["card"] = [*known], [known[card] for card in cards]
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
