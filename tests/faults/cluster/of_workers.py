"""Faults of workers: killed in the midst of a batch, asleep past their session, misled by the group."""

from __future__ import annotations

from contextlib import closing
from time import sleep

from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove
from kafka.structs import OffsetAndMetadata, TopicPartition

from projections.database import FOLD_VERSION
from rentalwatch.ledger.topics import EVENT_PARTITIONS, events_topic
from tests.faults.cluster.account import read_by_another
from tests.faults.cluster.plot import Plot

KILLS = 1
BATCH_SECONDS = 0.1
"""About as long as it takes from a commit to the rows of its events."""
FAR = 5
"""Offsets that the group is ahead of the database's."""


def killed(plot: Plot) -> None:
    """kill -9 while it folds what comes in; it is put up again at once, under the same name."""
    load = plot.load(pace=0.06)
    for _ in range(KILLS):
        worker = plot.rng.choice(plot.stand.workers)
        plot.stand.until(lambda w=worker: plot.stand.ready([w]), "the worker is back")  # type: ignore[misc]
        load.moment(plot.rng, 6)
        sleep(plot.rng.uniform(0, BATCH_SECONDS))
        plot.stand.again(worker)
        plot.struck()
    plot.recover()
    plot.finish(load)


def sleeps_past_its_session(plot: Plot) -> None:
    """It sleeps until another has its partitions and has gone on with them; then it wakes, as a zombie."""
    load = plot.load()
    load.moment(plot.rng, 25)
    asleep = plot.rng.choice(plot.stand.workers)
    plot.stand.pause(asleep)
    plot.struck()
    plot.recover([service for service in plot.stand.services if service is not asleep])
    plot.stand.wake(asleep)
    plot.finish(load)
    plot.stand.wait_ready()


def group_ahead(plot: Plot) -> None:
    """The group's offsets say that everything was read, and more than the database knows of."""
    _group_says(plot, ahead=True)


def group_behind(plot: Plot) -> None:
    """The group's offsets say that nothing was read, and the database has all of it."""
    _group_says(plot, ahead=False)


def _group_says(plot: Plot, *, ahead: bool) -> None:
    (worker,) = plot.stand.workers
    load = plot.load()
    load.moment(plot.rng, 25)
    if ahead:
        worker.kill()
    plot.finish(load)
    if not ahead:
        plot.stand.quiet()
        worker.kill()
    _set_offsets(plot, ahead=ahead)
    plot.struck()
    worker.begin()
    plot.recover()


def _set_offsets(plot: Plot, *, ahead: bool) -> None:
    """The dead member is put out of the group first: a group that is in use takes no offsets from others."""
    kafka, prefix = plot.stand.parts.kafka, plot.stand.prefix
    ends: dict[int, int] = {}
    for record in read_by_another(kafka, prefix) if ahead else ():
        ends[record.partition] = record.offset + FAR
    group, topic = f"{prefix}.projector.{FOLD_VERSION}", events_topic(prefix)
    wanted = {
        TopicPartition(topic, n): OffsetAndMetadata(ends.get(n, 0), "", -1) for n in range(EVENT_PARTITIONS)
    }
    with closing(KafkaAdminClient(bootstrap_servers=kafka)) as admin:
        plot.stand.until(lambda: _empty(admin, group), f"group {group} is empty")
        admin.alter_group_offsets(group, wanted)


def _empty(admin: KafkaAdminClient, group: str) -> bool:
    """Whether nobody is in the group any more; who is, is put out of it."""
    members = admin.describe_groups([group])[group]["members"]
    if members:
        dead = [MemberToRemove(group_instance_id=member["group_instance_id"]) for member in members]
        admin.remove_group_members(group, dead)
    return not members
