"""The outbox: what is put here is delivered at least once, or is seen not to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.database import open_database
from rentalwatch.delivery.notification import Notification
from rentalwatch.domain.instants import Micros
from rentalwatch.ledger.store import wall_clock

_PUT = sa.text(
    "INSERT INTO notifications (id, put_at, channels, level, area, place, severity, content)"
    " VALUES (:id, :put_at, 0, :level, :area, :place, :severity, :content) ON CONFLICT DO NOTHING"
)


class Outbox:
    """Takes notifications. Safe to use from any thread and any number of processes."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], Micros] = wall_clock) -> None:
        self.engine, self.clock = engine, clock

    def put(self, notifications: Iterable[Notification]) -> int:
        """Stores them, all or none, in one transaction; returns how many were new.

        Guarantees: once it returns they are on disk and will be sent; one whose id was put before is
        passed over, whatever it says now, so that whoever died before hearing the answer may put it again.
        Those put together are told together where they are of one audience, place and severity.
        """
        now = self.clock()
        rows = [_row(n, now) for n in notifications]
        if not rows:
            return 0
        with writing(self.engine).begin() as connection:
            return connection.execute(_PUT, rows).rowcount


@contextmanager
def opened(place: Path | str) -> Iterator[Outbox]:
    """The outbox of a data folder or of a cluster's database. Raises as `open_database` does."""
    engine = open_database(place)
    try:
        yield Outbox(engine)
    finally:
        engine.dispose()


def _row(notification: Notification, now: Micros) -> dict[str, Any]:
    return {
        "id": notification.id,
        "put_at": now,
        "level": notification.level,
        "area": notification.area,
        "place": notification.place or notification.area,
        "severity": int(notification.severity),
        "content": notification.model_dump_json(),
    }


def stored(content: str) -> Notification:
    """A notification as it was put."""
    return Notification.model_validate_json(content)
