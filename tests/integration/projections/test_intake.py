"""From Kafka's order into the read models: offsets and rows in one transaction, zombies kept out (D7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow
from projections.checkpoints import OvertakenError
from projections.database import open_sqlite
from projections.intake import Intake
from projections.projector import GapError
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import Table, all_rows, closing_engine
from tests.integration.projections.cluster import (
    PARTITIONS,
    at_once,
    batches,
    live_rows,
    offsets,
    partition_of,
    parts,
    takes_in,
    worker,
)


@pytest.fixture
def from_the_ledger(events: list[Recorded], tmp_path: Path) -> Iterator[dict[str, Table]]:
    """What the same events give without Kafka."""
    with closing_engine(open_sqlite(tmp_path / "embedded.db")) as engine:
        follow.create(engine)
        with engine.begin() as connection:
            follow.Projector().apply(events, connection)
        yield {name: rows for name, rows in all_rows(engine).items() if name != "checkpoints"}


@pytest.mark.parametrize("size", [13, 500])
def test_the_order_of_partitions_gives_the_tables_that_the_ledgers_order_gives(
    cluster: sa.Engine, events: list[Recorded], from_the_ledger: dict[str, Table], size: int
) -> None:
    by_partition = sorted(events, key=lambda row: partition_of(row.stream_id))

    takes_in(cluster, by_partition, size)

    assert live_rows(cluster) == from_the_ledger
    assert sum(offsets(cluster).values()) == len(events)


def test_two_workers_share_the_partitions(
    cluster: sa.Engine, events: list[Recorded], from_the_ledger: dict[str, Table]
) -> None:
    one, other = worker(cluster), worker(cluster)

    for batch in batches(events, 100):
        one.take({p: part for p, part in batch.items() if p % 2})
        other.take({p: part for p, part in batch.items() if not p % 2})

    assert live_rows(cluster) == from_the_ledger


def test_a_position_guard_lets_a_zombie_and_its_successor_both_through_and_compare_and_swap_does_not(
    cluster: sa.Engine, events: list[Recorded]
) -> None:
    first, second, third = list(batches(events, 100))[:3]
    zombie = worker(cluster)
    zombie.take(first)
    successor = worker(cluster)
    successor.take(second)
    before = live_rows(cluster), offsets(cluster)

    longer = {p: part._replace(begin=second[p].begin) for p, part in third.items() if p in second}
    assert all(part.end > offsets(cluster)[p] for p, part in longer.items())  # position < new would pass
    with pytest.raises(OvertakenError):
        zombie.take(longer)

    assert (live_rows(cluster), offsets(cluster)) == before


def test_of_a_zombie_and_its_successor_at_the_same_instant_one_passes(
    cluster: sa.Engine, events: list[Recorded], from_the_ledger: dict[str, Table]
) -> None:
    twins = worker(cluster), worker(cluster)
    for batch in batches(events, 200):
        outcomes = at_once(*(partial(twin.take, batch) for twin in twins))
        assert [type(e) for e in outcomes if e is not None] == [OvertakenError]
        for twin in twins:
            twin.offsets(range(PARTITIONS))

    assert live_rows(cluster) == from_the_ledger


def test_an_overtaken_worker_asks_where_to_read_on_and_goes_on(
    cluster: sa.Engine, events: list[Recorded], from_the_ledger: dict[str, Table]
) -> None:
    whole = list(batches(events, 100))
    late = worker(cluster)
    takes_in(cluster, events[:300])

    with pytest.raises(OvertakenError):
        late.take(whole[0])
    assert late.offsets(range(PARTITIONS)) == offsets(cluster)
    for batch in whole[3:]:
        late.take(batch)

    assert live_rows(cluster) == from_the_ledger


def test_partitions_that_went_to_another_and_came_back_are_folded_from_what_is_stored(
    cluster: sa.Engine, events: list[Recorded], from_the_ledger: dict[str, Table]
) -> None:
    one, other = worker(cluster), worker(cluster)

    for nth, batch in enumerate(batches(events, 80)):
        taking = (one, other)[nth % 2]
        taking.offsets(range(PARTITIONS))
        taking.take(batch)

    assert live_rows(cluster) == from_the_ledger


def test_a_topic_that_is_read_again_from_its_beginning_adds_nothing(
    cluster: sa.Engine, events: list[Recorded], from_the_ledger: dict[str, Table]
) -> None:
    takes_in(cluster, events)
    again = Intake(cluster, "the-topic-made-anew")
    again.offsets(range(PARTITIONS))

    taken = [again.take(batch) for batch in batches(events, 300)]

    assert [(t.events, t.repeats > 0) for t in taken] == [(0, True)] * len(taken)
    assert live_rows(cluster) == from_the_ledger


def test_a_gap_names_its_stream_and_the_other_partitions_go_on(
    cluster: sa.Engine, events: list[Recorded]
) -> None:
    gone = next(row for row in events if row.version == 2)
    begin = dict.fromkeys(range(PARTITIONS), 0)
    batch = parts([row for row in events if row is not gone], begin)
    intake = worker(cluster)

    with pytest.raises(GapError) as refused:
        intake.take(batch)
    stopped = partition_of(refused.value.stream_id)
    rest = {p: part for p, part in batch.items() if p != stopped}
    taken = intake.take(rest)

    assert stopped == partition_of(gone.stream_id)
    assert taken.events == sum(len(part.rows) for part in rest.values())
    assert offsets(cluster)[stopped] == 0
