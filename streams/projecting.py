"""The projector as a worker: the topic of events into the read models, and the targets in its metrics."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from mode import Service

from projections.database import FOLD_VERSION
from projections.parking import Unreadable, read_record
from projections.postgres import open_postgres
from rentalwatch.ledger import topics
from rentalwatch.ledger.store import Recorded
from rentalwatch.observe import metrics
from rentalwatch.observe.tracebacks import reason
from rentalwatch.settings import Settings
from streams import figures, setup
from streams.desk import Desk
from streams.folding import Folder
from streams.gauges import ProjectionGauges
from streams.service import WorkerApp
from streams.watch import Watch

TARGETS_SECONDS = 15.0
TARGETS_SHARE = 10
"""The targets are counted this often, and at most a tenth of the time."""

GROUP = "projector"

log = logging.getLogger(__name__)


class ProjectorApp(WorkerApp):
    """Reads the topic of events into the read models. At most one a process."""

    process = setup.PROCESS

    def __init__(self, settings: Settings, **kwargs: Any) -> None:
        group = f"{settings.topics}.{GROUP}.{FOLD_VERSION}"
        super().__init__(settings, group, topics.events_topic(settings.topics), **kwargs)
        metrics.PROJECTION_FOLD_VERSION.set(FOLD_VERSION)
        self.engine = open_postgres(setup.impatient(settings, GROUP))
        self.desk = Desk(Folder(self.engine, self.topic_now), self.health, self, ProjectionGauges())

    def watch(self) -> Watch:
        return ProjectorWatch(self)

    def read(self, record: Any) -> Recorded | Unreadable:
        """Called in the consumer's thread: the event that a record carries."""
        return read_record(record.offset, record.key, record.value, record.headers)

    def topic_now(self) -> str:
        return topics.check(self.said.kafka, self.said.topics)


class ProjectorWatch(Watch):
    """Shows the targets, and what is parked, beside what every worker does."""

    app: ProjectorApp

    async def checked(self) -> None:
        await self._shown(figures.show_parked, self.app.engine)

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
