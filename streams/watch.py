"""What a worker does beside folding: tries again what stands still, shows its lag, makes sure that its name
and its topic are still the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from mode import Service

from rentalwatch.errors import RentalwatchError, StorageError
from rentalwatch.observe.tracebacks import reason
from streams import setup
from streams.gauges import Gauges

if TYPE_CHECKING:
    from streams.service import WorkerApp

PLACE_SECONDS = 2.0
"""Between two tries to go on with partitions whose place is not known."""

STANDING_TRIES = 5
"""One that stands still for what its records hold is tried once in so many: each try reads them again."""

LOOK_SECONDS = 1.0
"""How often the lag is measured."""

CHECK_SECONDS = 10.0
"""How often a worker makes sure that its name and its topic are still the same."""

log = logging.getLogger(__name__)


class NameTakenError(StorageError):
    """Another process has this worker's name: it ends, and its supervisor starts it anew."""

    code = "RW-WORKER-NAME"


class Watch(Service):  # type: ignore[misc]
    """Runs beside the app's own services, from after its start until its end."""

    logger = setup.QUIET

    def __init__(self, app: WorkerApp, **kwargs: Any) -> None:
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
                show_lag(app.desk.gauges, tp.partition, behind, app.desk.oldest)

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
                await self.checked()

    async def checked(self) -> None:
        """What else is done each time that name and topic were found right."""

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
        found = await asyncio.to_thread(app.topic_now)
        if found != app.topic_id:
            log.error("the topic is another one now")
            await app.use(found)


def show_lag(gauges: Gauges, partition: int, records: int, oldest: dict[int, float]) -> None:
    """The lag of a partition in records and in seconds. `oldest`: when what is waited for was written, as far
    as that is known; else it is counted from now on."""
    seconds = 0.0
    if records:
        seconds = max(0.0, time.time() - oldest.setdefault(partition, time.time()))
    else:
        oldest.pop(partition, None)
    gauges.lag(partition, records, seconds)
