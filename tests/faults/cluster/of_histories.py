"""Faults that set ledger and topic at odds: a topic deleted, a backup restored, a backup that was written to.

Each is refused by the relay, then mended by the command that the documentation names, as a person types it.
"""

from __future__ import annotations

import subprocess
import sys

import psycopg
from psycopg import sql

from rentalwatch.dev.service import Service
from rentalwatch.ledger.brokers import asking
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.topics import apply, events_topic
from rentalwatch.migrating import migrate
from tests.faults.cluster.plot import Plot
from tests.faults.cluster.stand import page
from tests.faults.commands import Command, opening

REFUSED = 3
"""Exit code of a relay that must not publish."""
AGAIN = 10
"""Commands that people repeat on a restored ledger, since they see that they are gone."""


def topic_deleted(plot: Plot) -> None:
    """Under load; somebody makes it anew, empty. The relay ends; recovering publishes from the first event,
    and read models are built anew since their offsets were the old topic's."""
    stand, load = plot.stand, plot.load()
    load.moment(plot.rng, 25)
    topic = events_topic(stand.prefix)
    with asking(stand.parts.kafka) as admin:
        admin.delete_topics([topic])
        stand.until(lambda: topic not in admin.list_topics(), "the topic is gone")
    apply(stand.parts.kafka, stand.prefix, stand.parts.replication)
    plot.finish(load)
    (relay,) = stand.relays
    _refuses(plot, relay, "RW-RELAY-TOPIC")
    _mended(plot, relay)
    rentalwatch(plot, "rebuild")
    plot.recover()


def lost_tail(plot: Plot) -> None:
    """A backup is restored: the ledger ends before the topic."""
    _restored(plot)
    (relay,) = plot.stand.relays
    relay.begin()
    _refuses(plot, relay, "RW-RELAY-TAIL-LOST")
    _mended(plot, relay)
    plot.stand.start_all(plot.stand.workers)
    plot.recover()


def diverged(plot: Plot) -> None:
    """A backup is restored, and writers go on before anybody looks: new commands, and some that they say
    again since they are gone."""
    half = len(plot.todo) // 3
    late, plot.todo[:] = plot.todo[-half:], plot.todo[:-half]
    _restored(plot)
    said_again = list(enumerate(plot.todo))[half : half + AGAIN]
    first = len(plot.todo)
    plot.todo += late
    _perform(plot, [*said_again, *((first + n, command) for n, command in enumerate(late))])
    (relay,) = plot.stand.relays
    relay.begin()
    _refuses(plot, relay, "RW-RELAY-DIVERGED", "RW-RELAY-TAIL-LOST")
    _mended(plot, relay)
    plot.stand.start_all(plot.stand.workers)
    plot.recover()


def _restored(plot: Plot) -> None:
    """Commands, a backup, more commands that are published, and the backup in place of all that."""
    stand, third = plot.stand, len(plot.todo) // 3
    numbered = list(enumerate(plot.todo))
    migrate(stand.dsn)
    with open_ledger(stand.dsn) as ledger:
        opening(ledger, plot.tag)
    _perform(plot, numbered[:third])
    backup = _server(plot, "CREATE DATABASE {new} TEMPLATE {live}")
    (relay,) = stand.relays
    stand.start_all([relay])
    _perform(plot, numbered[third:])
    published = f"rentalwatch_relay_position {float(stand.end())}"
    stand.until(lambda: published in page(relay.port, "/metrics"), "all of it is published")
    stand.stop()
    _server(plot, "DROP DATABASE {live} WITH (FORCE)")
    _server(plot, "ALTER DATABASE {new} RENAME TO {live}", backup)


def _perform(plot: Plot, numbered: list[tuple[int, Command]]) -> None:
    with open_ledger(plot.stand.dsn) as ledger:
        for number, command in numbered:
            command.perform(ledger)
            plot.acknowledged.add(number)


def _server(plot: Plot, statement: str, new: str = "") -> str:
    """Done to databases as a whole; the name of the backup."""
    live = plot.stand.dsn.rpartition("/")[2]
    names = {"live": sql.Identifier(live), "new": sql.Identifier(new or f"{live}_backup")}
    with psycopg.connect(plot.stand.parts.postgres, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(**names))
    return new or f"{live}_backup"


def _refuses(plot: Plot, relay: Service, *codes: str) -> None:
    """The relay ends by itself and says why, by one of these codes."""
    plot.struck(0)
    plot.stand.until(lambda: not relay.alive, "the relay ends by itself")
    assert relay.child is not None
    said = relay.log.read_text("utf-8")[relay.child.begin :]
    if relay.child.process.returncode == REFUSED and any(code in said for code in codes):
        plot.struck()
    else:
        plot.fail(f"the relay ended with {relay.child.process.returncode} and not for {codes}:\n{said}")


def _mended(plot: Plot, relay: Service) -> None:
    rentalwatch(plot, "relay", "recover", "--yes")
    relay.begin()


def rentalwatch(plot: Plot, *command: str) -> None:
    """A command as a person types it; a failure of it is one of the round."""
    done = subprocess.run(
        [sys.executable, "-m", "rentalwatch", *command],
        env=plot.stand.whole_env, cwd=plot.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (plot.folder / f"{'-'.join(command)}{plot.tag}.log").write_text(done.stdout + done.stderr, "utf-8")
    if done.returncode:
        plot.fail(f"`rentalwatch {' '.join(command)}` ended with {done.returncode}:\n{done.stderr}")
