"""What a worker does beside folding: tries again what stands still, shows its lag and the targets, makes sure
that its name and its topic are still the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mode import Service

from rentalwatch.errors import RentalwatchError, StorageError
from rentalwatch.ledger import topics
from rentalwatch.observe import metrics
from rentalwatch.observe.tracebacks import reason
from streams import figures, setup

if TYPE_CHECKING:
    from streams.service import ProjectorApp

PLACE_SECONDS = 2.0
"""Between two tries to go on with partitions whose place is not known."""

STANDING_TRIES = 5
"""One that stands still for what its records hold is tried once in so many: each try reads them again."""

LOOK_SECONDS = 1.0
"""How often the lag is measured."""

CHECK_SECONDS = 10.0
"""How often a worker makes sure that its name and its topic are still the same."""

TARGETS_SECONDS = 15.0
TARGETS_SHARE = 10
"""The targets are counted this often, and at most a tenth of the time."""

log = logging.getLogger(__name__)


class NameTakenError(StorageError):
    """Another process has this worker's name: it ends, and its supervisor starts it anew."""

    code = "RW-WORKER-NAME"


class Watch(Service):  # type: ignore[misc]
    """Runs beside the app's own services, from after its start until its end."""

    logger = setup.QUIET

    def __init__(self, app: ProjectorApp, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.app = app

    @Service.task  # type: ignore[untyped-decorator]
    async def _go_on(self) -> None:
        """What stood in the way may have passed."""
        tries, desk = 0, self.app.desk
        async for _ in self.itertimer(PLACE_SECONDS, name="go_on"):
            tries += 1
            resting = desk.standing if tries % STANDING_TRIES else ()
            known = {*desk.positions.next, *resting}
            waiting = {tp for tp in self.app.assigned() if tp.partition not in known}
            if waiting:
                await self.app.reader.replace(waiting)

    @Service.task  # type: ignore[untyped-decorator]
    async def _show_lag(self) -> None:
        app = self.app
        async for _ in self.itertimer(LOOK_SECONDS, name="show_lag"):
            app.health.problem(
                "kafka", None if app.reader.in_touch() else "no broker that looks after the group answers"
            )
            for tp in app.assigned():
                last = app.desk.positions.last.get(tp.partition, 0)
                behind = 0 if app.reader.nothing_after(tp, last) else max(1, app.reader.highwater(tp) - last)
                show_lag(tp.partition, behind, app.desk.oldest)

    @Service.task  # type: ignore[untyped-decorator]
    async def _check(self) -> None:
        async for _ in self.itertimer(CHECK_SECONDS, name="check"):
            try:
                await self._same_name()
                await self._same_topic()
            except NameTakenError:
                raise
            except RentalwatchError as e:
                self.app.health.problem("topic", e.what)
            except Exception as e:
                self.app.health.problem("topic", reason(e))
            else:
                self.app.health.problem("topic", None)
                await self.app.tell_group()
                await self._shown(figures.show_parked, self.app.engine)

    async def _same_name(self) -> None:
        """Raises NameTakenError. The database may be away: then nobody can take the name either."""
        name = self.app.name_held
        try:
            kept = await asyncio.to_thread(name.keep)
        except StorageError:
            return
        if not kept:
            raise NameTakenError(f"another worker is called {name.held} now: this one ends")

    async def _same_topic(self) -> None:
        """Raises RentalwatchError."""
        app = self.app
        found = await asyncio.to_thread(topics.check, app.said.kafka, app.said.topics)
        if found != app.topic_id:
            log.error("the topic of events is another one now")
            await app.use(found)

    @Service.task  # type: ignore[untyped-decorator]
    async def _show_figures(self) -> None:
        while not self.should_stop:
            begun = time.monotonic()
            await self._shown(self._show_targets)
            await self.sleep(max(TARGETS_SECONDS, TARGETS_SHARE * (time.monotonic() - begun)))

    async def _shown(self, show: Callable[..., None], *args: Any) -> None:
        """Figures are not worth an end of the process."""
        try:
            await asyncio.to_thread(show, *args)
        except Exception as e:
            log.info("figures cannot be counted now: %s", reason(e))

    def _show_targets(self) -> None:
        """One worker shows the targets: the one that has partition 0."""
        if 0 in self.app.desk.positions.next:
            figures.show_targets(self.app.engine, self.app.said.zone)
        else:
            figures.hide_targets()


def show_lag(partition: int, events: int, oldest: dict[int, float]) -> None:
    """The lag of a partition in events and in seconds. `oldest`: when what is waited for was written, as far
    as that is known; else it is counted from now on."""
    seconds = 0.0
    if events:
        seconds = max(0.0, time.time() - oldest.setdefault(partition, time.time()))
    else:
        oldest.pop(partition, None)
    metrics.PROJECTION_LAG_EVENTS.labels(str(partition)).set(events)
    metrics.PROJECTION_LAG_SECONDS.labels(str(partition)).set(seconds)
