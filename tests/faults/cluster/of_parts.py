"""Faults of what everything stands on: PostgreSQL killed or full, brokers killed."""

from __future__ import annotations

import resource
from pathlib import Path
from uuid import UUID, uuid5

from rentalwatch.dev.broker import Node
from rentalwatch.domain import events as ev
from rentalwatch.ledger.brokers import asking
from rentalwatch.ledger.relay.publisher import transactional_id
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.ledger.topics import events_topic
from tests.faults.cluster.parts import SmallDatabase
from tests.faults.cluster.plot import Plot
from tests.faults.commands import BEGUN, Chunk, homes

KILLS = 2
ROOM = 3
"""Pages of 8 KiB, fewer than which the table of events may still grow before the disk counts as full."""
PAGE = 8192
LARGE = 200
"""Notes in a large chunk."""
_IDS = UUID("5b0b9d4c-2f43-5d0a-9a55-6f0e6a1f9c11")
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
    """The node that leads a partition, counted modulo their number."""
    broker = plot.stand.parts.broker
    assert broker is not None
    with asking(plot.stand.parts.kafka) as admin:
        found = admin.describe_topics([topic])[0]["partitions"]
    leader: int = next(p["leader_id"] for p in found if p["partition_index"] == partition % len(found))
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
    """The server is started with a limit for the size of a file (RLIMIT_FSIZE), which the table of events
    soon meets: writers are refused. Then it is started without, as on a disk that has space again."""
    database = plot.stand.parts.database
    assert isinstance(database, SmallDatabase)
    large = large_chunk(plot.tag, homes(plot.tag)[0])
    plot.todo.insert(plot.rng.randrange(5, len(plot.todo)), large)
    (size,) = plot.stand.ask("SELECT pg_relation_size('ledger.stored_events')")[0]
    database.again(size + plot.rng.randrange(ROOM) * PAGE)
    before, load = _refused(database.log), plot.load(pace=0.0)
    plot.stand.until(lambda: _refused(database.log) > before or load.through, "the disk is full")
    plot.struck(_refused(database.log) > before)
    database.again(resource.RLIM_INFINITY)
    plot.recover()
    plot.finish(load, refused="RW-DATABASE")


def large_chunk(tag: str, home: str) -> Chunk:
    """An import of some 280 KB in one commit, which no page that is there has room for."""
    return Chunk(tuple(_note(f"{n}{tag}", home) for n in range(LARGE)), uuid5(_IDS, tag))


def _note(key: str, home: str) -> Statement:
    findings = tuple(ev.Finding(ground="g" * 190, key=f"{key}-{part:0150}") for part in range(3))
    event = ev.NoteRecorded(record_id=NO_RECORD, happened_at=BEGUN, code="large", findings=findings)
    return Statement(event, subject=home, source="hotline", fact="note", key=key)


def _refused(log: Path) -> int:
    """How often the system refused it."""
    return log.read_text("utf-8", "replace").count("File too large")
