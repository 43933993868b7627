"""The topics on a real broker: made once, alike everywhere, and refused where one would forget."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from kafka.errors import KafkaConnectionError

from rentalwatch.errors import InvalidInputError, NotFoundError, NotPermittedError
from rentalwatch.ledger import brokers, topics
from rentalwatch.ledger.wanted_topics import MESSAGE_BYTES


@pytest.fixture(autouse=True)
def nothing_is_still_to_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """`change` and `delete` below wait for the broker, so `check` need not."""
    monkeypatch.setattr(topics, "PATIENCE_SECONDS", 0)


def make(kafka: str, name: str, partitions: int) -> None:
    """Somebody makes a topic by hand."""
    with brokers.asking(kafka) as admin:
        as_made = {"num_partitions": partitions, "replication_factor": 1}
        admin.create_topics({name: as_made}, wait_for_metadata=True)


def change(kafka: str, name: str, setting: str, value: str) -> None:
    """Somebody changes a setting by hand; the brokers have heard of it afterwards."""
    with brokers.asking(kafka) as admin:
        brokers.change(admin, name, {setting: value})
        heard(lambda: brokers.standing(admin, [name], [setting])[name].settings[setting] == value)


def delete(kafka: str, name: str) -> None:
    """Somebody deletes a topic; the brokers have heard of it afterwards."""
    with brokers.asking(kafka) as admin:
        admin.delete_topics([name])
        heard(lambda: not brokers.standing(admin, [name], ["retention.ms"]))


def heard(so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not so():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def names(kafka: str, prefix: str) -> set[str]:
    with brokers.asking(kafka) as admin:
        return {name for name in admin.list_topics() if name.startswith(prefix)}


def settings_of(kafka: str, prefix: str, name: str) -> dict[str, str]:
    return {topic.name: topic for topic in topics.show(kafka, prefix)}[name].settings


def test_the_topics_are_made_as_they_are_to_be(kafka: str, prefix: str) -> None:
    applied = topics.apply(kafka, prefix, replication=1)
    assert [one.done for one in applied] == ["created"] * 3
    assert [(one.name, one.partitions, one.replication) for one in topics.show(kafka, prefix)] == [
        (f"{prefix}.events.v1", 12, 1),
        (f"{prefix}.progress.v1", 1, 1),
        (f"{prefix}.signals.v1", 12, 1),
    ]
    events = settings_of(kafka, prefix, topics.events_topic(prefix))
    assert (events["retention.ms"], events["retention.bytes"], events["cleanup.policy"]) == (
        "-1",
        "-1",
        "delete",
    )
    assert settings_of(kafka, prefix, topics.progress_topic(prefix))["cleanup.policy"] == "compact"


def test_every_partition_can_be_written_to_when_apply_returns(kafka: str, prefix: str) -> None:
    assert all(one.standing.led for one in topics.apply(kafka, prefix, replication=1))


def test_applying_again_changes_nothing(kafka: str, topics_made: str) -> None:
    before = topics.show(kafka, topics_made)
    assert [one.done for one in topics.apply(kafka, topics_made)] == ["unchanged"] * 3
    assert topics.show(kafka, topics_made) == before


def test_many_that_apply_at_once_all_succeed(kafka: str, prefix: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: topics.apply(kafka, prefix, 1), range(8)))
    done = [one.done for applied in told for one in applied]
    assert (done.count("created"), done.count("unchanged")) == (3, 21)
    assert len({tuple(one.standing.topic_id for one in applied) for applied in told}) == 1


def test_check_gives_the_id_of_the_events_topic(kafka: str, topics_made: str) -> None:
    topic_id = topics.check(kafka, topics_made)
    assert str(UUID(topic_id)) == topic_id
    assert topic_id == topics.show(kafka, topics_made)[0].topic_id


def test_a_topic_that_was_deleted_and_made_again_has_another_id(kafka: str, topics_made: str) -> None:
    first = topics.check(kafka, topics_made)
    delete(kafka, topics.events_topic(topics_made))
    topics.apply(kafka, topics_made, 1)
    assert topics.check(kafka, topics_made) != first


@pytest.mark.parametrize(
    ("topic", "setting", "value"),
    [
        (topics.events_topic, "retention.ms", "604800000"),
        (topics.events_topic, "retention.bytes", "1073741824"),
        (topics.events_topic, "cleanup.policy", "compact"),
        (topics.events_topic, "cleanup.policy", "compact,delete"),
        (topics.events_topic, "unclean.leader.election.enable", "true"),
        (topics.progress_topic, "cleanup.policy", "delete"),
    ],
)
def test_a_topic_that_would_forget_is_refused_until_it_is_put_right(
    kafka: str, topics_made: str, topic: Any, setting: str, value: str
) -> None:
    change(kafka, topic(topics_made), setting, value)
    with pytest.raises(NotPermittedError, match=f"{setting} is {value}") as refused:
        topics.check(kafka, topics_made)
    assert refused.value.code == "RW-TOPIC-FORGETS"
    changed = [one for one in topics.apply(kafka, topics_made) if one.done == "changed"]
    assert [(one.standing.name, one.changes) for one in changed] == [(topic(topics_made), (setting,))]
    assert topics.check(kafka, topics_made)


def test_another_number_of_partitions_is_refused_and_nothing_is_made(kafka: str, prefix: str) -> None:
    make(kafka, topics.events_topic(prefix), 6)
    for asked in (topics.apply, topics.check):
        with pytest.raises(NotPermittedError, match="6 partitions instead of 12") as refused:
            asked(kafka, prefix)
        assert refused.value.code == "RW-TOPIC-PARTITIONS"
    assert names(kafka, prefix) == {topics.events_topic(prefix)}


@pytest.mark.parametrize("missing", [topics.events_topic, topics.progress_topic])
def test_a_missing_topic_is_said(kafka: str, topics_made: str, missing: Any) -> None:
    delete(kafka, missing(topics_made))
    with pytest.raises(NotFoundError, match=missing(topics_made)) as refused:
        topics.check(kafka, topics_made)
    assert refused.value.code == "RW-TOPIC-MISSING"


@pytest.mark.parametrize("kept", ["-1", "7776000000", "1000"])
def test_readings_are_kept_thirty_days_and_no_longer(kafka: str, topics_made: str, kept: str) -> None:
    signals = topics.signals_topic(topics_made)
    change(kafka, signals, "retention.ms", kept)
    assert topics.apply(kafka, topics_made)[2].changes == ("retention.ms",)
    assert settings_of(kafka, topics_made, signals)["retention.ms"] == str(30 * 24 * 3600 * 1000)


def test_a_setting_whose_change_would_delete_something_stays_and_is_said(
    kafka: str, topics_made: str
) -> None:
    change(kafka, topics.signals_topic(topics_made), "cleanup.policy", "compact")
    applied = topics.apply(kafka, topics_made)[2]
    assert (applied.done, applied.changes, applied.left) == ("unchanged", (), ("cleanup.policy",))
    assert settings_of(kafka, topics_made, applied.standing.name)["cleanup.policy"] == "compact"


def test_more_copies_than_brokers_are_refused(kafka: str, prefix: str) -> None:
    with pytest.raises(InvalidInputError, match="99 copies"):
        topics.apply(kafka, prefix, replication=99)
    assert names(kafka, prefix) == set()


def test_an_event_as_large_as_a_commit_fits_into_a_message(kafka: str, topics_made: str) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=kafka, max_request_size=MESSAGE_BYTES)
    written = producer.send(topics.events_topic(topics_made), b"x" * 1024 * 1024, b"dwelling-1").get(30)
    producer.close()
    assert written.offset == 0


def test_a_question_is_asked_again_when_a_broker_goes_away_on_the_way(kafka: str) -> None:
    gone = iter([KafkaConnectionError("ECONNREFUSED")])

    def question(admin: Any) -> int:
        for error in gone:
            raise error
        return brokers.number_of(admin)

    assert brokers.asked(kafka, question) >= 1
