"""Faults of what everything stands on: PostgreSQL killed or full, brokers killed."""

from __future__ import annotations

import resource
from pathlib import Path

from rentalwatch.dev import processes
from rentalwatch.dev.broker import Node
from rentalwatch.ledger.brokers import asking
from rentalwatch.ledger.relay.publisher import transactional_id
from rentalwatch.ledger.topics import events_topic
from tests.faults.cluster.plot import Plot

KILLS = 2
ROOM = 4
"""Pages of 8 KiB by which the greatest file may still grow before the disk counts as full."""
PAGE = 8192
TRANSACTION_LOG = "__transaction_state"


def database_killed(plot: Plot) -> None:
    """kill -9 of the server and all its processes; put up again on the same data."""
    database = plot.stand.parts.database
    assert database is not None
    load = plot.load(pace=0.04)
    for _ in range(KILLS):
        load.moment(plot.rng, 12)
        database.kill()
        plot.struck()
        database.start()
    plot.recover()
    plot.finish(load)


def broker_killed(plot: Plot) -> None:
    """kill -9 of the only node; put up again on the same data."""
    broker = plot.stand.parts.broker
    assert broker is not None
    load = plot.load(pace=0.04)
    load.moment(plot.rng, 25)
    broker.kill()
    plot.struck()
    broker.restart(1)
    plot.recover()
    plot.finish(load)


def leader_killed(plot: Plot) -> None:
    """kill -9 of the node that leads a partition of events; the other two go on."""
    _one_of_three(plot, leader_of(plot, events_topic(plot.stand.prefix), plot.rng.randrange(12)))


def coordinator_killed(plot: Plot) -> None:
    """kill -9 of the node that coordinates the relay's transactions."""
    _one_of_three(
        plot, leader_of(plot, TRANSACTION_LOG, _java_hash(transactional_id(plot.stand.prefix)) % 50)
    )


def _one_of_three(plot: Plot, node: Node) -> None:
    """The recovery counts without the node; then it comes back and catches up."""
    broker = plot.stand.parts.broker
    assert broker is not None
    load = plot.load(pace=0.04)
    load.moment(plot.rng, 25)
    node.kill()
    plot.struck()
    plot.recover()
    plot.finish(load)
    node.begin()
    node.wait_ready(len(broker.nodes))
    plot.stand.until(lambda: _in_sync(plot), "the node has caught up")


def leader_of(plot: Plot, topic: str, partition: int) -> Node:
    """The node that leads a partition."""
    broker = plot.stand.parts.broker
    assert broker is not None
    with asking(plot.stand.parts.kafka) as admin:
        found = admin.describe_topics([topic])[0]["partitions"]
    leader = next(p["leader_id"] for p in found if p["partition_index"] == partition)
    return broker.nodes[leader - 1]


def _in_sync(plot: Plot) -> bool:
    """Whether every partition of everything is kept by all nodes again."""
    with asking(plot.stand.parts.kafka) as admin:
        topics = admin.describe_topics()
    return all(len(p["isr_nodes"]) == len(p["replica_nodes"]) for t in topics for p in t["partitions"])


def _java_hash(text: str) -> int:
    """By which a coordinator is found: Java's hash of a text, without its sign."""
    value = 0
    for letter in text:
        value = (31 * value + ord(letter)) & 0xFFFFFFFF
    signed = value - (1 << 32) if value & 0x80000000 else value
    return 0 if signed == -(1 << 31) else abs(signed)


def disk_full(plot: Plot) -> None:
    """No file of the server may grow beyond a size that is soon met (RLIMIT_FSIZE of each of its processes),
    until writers wait; then there is space again."""
    database = plot.stand.parts.database
    assert database is not None
    load = plot.load(pace=0.0)
    load.moment(plot.rng, 10)
    greatest = max(_size(path) for path in (database.data / "base").rglob("*"))
    _limit(database.pid, greatest + plot.rng.randrange(1, ROOM) * PAGE)
    before = _refused(database.log)
    plot.stand.until(lambda: _refused(database.log) > before or load.through, "the disk is full")
    if _refused(database.log) > before:
        plot.struck()
    _limit(database.pid, resource.RLIM_INFINITY)
    plot.recover()
    plot.finish(load)


def _limit(server: int, size: int) -> None:
    """Of the server and of every process that it has."""
    for pid in (server, *(p.pid for p in processes.below(server))):
        try:
            hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
        except ProcessLookupError:
            continue


def _refused(log: Path) -> int:
    """How often the system refused it."""
    return log.read_text("utf-8", "replace").count("File too large")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
