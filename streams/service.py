"""The process around a Faust app of ours: its name, its health, where it reads, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, cast

import faust
import sqlalchemy as sa
from faust.types import TP

from rentalwatch.errors import RentalwatchError
from rentalwatch.observe.health import Health, serving
from rentalwatch.observe.tracebacks import reason
from rentalwatch.settings import Settings
from streams import setup
from streams.desk import Desk
from streams.name import Name
from streams.standing import StandstillError
from streams.transport import Consumer, Transport
from streams.watch import LOOK_SECONDS, Watch

WAIT_SECONDS = 1.0
"""Between two looks for what a worker cannot begin without: the database, a free name, the topic."""

SILENCE_SECONDS = 30.0
"""An event loop that was not heard of for so long counts as dead."""

END_SECONDS = 8.5
"""What is not done so long after SIGTERM is left: the database rolls it back. Supervisors kill after ten."""

Found = tuple[str | None, str | None]
"""(what was looked for, why it was not found)."""

log = logging.getLogger(__name__)


class WorkerApp(faust.App):  # type: ignore[misc]
    """Reads one topic, from where the database says. At most one a process."""

    BootStrategy = setup.Boot
    logger = setup.QUIET

    process: str
    """The kind of process, by which its metrics are chosen."""
    listen = setup.LISTEN
    engine: sa.Engine
    desk: Desk

    def __init__(self, settings: Settings, group: str, topic: str, **kwargs: Any) -> None:
        super().__init__(group, **{**setup.faust_settings(settings), **kwargs})
        self.said = settings
        self.topic_name = topic
        self.health = Health(self.process, SILENCE_SECONDS)
        self.health.problem("starting", "it has just been started")
        self.name_held = Name(str(settings.data), group, settings.worker)
        self.topic_id = ""

    # -- what each kind of worker says for itself ---------------------------------------------------

    def watch(self) -> Watch:
        """What runs beside."""
        return Watch(self)

    def read(self, record: Any) -> Any:
        """Called in the consumer's thread: what a record says."""
        raise NotImplementedError

    def topic_now(self) -> str:
        """Asks Kafka for the topic's id; waits. Raises RentalwatchError."""
        raise NotImplementedError

    # -- a process ---------------------------------------------------------------------------------

    @property
    def reader(self) -> Consumer:
        """Our consumer."""
        return cast(Consumer, self.consumer)

    def check(self) -> None:
        """Raises InvalidInputError where it could never begin."""
        setup.check(self.said)

    def on_init_dependencies(self) -> Iterable[Any]:
        """What is started with the app."""
        return chain(super().on_init_dependencies(), [self.watch()])

    async def on_first_start(self) -> None:
        """Shows itself before it can do anything: who waits for it sees why. Raises InvalidInputError.

        Faust would make directories here for tables; there are none, and the root may be read-only."""
        self.check()
        setup.log_our_way(self.said.log, self.process)
        port = self.add_context(serving(self.health, self.said.listen or self.listen))
        log.info("listening on port %d", port, extra={"port": port})

    async def on_start(self) -> None:
        """Waits for the database, a name, and the topic."""
        self.add_future(self._beat())
        name = await self._until(self._named)
        self.conf.consumer_group_instance_id = name
        await self.use(await self._until(self._topic_found))
        log.info("begins as %s", name, extra={"name_of_worker": name})
        await super().on_start()

    async def on_stop(self) -> None:
        """Ends the batch under way or leaves it to be rolled back, in less than ten seconds."""
        timer = threading.Timer(END_SECONDS, _leave)
        timer.daemon = True
        timer.start()
        self.health.problem("stopping", "it was told to end")
        await self.desk.close()
        await super().on_stop()
        await asyncio.to_thread(self.name_held.close)
        self.engine.dispose()

    async def use(self, topic_id: str) -> None:
        """Offsets are those of this topic from now on; every partition is placed anew."""
        self.topic_id = topic_id
        await self.desk.use(topic_id)
        self.desk.positions.drop(list(self.desk.positions.next))

    async def places(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Where the database says that these are to be read from."""
        found = await self.desk.places(tp.partition for tp in partitions)
        return {TP(self.topic_name, partition): offset for partition, offset in found.items()}

    def lost(self, partitions: Iterable[TP]) -> None:
        """Called in the consumer's thread: records that the database waits for are not in the topic."""
        what = (
            "the topic does not hold what comes next: deleted, or forgotten. Run `rentalwatch relay recover`"
        )
        self.loop.call_soon_threadsafe(
            self.desk.stand_still, [tp.partition for tp in partitions], StandstillError("topic", what)
        )

    async def read_again(self, partitions: Iterable[int]) -> None:
        """Reads these from where the database says now."""
        wanted = {TP(self.topic_name, partition) for partition in partitions}
        await self.reader.replace(wanted & self.reader.assignment())

    def halt(self, partitions: Iterable[int]) -> None:
        """Reads these no further, until they are read again."""
        self.reader.pause_partitions(TP(self.topic_name, partition) for partition in partitions)

    def assigned(self) -> set[TP]:
        """The partitions that are this worker's; none while they are being shared out."""
        if self.rebalancing or not self.reader.in_touch():
            return set()
        return set(self.reader.assignment())

    async def tell_group(self) -> None:
        """The group's offsets, for those who watch the group."""
        offsets = {TP(self.topic_name, p): o for p, o in self.desk.positions.next.items() if o}
        if offsets:
            await self.reader.commit_offsets(offsets)

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Whatever was known of any partition may be old: Faust asks `places` anew when this is done."""
        self.desk.release(set(self.desk.positions.last) - {tp.partition for tp in assigned})
        self.desk.positions.drop(list(self.desk.positions.next))
        self.health.problem("starting", None)
        await super()._on_partitions_assigned(assigned, generation_id)

    async def _until(self, find: Callable[[], Found]) -> str:
        """What `find` gives once it gives something; meanwhile the reason why not is shown."""
        while not self.should_stop:
            try:
                found, why_not = await asyncio.to_thread(find)
            except RentalwatchError as e:
                found, why_not = None, f"{e.what}. {e.todo}"
            except Exception as e:
                found, why_not = None, reason(e)
            self.health.problem("waiting", why_not)
            if found:
                return found
            log.info("waiting: %s", why_not)
            await self.sleep(WAIT_SECONDS)
        raise asyncio.CancelledError

    def _named(self) -> Found:
        name = self.name_held.take()
        return name, None if name else f"another worker is called {self.said.worker}"

    def _topic_found(self) -> Found:
        return self.topic_now(), None

    async def _beat(self) -> None:
        while not self.should_stop:
            self.health.alive()
            await self.sleep(LOOK_SECONDS)


def _leave() -> None:
    log.warning("not done in time: the transaction under way is left to the database, which rolls it back")
    os._exit(0)
