"""The relay's life: wait for the place, publish, and after any failure begin again from what Kafka says.

Nothing is remembered across a failure: whatever became of a transaction whose answer was lost is read from
the progress. An outage ends the attempt, never the process; only a refusal does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import closing
from random import uniform
from typing import Protocol

from kafka.errors import KafkaError

from rentalwatch.errors import InvalidInputError, NotPermittedError, RentalwatchError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.brokers import UNREACHABLE
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.agreement import agreed_position
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.commits import Commits
from rentalwatch.ledger.relay.figures import Figures
from rentalwatch.ledger.relay.leadership import Leadership, LeadershipLostError, contending, take
from rentalwatch.ledger.relay.publisher import Publisher, transactional_id
from rentalwatch.ledger.relay.topic import reading
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import check
from rentalwatch.observe.health import Health
from rentalwatch.observe.tracebacks import reason

IDLE_SECONDS = 0.25
"""How long an idle relay relies on being told of a commit before it looks by itself."""

PROVE_SECONDS = 10.0
"""How long an idle relay is believed to be able to publish."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
"""Between two attempts: the first comes soon, since most outages are a restart."""

SAID_EVERY_SECONDS = 10.0
"""A lasting outage is a line in the log this often."""

OF_KAFKA = (UNREACHABLE, "RW-KAFKA", "RW-TOPIC-MISSING")
"""Codes that say that the brokers stood in the way."""

log = logging.getLogger(__name__)


class Stop(Protocol):
    """How the relay is told to end (`observe.stopping.Stopping`)."""

    def is_set(self) -> bool: ...
    def wait(self, seconds: float | None = None) -> bool: ...


class Relay:
    """One relay. `run` returns when it was told to stop, and raises NotPermittedError where it must not
    publish; nothing else ends it."""

    def __init__(self, cluster: Cluster, health: Health, stopping: Stop) -> None:
        self.cluster, self.health, self.stopping = cluster, health, stopping
        self.figures = Figures()
        self._pause = FIRST_PAUSE_SECONDS
        self._said_at = -SAID_EVERY_SECONDS
        health.problem("relay", "it has just been started")

    def run(self) -> None:
        """Until told to stop. Raises NotPermittedError: RelayRefusedError, or a topic that would forget."""
        while not self.stopping.is_set():
            try:
                self._attempt()
            except (NotPermittedError, InvalidInputError) as e:
                self.figures.failed("refused")
                self.health.problem("relay", e.what)
                raise
            except Exception as e:
                self._outage(e)
                # two that shut each other out must not try in step for ever
                self.stopping.wait(self._pause * uniform(0.5, 1))
                self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _attempt(self) -> None:
        c = self.cluster
        with open_ledger(c.where) as ledger, contending(c.where, transactional_id(c.prefix)) as place:
            if not self._taken(place):
                return
            with self.figures.leading(ledger.recorder):
                self._lead(ledger, place)

    def _taken(self, place: Leadership) -> bool:
        """A standby is ready: it does all that it is there for."""
        if not place.taken():
            log.info("standing by: another relay publishes")
            self.figures.standing_by()
            self.health.problem("relay", None)
        return take(place, self.stopping.wait)

    def _lead(self, ledger: Ledger, place: Leadership) -> None:
        c = self.cluster
        topic_id = check(c.bootstrap, c.prefix)
        with closing(Publisher(c.bootstrap, c.prefix)) as publisher:
            with reading(c.bootstrap, c.prefix) as topic:
                position = agreed_position(ledger, topic, topic_id, publisher.begun_at)
            log.info("publishing from position %d on", position + 1, extra={"position": position})
            self.health.problem("relay", None)
            self._publish(ledger, place, _Line(publisher, topic_id, ledger.recorder.epoch, position))

    def _publish(self, ledger: Ledger, place: Leadership, line: _Line) -> None:
        """Page after page until told to stop, each only while the place is ours and the ledger lives the life
        that was agreed on: a folder may have moved into it, whose events are of the next."""
        commits = Commits(ledger.recorder)
        while not self.stopping.is_set():
            place.check()
            rows = commits.behind(line.position)
            if rows and ledger.recorder.epoch != line.epoch:
                log.info("the ledger began another life: agreeing anew where to go on")
                return
            self.figures.seen(line.position, rows)
            self.health.alive()
            if rows:
                with self.figures.transaction(rows):
                    line.publish(rows)
            else:
                place.wait(IDLE_SECONDS)
                line.rest()
            self._pause, self._said_at = FIRST_PAUSE_SECONDS, -SAID_EVERY_SECONDS

    def _outage(self, error: Exception) -> None:
        kind = _kind(error)
        self.figures.failed(kind)
        what = error.what if isinstance(error, RentalwatchError) else reason(error)
        self.health.problem("relay", f"{kind}: {what}")
        now = time.monotonic()
        if now - self._said_at >= SAID_EVERY_SECONDS:
            self._said_at = now
            log.warning("broke off, trying again: %s", what, extra={"reason": kind})


class _Line:
    """A producer at a position of one epoch of the ledger."""

    def __init__(self, publisher: Publisher, topic_id: str, epoch: int, position: int) -> None:
        self.publisher, self.topic_id, self.epoch, self.position = publisher, topic_id, epoch, position
        self._proven_at = time.monotonic()

    def publish(self, rows: Sequence[Recorded]) -> None:
        """One transaction. Raises KafkaError."""
        self.position = self.publisher.publish(rows, self.epoch, self.topic_id).position
        self._proven_at = time.monotonic()

    def rest(self) -> None:
        """Nothing to do; makes sure now and then that there could be. Raises KafkaError."""
        if time.monotonic() - self._proven_at > PROVE_SECONDS:
            self.publisher.prove()
            self._proven_at = time.monotonic()


def _kind(error: Exception) -> str:
    if isinstance(error, LeadershipLostError):
        return "leadership"
    if isinstance(error, KafkaError) or getattr(error, "code", "") in OF_KAFKA:
        return "kafka"
    return "database" if isinstance(error, RentalwatchError) else "other"


__all__ = ["Relay"]
