"""The process that sends: routes what was put, takes what is due, tries it, writes down what became of it.

Any number may run at once, on any number of machines: the outbox shares the messages among them.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from rentalwatch.delivery.channels import Channels
from rentalwatch.delivery.claiming import Claimed, claim, due_channels
from rentalwatch.delivery.deadline import Timeouts
from rentalwatch.delivery.directory import Directory
from rentalwatch.delivery.figures import standing
from rentalwatch.delivery.marking import mark
from rentalwatch.delivery.outbox import Outbox
from rentalwatch.delivery.outcomes import Result
from rentalwatch.delivery.routing import route
from rentalwatch.delivery.sending import send
from rentalwatch.observe import metrics
from rentalwatch.observe.health import Health
from rentalwatch.observe.stopping import Stopping
from rentalwatch.observe.tracebacks import reason

THREADS = 16
AT_ONCE = 2
"""Messages to one channel at a time: whoever hangs holds two of sixteen threads, the others go on."""

POLL_SECONDS = 0.1
"""Between two looks for what is due: a tenth of the second in which an alert is to reach its reader."""

FIGURES_SECONDS = 5.0
OUTAGE_SECONDS = 1.0
"""Between two tries while the database is away."""

STOP_SECONDS = 7.0
"""How long tries under way may take at the end; a supervisor waits ten seconds. Those that take longer are
made again by another sender."""

log = logging.getLogger(__name__)


class Sender:
    """Sends what is in an outbox. `secrets`: channel → its secrets. `draw`: a number from 0 to 1."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Channels,
        secrets: Mapping[str, Mapping[str, str]],
        *,
        timeouts: Timeouts = Timeouts(),
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.outbox, self.retries, self.secrets = outbox, channels.retry, secrets
        self.directory = Directory(channels.by_name())
        self.timeouts, self.draw = timeouts, draw
        self._todo: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._busy: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def run(self, stopping: Stopping, health: Health) -> None:
        """Until it is told to stop; outages of the database are waited out and shown."""
        figures_at = 0.0
        while not stopping.is_set():
            health.alive()
            try:
                self.step()
                if time.monotonic() >= figures_at:
                    self.measure()
                    figures_at = time.monotonic() + FIGURES_SECONDS
                health.problem("database", None)
            except sa.exc.DBAPIError as e:
                health.problem("database", "the outbox's database cannot be reached")
                log.error("the database cannot be reached: %s", reason(e))
                stopping.wait(OUTAGE_SECONDS)
            self._woken.wait(POLL_SECONDS)
            self._woken.clear()
        self.close()

    def once(self) -> None:
        """Sends all that is due now, and returns when nothing is under way and nothing is due any more. What
        failed waits for its next time."""
        while self.step() or self.under_way:
            self._woken.wait(POLL_SECONDS)
            self._woken.clear()

    def step(self) -> int:
        """Routes, and begins as many tries as may be under way at once; returns how many notifications were
        routed and tries begun."""
        did = route(self.outbox.engine, self.directory, self.outbox.clock())
        for name in due_channels(self.outbox.engine, self.outbox.clock()):
            channel = self.directory.by_name.get(name)
            free = min(AT_ONCE - self._busy[name], THREADS - self.under_way)
            if channel is None or free <= 0:  # of a channel that is no longer in the file nothing is lost
                continue
            claimed = claim(self.outbox.engine, channel, free, self.outbox.clock())
            with self._lock:
                self._busy[name] += len(claimed)
            for each in claimed:
                self._todo.put(each)
            did += len(claimed)
        return did

    @property
    def under_way(self) -> int:
        """Tries that were begun and are not written down yet."""
        with self._lock:
            return self._busy.total()

    def measure(self) -> None:
        """Sets the figures of the whole outbox."""
        with self.outbox.engine.begin() as connection:
            found = standing(connection, self.outbox.clock())
        metrics.DELIVERY_PENDING.set(found.pending)
        metrics.DELIVERY_LATE_SECONDS.set(found.late_seconds)
        metrics.DELIVERY_GIVEN_UP.set(found.given_up)
        metrics.DELIVERY_UNTOLD.set(found.untold)

    def close(self) -> None:
        """Waits for the tries under way, for `STOP_SECONDS` at most, and ends the threads."""
        end = time.monotonic() + STOP_SECONDS
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (claimed := self._todo.get()) is not None:
            try:
                self._try(claimed)
            except Exception as e:  # whatever it was, the lease ends and the message is tried again
                log.error("a try was not written down: %s", reason(e), extra={"message_id": claimed.id})
            finally:
                with self._lock:
                    self._busy[claimed.channel] -= 1
                self._woken.set()

    def _try(self, claimed: Claimed) -> None:
        begun = time.monotonic()
        if claimed.tries_of_turn > self.retries.attempts:  # every sender that had it died of it
            result = Result("unknown", code="died")
        else:
            channel = self.directory.by_name[claimed.channel]
            result = send(channel, self.secrets[channel.name], claimed, self.outbox.clock(), self.timeouts)
        seconds = time.monotonic() - begun
        state = mark(
            self.outbox.engine, claimed, result, seconds=seconds, retries=self.retries,
            now=self.outbox.clock(), draw=self.draw,
        )  # fmt: skip
        metrics.DELIVERY_ATTEMPTS.labels(result.outcome).inc()
        metrics.DELIVERY_ATTEMPT_SECONDS.observe(seconds)
        if state != "sent":
            told = {"message_id": claimed.id, "channel": claimed.channel, **result._asdict()}
            log.warning("not sent (%s %s): %s", result.outcome, result.code, state, extra=told)
