"""Homes that are possibly the same, in groups: every two of a group share one reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rentalwatch.domain.addresses.likeness import readings
from rentalwatch.domain.addresses.written import Address, Certainty, Reading, Reason


class Member(NamedTuple):
    """A home of a group, and what was done to its address for it to be there."""

    stream_id: str
    address: Address
    reasons: frozenset[Reason]


class Group(NamedTuple):
    """Homes that share a reading; `likely` only if it is a likely one for each of them."""

    certainty: Certainty
    members: tuple[Member, ...]


_Home = tuple[str, Address, Reading]


def groups(homes: Iterable[tuple[str, Address]]) -> list[Group]:
    """Every group, the likely ones first, then by label; the same whatever the order of `homes`. A group
    that says no more than another one is left out. A home may be in a likely group and in a wider,
    possible one. Linear in the number of homes, but for sorting.
    """
    buckets: dict[tuple[tuple[str, ...], str], list[_Home]] = {}
    for stream_id, address in homes:
        place, found = readings(address)
        for reading in found:
            buckets.setdefault((place, reading.key), []).append((stream_id, address, reading))
    found_groups = [g for bucket in buckets.values() if len(bucket) > 1 for g in _of(bucket)]
    return _told_once(sorted(found_groups, key=_rank))


def _of(bucket: list[_Home]) -> list[Group]:
    """Those for whom the reading is likely, and all of them where that is more."""
    likely = [home for home in bucket if home[2].certainty == "likely"]
    found = [_group("likely", likely)] if len(likely) > 1 else []
    return found if len(likely) == len(bucket) else [*found, _group("possible", bucket)]


def _group(certainty: Certainty, homes: list[_Home]) -> Group:
    members = sorted(
        (Member(s, a, r.reasons) for s, a, r in homes), key=lambda m: (m.address.label, m.stream_id)
    )
    return Group(certainty, tuple(members))


def _rank(group: Group) -> tuple[bool, str, str, list[str], int, list[list[str]]]:
    first = group.members[0]
    return (
        group.certainty != "likely",
        first.address.area,
        first.address.label,
        [m.stream_id for m in group.members],
        sum(len(m.reasons) for m in group.members),
        [sorted(m.reasons) for m in group.members],
    )


def _told_once(ranked: list[Group]) -> list[Group]:
    """Without groups whose homes stand together in another, no less certain one."""
    sets = [frozenset(m.stream_id for m in group.members) for group in ranked]
    of_home: dict[str, list[int]] = {}
    for i, homes in enumerate(sets):
        for home in homes:
            of_home.setdefault(home, []).append(i)
    return [
        g for i, g in enumerate(ranked) if not any(_covers(ranked, sets, j, i) for j in of_home[min(sets[i])])
    ]


def _covers(ranked: list[Group], sets: list[frozenset[str]], j: int, i: int) -> bool:
    if i == j or (ranked[j].certainty, ranked[i].certainty) == ("possible", "likely"):
        return False
    return sets[i] < sets[j] or (sets[i] == sets[j] and j < i)
