"""What a cluster's worker parks, and how far the read models say they are."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from projections import parking
from projections.against_ledger import differences
from projections.files import PARKED
from projections.generations import at_live
from projections.intake import Part
from projections.lag import known_up_to, lag
from projections.parking import MAX_KEPT, PARKED_RECORDS, Unreadable, read_record
from projections.postgres import in_schema
from rentalwatch.ledger.messages import message_of
from rentalwatch.ledger.store import Recorded
from tests.integration.projections.cluster import (
    TOPIC,
    at_once,
    batches,
    live_rows,
    offsets,
    partition_of,
    parts,
    takes_in,
    worker,
)


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


def test_a_replay_and_the_files_next_event_at_the_same_instant_are_both_folded(
    cluster: sa.Engine, events: list[Recorded]
) -> None:
    fourth = {row.stream_id: row for row in events if row.version == 4}
    of_these = [row for row in events if row.stream_id in fourth]
    third = {row.stream_id: row for row in of_these if row.version == 3}
    damaged = [row._replace(state=b"{not json") if row.version == 3 else row for row in of_these]
    takes_in(cluster, [row for row in damaged if row.version <= 3])
    mends(cluster, third)

    folder = worker(cluster)
    taking = partial(folder.take, parts(fourth.values(), offsets(cluster)))
    replays = [partial(parking.replay, cluster, stream) for stream in fourth]
    raised = at_once(taking, *replays[:4])
    for replay in replays:
        replay()

    assert raised == [None] * 5
    assert live_rows(cluster)["parked"].total() == 0
    assert live_rows(cluster)["facts"].total() == 4 * len(fourth)
    assert differences(cluster) == []


def mends(engine: sa.Engine, whole: dict[str, Recorded]) -> None:
    """Puts the events in the place of those that were damaged."""
    with in_schema(engine, "models_1").begin() as connection:
        for stream, row in whole.items():
            mended = PARKED.update().where(PARKED.c.stream_id == stream, PARKED.c.version == row.version)
            assert connection.execute(mended.values(state=row.state)).rowcount == 1
