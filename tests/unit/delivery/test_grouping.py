"""What is told together: nothing is lost, nothing is told twice, fifty are one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.delivery.grouping import MOST, Grouped, Key, Message, Waiting, grouped
from rentalwatch.domain.instants import Micros

KEYS = st.builds(
    Key, st.sampled_from(["a", "b"]), st.just("manager"), st.sampled_from(["e-1/", "e-2/"]),
    st.sampled_from(["e-1/b-1/", "e-1/b-2/"]), st.sampled_from([1, 3]),
)  # fmt: skip
NOTED = st.lists(st.tuples(KEYS, st.integers(0, 1_000)), max_size=60)
DIGEST = 300


def goes_out(_key: Key, at: Micros) -> Micros:
    return at + DIGEST


def of(noted: list[tuple[Key, int]]) -> list[Waiting]:
    return [Waiting(f"n-{nth}", key, at) for nth, (key, at) in enumerate(noted)]


def put_together(waiting: list[Waiting], open_: list[Message] = []) -> Grouped:  # noqa: B006 - only read
    return grouped(waiting, open_, goes_out, lambda first: f"m-{first.key.channel}-{first.id}")


def after(open_: list[Message], found: Grouped) -> list[Message]:
    """The open messages as a database has them afterwards."""
    told = Counter(found.joined)
    return [m._replace(parts=m.parts + told[m.id]) for m in [*open_, *found.opened]]


def test_fifty_alerts_of_one_building_are_one_message() -> None:
    key = Key("a", "manager", "e-1/", "e-1/b-1/", 2)
    found = put_together(of([(key, at) for at in range(50)]))
    assert len(found.opened) == 1
    assert set(found.joined) == {found.opened[0].id}
    assert found.opened[0].next_at == DIGEST


@given(NOTED)
def test_each_is_told_once_and_only_with_its_like(noted: list[tuple[Key, int]]) -> None:
    waiting = of(noted)
    found = put_together(waiting)
    assert len(found.joined) == len(waiting)
    keys = {m.id: m.key for m in found.opened}
    assert [keys[m] for m in found.joined] == [w.key for w in waiting]
    assert len(keys) == len(found.opened) == len({w.key for w in waiting})


@given(NOTED, st.data())
def test_it_does_not_matter_in_how_many_steps_they_come(
    noted: list[tuple[Key, int]], data: st.DataObject
) -> None:
    waiting = of(noted)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(waiting)), max_size=5)))
    open_: list[Message] = []
    joined: list[str] = []
    for begin, end in zip([0, *cuts], [*cuts, len(waiting)], strict=True):
        found = put_together(waiting[begin:end], open_)
        open_ = after(open_, found)
        joined += found.joined
    assert joined == put_together(waiting).joined


@given(st.integers(1, 4 * MOST), st.integers(0, MOST))
def test_no_message_grows_beyond_what_one_may_hold(many: int, before: int) -> None:
    key = Key("a", "manager", "e-1/", "e-1/", 2)
    open_ = [Message("m-0", key, 7, before)] if before else []
    told = Counter(put_together(of([(key, at) for at in range(many)]), open_).joined)
    assert sum(told.values()) == many
    assert all(n + (before if m == "m-0" else 0) <= MOST for m, n in told.items())
    assert len(told) <= 1 + (many + before) // MOST


@given(NOTED)
def test_a_message_goes_out_by_its_first_notification(noted: list[tuple[Key, int]]) -> None:
    waiting = of(noted)
    found = put_together(waiting)
    for message in found.opened:
        first = next(w for w, m in zip(waiting, found.joined, strict=True) if m == message.id)
        assert message.next_at == first.at + DIGEST
