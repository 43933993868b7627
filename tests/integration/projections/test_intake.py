"""From Kafka's order into the read models: offsets and rows in one transaction, zombies kept out (D7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from projections import follow
from projections.checkpoints import CHECKPOINTS, OvertakenError
from projections.database import open_sqlite
from projections.generations import at_live
from projections.intake import Intake, Part
from projections.lag import known_up_to, lag
from projections.parking import MAX_KEPT, PARKED_RECORDS, Unreadable, read_record
from projections.projector import GapError
from rentalwatch.ledger.messages import message_of
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import Table, all_rows, closing_engine
from tests.integration.projections.cluster import (
    PARTITIONS,
    TOPIC,
    batches,
    live_rows,
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


def offsets(engine: sa.Engine) -> dict[int, int]:
    c = CHECKPOINTS.c
    with at_live(engine) as connection:
        rows = connection.execute(sa.select(c.partition, c.next_offset).where(c.topic_id == TOPIC))
        return {row[0]: row[1] for row in rows}


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


def at_once(*calls: Callable[[], object]) -> list[Exception | None]:
    """What each raised."""
    raised: list[Exception | None] = [None] * len(calls)
    begin = Event()

    def run(nth: int) -> None:
        begin.wait()
        try:
            calls[nth]()
        except Exception as e:
            raised[nth] = e

    threads = [Thread(target=run, args=(nth,)) for nth in range(len(calls))]
    for thread in threads:
        thread.start()
    begin.set()
    for thread in threads:
        thread.join()
    return raised


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


# -- records that are no events --------------------------------------------------------------------------


def test_records_that_are_no_events_are_parked_by_their_place_and_the_rest_flows(
    cluster: sa.Engine, events: list[Recorded]
) -> None:
    mine = [row for row in events if partition_of(row.stream_id) == 3]
    intake = worker(cluster)
    foreign = Unreadable(0, None, b"x" * (MAX_KEPT + 1), "it has no key")
    strange = Unreadable(1, b"k\0", b"{}", "a \0 in it")

    taken = intake.take({3: Part(0, 2 + len(mine), mine, (foreign, strange))})

    with at_live(cluster) as connection:
        kept = connection.execute(sa.select(PARKED_RECORDS).order_by(PARKED_RECORDS.c.at_offset)).all()
    assert taken.events == len(mine)
    assert offsets(cluster)[3] == 2 + len(mine)
    assert [(r.topic_id, r.partition, r.at_offset, r.key, r.value) for r in kept] == [
        (TOPIC, 3, 0, None, None),
        (TOPIC, 3, 1, b"k\0", b"{}"),
    ]
    assert len(kept[0].digest) == 64
    assert [r.reason for r in kept] == ["it has no key", "a \\0 in it"]


def test_a_batch_that_holds_no_event_moves_the_offset(cluster: sa.Engine) -> None:
    intake = worker(cluster)

    intake.take({5: Part(0, 7, ())})

    assert offsets(cluster)[5] == 7


def test_a_record_is_read_as_its_event_or_as_one_to_park(events: list[Recorded]) -> None:
    message = message_of(events[0], epoch=1)

    assert read_record(4, *message) == events[0]
    assert read_record(4, None, message.value, message.headers) == Unreadable(
        4, None, message.value, read_record(4, None, message.value, message.headers).reason
    )
    assert isinstance(read_record(4, message.key, b"{}", message.headers), Unreadable)


# -- how far ---------------------------------------------------------------------------------------------


def test_what_is_called_known_was_folded_whatever_the_order_of_partitions(
    cluster: sa.Engine, events: list[Recorded]
) -> None:
    intake = worker(cluster)
    by_partition = sorted(events, key=lambda row: partition_of(row.stream_id))
    folded: set[tuple[str, int]] = set()

    for batch in batches(by_partition, 150):
        intake.take(batch)
        folded |= {(row.stream_id, row.version) for part in batch.values() for row in part.rows}
        with at_live(cluster) as connection:
            known = known_up_to(connection)
            behind = lag(connection, now=events[-1].recorded_at)
        assert all((r.stream_id, r.version) in folded for r in events if r.recorded_at <= known)
        assert behind.events == len(events) - len(folded)

    assert known == events[-1].recorded_at
    assert behind.seconds == 0


def test_lag_is_the_age_of_the_first_event_that_waits(cluster: sa.Engine, events: list[Recorded]) -> None:
    takes_in(cluster, events[:-1])

    with at_live(cluster) as connection:
        behind = lag(connection, now=events[-1].recorded_at + 2_500_000)

    assert (behind.events, behind.seconds) == (1, 2.5)
    assert behind.known_up_to == events[-1].recorded_at - 1
