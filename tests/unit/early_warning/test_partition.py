"""A partition's estates: what is asked for, passed over, kept, whatever breaks off in between."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest

from rentalwatch.domain.warning import Warnings
from rentalwatch.early_warning.partition import NOBODY, Partition, Placed
from rentalwatch.early_warning.store import Kept, SavedState
from tests.unit.signals.sending import DAY, ESTATE, HOUR, MONDAY, Pass, context, encoded, record


class Shelf:
    """States as they were kept. Breaks off as often as it is told to."""

    def __init__(self) -> None:
        self.states: dict[str, SavedState] = {}
        self.saved: dict[str, int] = {}
        self.broken = 0

    def __call__(self, estates: Collection[str]) -> Iterable[SavedState]:
        if self.broken:
            self.broken -= 1
            raise ConnectionError
        yield from (self.states[name] for name in estates if name in self.states)

    def put(self, kept: Iterable[Kept]) -> None:
        for one in kept:
            self.saved[one.estate] = one.upto
            if one.state is not None:
                self.states[one.estate] = one.state


def partition(shelf: Shelf) -> Partition:
    return Partition(shelf, lambda path, day: Warnings(), shelf.saved)


def passes(sent: list[Pass]) -> bytes:
    return encoded(record(sent))


def day(nth: int) -> bytes:
    return passes([Pass(0, MONDAY + nth * DAY + n * HOUR, 1) for n in range(5)])


def tallied(kept: Iterable[Kept]) -> dict[tuple[str, str], int]:
    return {(one.estate, t.reason): t.readings for one in kept for t in one.tallies if t.kind != "context"}


def test_an_estate_whose_state_could_not_be_asked_for_is_not_taken_for_unknown() -> None:
    shelf = Shelf()
    first = partition(shelf)
    first.take([Placed(0, context()), Placed(1, day(0))], 2)
    shelf.put(first.to_keep())
    # given a successor that cannot reach the database at first
    again = partition(shelf)
    shelf.broken = 1
    with pytest.raises(ConnectionError):
        again.take([Placed(2, day(1))], 3)
    # when it takes the same records again
    again.take([Placed(2, day(1))], 3)
    assert tallied(again.to_keep()) == {(ESTATE, "taken"): 5}


def test_what_an_estate_holds_is_passed_over_and_counted_nowhere() -> None:
    shelf = Shelf()
    first = partition(shelf)
    records = [Placed(0, context()), Placed(1, day(0)), Placed(2, b"nonsense"), Placed(3, day(1))]
    first.take(records[:3], 3)
    shelf.put(first.to_keep())
    again = partition(shelf)
    again.take(records, 4)
    assert tallied(again.to_keep()) == {(ESTATE, "taken"): 5}


def test_estates_are_kept_when_so_many_readings_came_since_or_when_they_waited_long() -> None:
    one = partition(Shelf())
    one.take([Placed(0, context()), Placed(1, day(0))], 2)
    assert one.to_keep(6) == []
    assert [kept.estate for kept in one.to_keep(5)] == [NOBODY, ESTATE]
    assert [kept.estate for kept in one.to_keep(6, before=1)] == [NOBODY, ESTATE]
    assert one.to_keep(6, before=0) == []
    assert one.replay_from == 0
    one.kept(one.to_keep())
    assert one.replay_from == 2
    assert one.to_keep() == []


def test_a_state_of_another_format_begins_anew() -> None:
    shelf = Shelf()
    shelf.states[ESTATE] = SavedState(ESTATE, 1, b"\x08" + bytes(7) + b"no state")
    one = partition(shelf)
    one.take([Placed(0, day(0)), Placed(1, context()), Placed(2, day(1))], 3)
    assert tallied(one.to_keep()) == {(NOBODY, "unknown_estate"): 5, (ESTATE, "taken"): 5}


def test_a_record_that_came_in_before_it_was_sent_ends_no_days() -> None:
    one = partition(Shelf())
    ahead = passes([Pass(0, MONDAY + 300 * DAY, 1)])
    one.take([Placed(0, context()), Placed(1, ahead, MONDAY), Placed(2, day(0), MONDAY + DAY)], 3)
    assert tallied(one.to_keep()) == {(ESTATE, "future"): 1, (ESTATE, "taken"): 5}
