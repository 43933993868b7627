"""A round of each fault of a cluster, from a seed.

1. homes are opened on a stand of real processes; 2. writers perform commands while the fault strikes; 3. what
was killed is up again, all is to be seen; 4. the account: what was acknowledged lies once in the ledger, the
audit is clean, the topic says what the ledger says in its order, the read models are those of a fresh fold,
and the same commands again add nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.topics import apply
from rentalwatch.migrating import migrate
from tests.faults.cluster import of_histories, of_parts, of_records, of_relays, of_workers, of_writers
from tests.faults.cluster.account import account
from tests.faults.cluster.parts import Own, Parts, fresh_prefix
from tests.faults.cluster.plot import COMMANDS, Plot
from tests.faults.cluster.stand import Stand
from tests.faults.commands import HOMES, commands, opening
from tests.faults.proxy import KafkaProxy
from tests.faults.scenarios import Round
from tests.parts.databases import fresh
from tests.parts.topics import forget

CHUNKS = 5
"""Large chunks with which a large ledger begins: more than a segment of the WAL."""


@dataclass(frozen=True)
class Kind:
    """A fault, and the stand that it needs."""

    strike: Callable[[Plot], None]
    fewest: int = 1
    """How often it must have struck in a round, or the round proved nothing."""
    own: Own = "nothing"
    relays: int = 1
    workers: int = 1
    proxied: bool = False
    """Whether the relay reaches the brokers through a proxy."""
    alone: bool = False
    """Whether each round has a stand of its own, whose processes and tables the fault itself begins with."""
    filled: bool = False
    """Whether the tables are large to begin with."""
    known: frozenset[str] = frozenset()
    """Codes of what the fault puts there, which is to be found and is no failure."""


KINDS: dict[str, Kind] = {
    "cluster: kill -9 of a writer": Kind(of_writers.killed, of_writers.KILLS),
    "cut after COMMIT": Kind(of_writers.cut_after_commit, 1),
    "eight start together": Kind(of_writers.together, of_writers.TOGETHER, alone=True),
    "cluster: clock back two hours": Kind(of_writers.clock_back),
    "same file twice at once": Kind(of_writers.same_file_twice, 2),
    "kill -9 of the relay": Kind(of_relays.killed, of_relays.KILLS),
    "kill -9 of the relay, with a standby": Kind(of_relays.standby_takes_over, relays=2),
    "two relays at once": Kind(of_relays.two_at_once, relays=2),
    "cut after EndTxn": Kind(of_relays.cut_after_end_txn, 1, proxied=True),
    "kill -9 of a worker": Kind(of_workers.killed, of_workers.KILLS, workers=2),
    "worker asleep past its session": Kind(of_workers.sleeps_past_its_session, workers=2),
    "group ahead of the database": Kind(of_workers.group_ahead),
    "group behind the database": Kind(of_workers.group_behind),
    "kill -9 of PostgreSQL": Kind(of_parts.database_killed, of_parts.KILLS, own="database"),
    "kill -9 of the broker": Kind(of_parts.broker_killed, own="broker"),
    "kill -9 of a leader of three": Kind(of_parts.leader_killed, own="three brokers"),
    "kill -9 of the coordinator of three": Kind(of_parts.coordinator_killed, own="three brokers"),
    "full disk under PostgreSQL": Kind(of_parts.disk_full, own="small database", filled=True),
    "topic deleted": Kind(of_histories.topic_deleted),
    "backup restored": Kind(of_histories.lost_tail, alone=True),
    "backup restored, and written to": Kind(of_histories.diverged, alone=True),
    "poison event": Kind(of_records.poison, known=frozenset({"RW-EVENT-DAMAGED"})),
    "foreign records in the topic": Kind(of_records.stranger, known=frozenset({"RW-RECORD-FOREIGN"})),
}


@contextmanager
def stands(kind: str, ground: Parts, folder: Path) -> Iterator[Callable[[], Stand]]:
    """Gives the stand of the next round: one for all rounds of the kind, or a new one each. All that was
    started ends with the block; the logs stay in `folder`."""
    it = KINDS[kind]
    with ExitStack() as stack:
        made: list[Stand] = []

        def next_one() -> Stand:
            if it.alone or not made:
                made.append(stack.enter_context(_stand(it, ground, folder / f"stand-{len(made)}")))
            return made[-1]

        yield next_one


@contextmanager
def _stand(kind: Kind, ground: Parts, folder: Path) -> Iterator[Stand]:
    prefix = fresh_prefix()
    with ExitStack() as stack:
        dsn = stack.enter_context(fresh(ground.postgres))
        apply(ground.kafka, prefix, ground.replication)
        stack.callback(forget, ground.kafka, prefix)
        proxy = stack.enter_context(KafkaProxy(ground.kafka)) if kind.proxied else None
        stand = Stand(ground, dsn, prefix, folder, relays=kind.relays, workers=kind.workers, proxy=proxy)
        stack.callback(stand.stop)
        if not kind.alone:
            migrate(dsn)
            if kind.filled:
                fill(dsn)
            stand.start()
        yield stand


def fill(dsn: str) -> None:
    """More than a megabyte of notes."""
    with open_ledger(dsn) as ledger:
        opening(ledger)
        for n in range(CHUNKS):
            of_parts.large_chunk(f"-filling-{n}", HOMES[0]).perform(ledger)


def play(kind: str, seed: int, stand: Stand) -> Round:
    """Plays one round on a stand that is well. Raises NotComeAboutError where it does not recover."""
    it, rng, tag = KINDS[kind], Random(f"{kind}/{seed}"), f"-{seed}"
    result = Round(kind, seed)
    todo = commands("record", rng, tag, COMMANDS)
    if not it.alone:
        with open_ledger(stand.dsn) as ledger:
            opening(ledger, tag)
    plot = Plot(stand, todo, rng, result, tag, stand.folder)
    it.strike(plot)
    result.acknowledged = len(plot.acknowledged)
    account(stand, plot.todo, plot.acknowledged, result, it.known)
    return result
