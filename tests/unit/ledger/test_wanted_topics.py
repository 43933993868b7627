"""How the topics are to be, whatever the number of brokers."""

from __future__ import annotations

import pytest

from rentalwatch.ledger.wanted_topics import Setting, holds, insync, remark, settings_of, wanted


def test_the_number_of_partitions_of_events_is_for_ever() -> None:
    assert [(topic.name, topic.partitions) for topic in wanted("city")] == [
        ("city.events.v1", 12),
        ("city.progress.v1", 1),
        ("city.signals.v1", 12),
    ]


@pytest.mark.parametrize(("replication", "least"), [(1, 1), (2, 1), (3, 2), (5, 2)])
def test_one_broker_of_three_may_fail_and_writing_goes_on_without_loss(replication: int, least: int) -> None:
    assert insync(replication) == least
    for topic in wanted("city"):
        assert Setting("min.insync.replicas", str(least)) in settings_of(topic, replication)


def test_fewer_copies_than_three_are_said_plainly() -> None:
    assert "a single broker's disk is the only place" in remark(1)
    assert "a single disk holds the only one" in remark(2)
    assert remark(3) == ""


@pytest.mark.parametrize(
    ("mend", "found", "right"),
    [
        *(("always", "7", True), ("always", "8", False), ("always", "-1", False)),
        *(("raise", "6", False), ("raise", "7", True), ("raise", "8", True), ("raise", "-1", True)),
        *(("never", "7", True), ("never", "8", False)),
    ],
)
def test_a_setting_that_may_only_be_raised_holds_if_it_is_greater(mend: str, found: str, right: bool) -> None:
    assert holds(Setting("retention.ms", "7", mend), {"retention.ms": found}) is right
    assert not holds(Setting("retention.ms", "7", mend), {})
