"""Each event is published exactly once, in order, as whole commits."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from rentalwatch.domain.events import NoteRecorded
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import brokers
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.moving import move
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.progress import fingerprint
from rentalwatch.ledger.relay.topic import reading
from rentalwatch.ledger.statements import Statement
from rentalwatch.ledger.store import MAX_BYTES
from rentalwatch.ledger.topics import check, events_topic
from tests.integration.relay.stories import (
    HOMES,
    Process,
    Running,
    on_topic,
    patrolled,
    publish_all,
    published,
    relaying,
    rows_of,
    same,
    stored,
    until,
)
from tests.unit.ledger.words import imports, row


def test_the_topic_says_what_the_ledger_says(cluster: Cluster, ledger: Ledger) -> None:
    rows_of(ledger, 2_500)
    publish_all(cluster)
    assert same(cluster)


def test_the_progress_names_the_last_event(cluster: Cluster, ledger: Ledger) -> None:
    publish_all(cluster)
    last = stored(ledger)[-1]
    with reading(cluster.bootstrap, cluster.prefix) as topic:
        progress = topic.progress()
    assert progress is not None
    assert (progress.position, progress.sha256, progress.recorded_at, progress.epoch) == (
        last.position,
        fingerprint(last),
        last.recorded_at,
        1,
    )
    assert progress.topic_id == check(cluster.bootstrap, cluster.prefix)


def test_a_folder_that_moves_under_a_relay_at_work_is_published_as_the_ledger_s_next_life(
    database: str, in_folder: Cluster
) -> None:
    # given a relay that leads over a database in which nothing is yet
    moved = replace(in_folder, where=database)
    with relaying(moved) as running:
        until(lambda: running.at(0) and not running.health.problems())
        # when a folder's ledger moves there
        end = move(Path(in_folder.where), database)
        until(lambda: running.error or running.at(end))
    # then all of it is of the epoch that the ledger is of
    with open_ledger(database) as ledger:
        assert {event.epoch for event in published(moved)} == {ledger.recorder.epoch} == {2}
        # and relays that come later go on from there
        patrolled(ledger, "after the move")
    publish_all(moved)
    assert same(moved)


def test_a_relay_that_runs_publishes_what_is_recorded_meanwhile(cluster: Cluster, ledger: Ledger) -> None:
    with relaying(cluster) as running:
        for n in range(20):
            patrolled(ledger, f"patrol {n}")
        until(lambda: running.at(len(stored(ledger))))
    assert same(cluster)


def test_a_relay_goes_on_where_the_last_one_ended(cluster: Cluster, ledger: Ledger) -> None:
    for n in range(3):
        rows_of(ledger, 150, f"round {n}")
        publish_all(cluster)
    assert same(cluster)


def test_events_of_one_home_lie_in_one_partition_in_order(in_database: Cluster) -> None:
    publish_all(in_database)
    partition_of: dict[str, int] = {}
    for event in published(in_database):
        assert partition_of.setdefault(event.row.stream_id, event.partition) == event.partition
    assert len(set(partition_of.values())) > 1


def test_the_largest_commit_passes(in_database: Cluster) -> None:
    # given a commit of a thousand events, and one event of nearly the size of a commit
    from rentalwatch.ledger.folder import open_ledger

    with open_ledger(in_database.where) as ledger:
        imports(ledger, *[row(f"{n}", "noise", HOMES[n % 30]) for n in range(1_000)])
        findings = tuple({"ground": "g" * 200, "key": f"{n:0200}"} for n in range(2_400))
        event = NoteRecorded.model_validate(
            {"record_id": "00000000-0000-0000-0000-000000000000", "happened_at": "2024-03-01T12:00:00Z",
             "code": "large", "findings": findings}
        )  # fmt: skip
        large = Statement(event, subject=HOMES[0], source="hotline", fact="note", key="large")
        imports(ledger, large)
        assert MAX_BYTES * 0.9 < len(stored(ledger)[-1].state) <= MAX_BYTES
    # then both arrive
    publish_all(in_database)
    assert same(in_database)


def test_a_commit_is_never_cut_in_two(in_folder: Cluster) -> None:
    """A record of two events would be half on the topic, and half in a ledger restored from there."""
    from rentalwatch.ledger.folder import open_ledger

    # given commits of 7 events, so that a thousand events do not end with a commit
    with open_ledger(in_folder.where) as ledger:
        for n in range(200):
            imports(ledger, *[row(f"{n}-{i}", "noise", HOMES[i]) for i in range(7)], batch=f"{n}")
    publish_all(in_folder)
    # then the progress, which is said once a transaction, never stood in the midst of one
    said = [p.position for p in every_progress(in_folder)]
    ends = {a.position for a, b in pairwise(stored_of(in_folder)) if a.recorded_at != b.recorded_at}
    assert len(said) > 1
    assert set(said[:-1]) <= ends


def every_progress(cluster: Cluster) -> list[object]:
    from kafka import TopicPartition

    from rentalwatch.ledger.relay import clients
    from rentalwatch.ledger.relay.progress import KEY, progress_of

    consumer = clients.consumer(cluster.bootstrap)
    place = TopicPartition(f"{cluster.prefix}.progress.v1", 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    end = consumer.end_offsets([place])[place]
    found = []
    while consumer.position(place) < end:
        for records in consumer.poll(timeout_ms=200).values():
            found += [progress_of(record.value) for record in records if record.key == KEY]
    clients.drop(consumer)
    return found


def stored_of(cluster: Cluster) -> list[object]:
    from rentalwatch.ledger.folder import open_ledger

    with open_ledger(cluster.where) as ledger:
        return list(stored(ledger))


def forgets(cluster: Cluster) -> bool:
    """Whether the brokers say so already: they answer before a change is known to all of them."""
    try:
        check(cluster.bootstrap, cluster.prefix)
    except NotPermittedError:
        return True
    return False


def test_a_topic_that_would_forget_is_refused(in_folder: Cluster) -> None:
    with brokers.asking(in_folder.bootstrap) as admin:
        brokers.change(admin, events_topic(in_folder.prefix), {"retention.ms": "60000"})
    until(lambda: forgets(in_folder))
    running = Running(in_folder)
    until(lambda: running.error)
    assert isinstance(running.error, NotPermittedError)
    assert running.error.code == "RW-TOPIC-FORGETS"
    assert "relay" in running.health.problems()
    assert published(in_folder) == []


def test_a_refusal_ends_the_process_with_exit_code_3(in_database: Cluster, tmp_path: Path) -> None:
    with brokers.asking(in_database.bootstrap) as admin:
        brokers.change(admin, events_topic(in_database.prefix), {"cleanup.policy": "compact"})
    until(lambda: forgets(in_database))
    process = Process(in_database, tmp_path / "log")
    assert process.child.wait(60) == 3
    assert "RW-TOPIC-FORGETS" in process.said()


def test_sigterm_ends_a_relay_in_order(in_database: Cluster, tmp_path: Path) -> None:
    process = Process(in_database, tmp_path / "log")
    until(lambda: on_topic(in_database) == 30)
    assert process.stop() == 0
    assert "Traceback" not in process.said()
    assert same(in_database)


@pytest.mark.parametrize("there", [False, True])
def test_a_database_that_was_not_migrated_and_a_topic_not_made_are_waited_for(
    there: bool, kafka: str, topics: str, bare_database: str
) -> None:
    """In a cluster that starts, nothing is there at once."""
    from rentalwatch.ledger.folder import open_ledger
    from rentalwatch.ledger.migrations import migrate
    from tests.integration.relay.stories import homes
    from tests.parts.topics import forget

    if not there:
        forget(kafka, topics)
    cluster = Cluster(bare_database, kafka, topics)
    with relaying(cluster) as running:
        until(lambda: "RW" in str(running.health.problems()) or "database" in str(running.health.problems()))
        migrate(bare_database)
        with open_ledger(bare_database) as ledger:
            homes(ledger)
        if not there:
            from rentalwatch.ledger.topics import apply

            until(lambda: "topic" in str(running.health.problems()))
            apply(kafka, topics, 1)
        until(lambda: running.health.problems() == {} and running.at(30))
    assert running.error is None
    assert same(cluster)
