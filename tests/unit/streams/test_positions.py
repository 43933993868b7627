"""Whatever is handed over, twice, late or not at all: nothing is folded twice, nothing is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.positions import Positions
from streams.runs import NOWHERE, Read, Run

LENGTH = 30


def run(begin: int, end: int, partition: int = 0) -> Run:
    """Records at even offsets; a mark or an aborted record lies at each odd one."""
    return Run(partition, begin, end, [Read(n, 0.0, None) for n in range(begin, end) if n % 2 == 0])


def placed(**offsets: int) -> Positions:
    positions = Positions()
    positions.put({int(name[1:]): offset for name, offset in offsets.items()})
    return positions


def offsets_of(positions: Positions, *runs: Run) -> list[int]:
    batch, _ = positions.following(runs)
    return [record.offset for stretch in batch.values() for record in stretch.records]


def test_runs_that_follow_are_one_stretch() -> None:
    batch, broken = placed(p0=0).following([run(0, 4), run(4, 9)])
    assert (batch[0].begin, batch[0].end, len(batch[0].records), broken) == (0, 9, 5, set())


def test_what_was_folded_falls_away() -> None:
    assert offsets_of(placed(p0=5), run(0, 5)) == []
    assert offsets_of(placed(p0=5), run(2, 9)) == [6, 8]


def test_behind_a_break_nothing_is_taken() -> None:
    batch, broken = placed(p0=4).following([run(6, 8), run(4, 6)])
    assert (batch, broken) == ({}, {0})


def test_a_break_in_one_partition_holds_up_no_other() -> None:
    batch, broken = placed(p0=0, p1=0).following([run(2, 4), run(0, 4, partition=1)])
    assert (list(batch), broken) == ([1], {0})


def test_a_run_that_nobody_placed_follows_nothing() -> None:
    _, broken = placed(p0=0).following([Run(0, NOWHERE, 4, [Read(2, 0.0, None)])])
    assert broken == {0}


def test_a_partition_whose_place_is_not_known_is_not_folded() -> None:
    positions = placed(p0=0)
    positions.drop([0])
    assert positions.following([run(0, 4)]) == ({}, set())


def test_a_partition_that_was_lost_meanwhile_is_not_taken_back_by_its_last_batch() -> None:
    positions = placed(p0=0)
    batch, _ = positions.following([run(0, 4)])
    positions.drop([0])
    positions.stored(batch)
    assert positions.next == {}


runs = st.tuples(st.integers(0, LENGTH), st.integers(1, 8)).map(lambda at: run(at[0], at[0] + at[1]))


@given(st.lists(st.lists(runs, max_size=4), max_size=30))
def test_whatever_comes_each_record_is_folded_once_and_in_order(handed: list[list[Run]]) -> None:
    positions, folded = placed(p0=0), []
    for some in handed:
        batch, _ = positions.following(some)
        folded += [record.offset for stretch in batch.values() for record in stretch.records]
        positions.stored(batch)
    assert folded == list(range(0, positions.next[0], 2))
