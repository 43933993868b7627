"""Early warning as a worker: readings from the topic of signals, alerts into the ledger; and beside it what
the rules need to know of homes, handed on where it changed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from faust.types import TP
from mode import Service

from projections.database import writing
from projections.generations import at_live
from projections.homes import folded
from projections.postgres import open_postgres
from rentalwatch.early_warning import publishing, tending
from rentalwatch.early_warning.sending import sender
from rentalwatch.ledger import topics
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import wall_clock
from rentalwatch.observe.tracebacks import reason
from rentalwatch.settings import Settings
from streams import setup
from streams.desk import Desk
from streams.gauges import SignalGauges
from streams.judging import Judging
from streams.service import WorkerApp
from streams.watch import Watch

GROUP = "early-warning"
LISTEN = "127.0.0.1:9467"
"""Where it shows its health unless something else is said."""

KEEP_SECONDS = 30.0
"""An estate of which little comes is written after one to two of these: nobody needs its old records then."""

CONTEXT_SECONDS = 5.0
CONTEXT_SHARE = 10
"""Whether context changed is looked at this often, and at most a tenth of the time."""

TEND_SECONDS = 60.0
"""How often it is looked who did not answer in time: deadlines are hours."""

log = logging.getLogger(__name__)


class EarlyWarningApp(WorkerApp):
    """Reads the topic of signals. At most one a process."""

    process = GROUP
    listen = LISTEN

    def __init__(self, settings: Settings, **kwargs: Any) -> None:
        topic = topics.signals_topic(settings.topics)
        own = {**setup.LARGE_RECORDS, **setup.SOON_MISSED}
        super().__init__(settings, f"{settings.topics}.{GROUP}", topic, **own, **kwargs)
        self.engine = open_postgres(setup.impatient(settings, GROUP))
        self.judging = Judging(str(settings.data), self.engine, settings.zone)
        self.desk = Desk(self.judging, self.health, self, SignalGauges())

    def watch(self) -> Watch:
        return EarlyWarningWatch(self)

    def read(self, record: Any) -> bytes:
        """Called in the consumer's thread: the value as it is; one without a value is refused as empty."""
        return bytes(record.value or b"")

    def topic_now(self) -> str:
        return topics.signals_id(self.said.kafka, self.said.topics)

    def lost(self, partitions: Iterable[TP]) -> None:
        """Called in the consumer's thread: the topic keeps thirty days, and a worker was away for longer. It
        goes on with what there is, and says so."""
        wanted = set(partitions)
        self.loop.call_soon_threadsafe(lambda: self.add_future(self._pass_over(wanted)))

    async def _pass_over(self, partitions: set[TP]) -> None:
        try:
            earliest = await self.reader.earliest(partitions)
            places = {tp.partition: offset for tp, offset in earliest.items()}
            await self.desk.do(lambda: self.judging.pass_over(places))
            await self.reader.replace(partitions & self.reader.assignment())
        except Exception as e:
            log.info("could not go on behind what the topic forgot yet: %s", reason(e))

    async def on_stop(self) -> None:
        await super().on_stop()
        await asyncio.to_thread(self.judging.close)


class EarlyWarningWatch(Watch):
    """Writes what waits, takes new rulebooks up, and hands context on."""

    app: EarlyWarningApp

    async def checked(self) -> None:
        await self.app.desk.do(self.app.judging.renew)

    @Service.task  # type: ignore[untyped-decorator]
    async def _keep(self) -> None:
        async for _ in self.itertimer(KEEP_SECONDS, name="keep"):
            try:
                await self.app.desk.do(self.app.judging.keep)
            except Exception as e:
                log.info("what waits to be written could not be yet: %s", reason(e))

    @Service.task  # type: ignore[untyped-decorator]
    async def _hand_on(self) -> None:
        """One worker does it: the one that has partition 0."""
        known = (-1, 0)
        while not self.should_stop:
            begun = time.monotonic()
            if 0 in self.app.desk.positions.next:
                try:
                    known = await asyncio.to_thread(hand_on, self.app, known)
                except Exception as e:
                    log.warning("context could not be handed on: %s", reason(e))
            await self.sleep(max(CONTEXT_SECONDS, CONTEXT_SHARE * (time.monotonic() - begun)))

    @Service.task  # type: ignore[untyped-decorator]
    async def _tend(self) -> None:
        """What a timer would do (`alerts tend`). Two at once do no harm; one suffices."""
        while not self.should_stop:
            begun, pause = time.monotonic(), CONTEXT_SECONDS
            if 0 in self.app.desk.positions.next:
                try:
                    await asyncio.to_thread(tended, self.app)
                except Exception as e:
                    log.warning("alerts could not be looked after: %s", reason(e))
                pause = max(TEND_SECONDS, CONTEXT_SHARE * (time.monotonic() - begun))
            await self.sleep(pause)


def tended(app: EarlyWarningApp) -> None:
    """Escalates what nobody answered, raises the relapse alerts that are called for, tells whoever is asked.
    What the projectors have not folded yet is seen the next time."""
    judging = app.judging
    with open_ledger(judging.dsn) as ledger:
        done = tending.tend(ledger, lambda: at_live(app.engine), _later, judging.outbox, wall_clock())
    if any(map(bool, done)):
        log.info(
            "raised %d relapse alerts, escalated %d, told %d",
            len(done.raised),
            len(done.escalated),
            done.told,
        )


def _later() -> None:
    """The projectors fold what was recorded; nobody waits for them here."""


def hand_on(app: EarlyWarningApp, known: tuple[int, int]) -> tuple[int, int]:
    """Puts context that changed onto the topic; (events that the read models hold, estates of which it was
    handed on). `known`: the same of the last time: nothing is looked at where both are as they were."""
    signals = app.judging.engine
    with at_live(app.engine) as models, signals.connect() as before:
        events = folded(models)
        if (events, publishing.noted(before)) == known:
            return known
        changed = list(publishing.changed(models, before))
    if changed:
        with sender(app.said.kafka, app.said.topics) as put:
            for one in changed:
                for value in one.values:
                    put(one.estate, value)
        with writing(signals).begin() as connection:
            publishing.note(connection, changed)
        log.info("context of %d estates was handed on", len(changed))
    with signals.connect() as after:
        return events, publishing.noted(after)
