"""What Kafka holds and what the ledger holds must belong together, or nothing is published."""

from __future__ import annotations

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.progress import RelayRefusedError
from rentalwatch.ledger.relay.publisher import Publisher
from rentalwatch.ledger.relay.recover import recovering
from rentalwatch.ledger.topics import apply
from tests.integration.relay.damage import (
    loses_its_tail,
    made_anew,
    progress_is_garbage,
    progress_is_lost,
    tail_of_its_own,
)
from tests.integration.relay.stories import (
    HOMES,
    on_topic,
    patrolled,
    publish_all,
    published,
    relaying,
    until,
)


def refusal(cluster: Cluster) -> str:
    """The code with which a relay refuses; the topic stays as it was."""
    before = published(cluster)
    with pytest.raises(RelayRefusedError, match="relay recover") as refused:
        publish_all(cluster)
    assert published(cluster) == before
    return refused.value.code


def test_a_ledger_that_lost_its_tail_is_refused(cluster: Cluster, ledger: Ledger) -> None:
    publish_all(cluster)
    loses_its_tail(ledger, 20)
    assert refusal(cluster) == "RW-RELAY-TAIL-LOST"


def test_a_ledger_with_another_tail_is_refused(cluster: Cluster, ledger: Ledger) -> None:
    patrolled(ledger, "published")
    publish_all(cluster)
    tail_of_its_own(ledger, 30, ["other", "others"])
    assert refusal(cluster) == "RW-RELAY-DIVERGED"


def test_the_same_event_recorded_at_another_instant_is_another_event(
    cluster: Cluster, ledger: Ledger
) -> None:
    """A command that was sent again to a restored ledger looks the same, but its instant differs."""
    patrolled(ledger, "published")
    publish_all(cluster)
    tail_of_its_own(ledger, 30, ["published"])
    assert refusal(cluster) == "RW-RELAY-DIVERGED"


def test_an_old_copy_of_the_ledger_is_refused_after_a_recovery(cluster: Cluster, ledger: Ledger) -> None:
    publish_all(cluster)
    with recovering(cluster, lambda _: None) as recovery:
        recovery.act(recovery.diagnose(), None)  # type: ignore[arg-type]
    with ledger.recorder.writing() as tx:
        tx.set_epoch(1)  # as the copy has it
    assert refusal(cluster) == "RW-RELAY-EPOCH"


def test_a_topic_made_anew_is_refused(in_folder: Cluster) -> None:
    publish_all(in_folder)
    made_anew(in_folder, "events")
    assert refusal(in_folder) == "RW-RELAY-TOPIC"


def test_a_topic_made_anew_under_a_running_relay_is_refused(cluster: Cluster, ledger: Ledger) -> None:
    """Kafka tells nobody: it takes what comes next as the first event of the new topic."""
    with relaying(cluster) as relay:
        until(lambda: relay.relay.figures.position == 30)
        made_anew(cluster, "events")
        for n in range(30):  # in every partition: one of a home that it published before
            patrolled(ledger, f"patrol {n}", HOMES[n])
        until(lambda: relay.error)
    assert isinstance(relay.error, RelayRefusedError)
    assert relay.error.code == "RW-RELAY-TOPIC"
    assert on_topic(cluster) == 0


def test_events_without_progress_are_refused(in_folder: Cluster) -> None:
    publish_all(in_folder)
    progress_is_lost(in_folder)
    assert refusal(in_folder) == "RW-RELAY-NO-PROGRESS"


def test_progress_that_somebody_else_wrote_is_refused(in_folder: Cluster) -> None:
    publish_all(in_folder)
    progress_is_garbage(in_folder)
    assert refusal(in_folder) == "RW-RELAY-PROGRESS"


def test_progress_that_is_behind_the_topic_is_refused(in_folder: Cluster) -> None:
    """The progress alone lost its end: to go on from it would publish twice."""
    # given a progress of the first events, written again behind the last
    with open_ledger(in_folder.where) as ledger:
        publish_all(in_folder)
        from rentalwatch.ledger.relay.progress import progress_at
        from rentalwatch.ledger.topics import check

        old = progress_at(
            ledger.recorder.read_recorded(9, 1)[0], 1, check(in_folder.bootstrap, in_folder.prefix)
        )
    publisher = Publisher(in_folder.bootstrap, in_folder.prefix)
    publisher.put(old)
    publisher.close()
    assert refusal(in_folder) == "RW-RELAY-NO-PROGRESS"


def test_an_empty_topic_and_an_empty_progress_begin_at_the_first_event(in_folder: Cluster) -> None:
    made_anew(in_folder, "events")
    apply(in_folder.bootstrap, in_folder.prefix, 1)
    publish_all(in_folder)
    assert on_topic(in_folder) == 30


def test_what_an_aborted_first_transaction_left_is_no_reason_to_refuse(in_folder: Cluster) -> None:
    """A relay killed in its very first transaction leaves records that nobody ever sees."""
    with open_ledger(in_folder.where) as ledger:
        rows = ledger.recorder.read_recorded(0, 10)
    publisher = Publisher(in_folder.bootstrap, in_folder.prefix)
    from rentalwatch.ledger.messages import message_of

    publisher._producer.begin_transaction()
    for future in [publisher._send(message_of(row, 1)) for row in rows]:
        future.get(10)
    publisher.close()
    publish_all(in_folder)
    assert [event.row.position for event in published(in_folder)] == list(range(1, 31))
