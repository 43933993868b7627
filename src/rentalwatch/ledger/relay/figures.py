"""The relay's metrics, in one place: what is set when."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from rentalwatch.errors import RentalwatchError
from rentalwatch.ledger.store import Recorded, Recorder, wall_clock
from rentalwatch.observe import metrics

LOOK_SECONDS = 1.0
"""How often the ledger's end is asked for."""


class Figures:
    """What a relay shows of itself while it leads; a standby shows zeros."""

    def __init__(self) -> None:
        self._recorder: Recorder | None = None
        self.position: int | None = None
        self._looked_at = 0.0
        self._last = 0

    @contextmanager
    def leading(self, recorder: Recorder) -> Iterator[None]:
        """While this process is the leader. An outage of Kafka shows as growing lag, attempt by attempt."""
        self._recorder = recorder
        metrics.RELAY_LEADER.set(1)
        try:
            if self.position is not None:
                with suppress(RentalwatchError):
                    self.seen(self.position, recorder.read_recorded(self.position, 1))
            yield
        finally:
            self._recorder = None
            metrics.RELAY_LEADER.set(0)

    def standing_by(self) -> None:
        """Another relay publishes, and shows how far it is."""
        self.position = None
        metrics.RELAY_LAG_EVENTS.set(0)
        metrics.RELAY_LAG_SECONDS.set(0)

    def seen(self, position: int, rows: Sequence[Recorded]) -> None:
        """The published position, and the first events behind it. Raises StorageError."""
        self.position = position
        metrics.RELAY_POSITION.set(position)
        metrics.RELAY_LAG_SECONDS.set(max(0.0, (wall_clock() - rows[0].recorded_at) / 1e6) if rows else 0.0)
        end = self._end(rows[-1].position if rows else position)
        metrics.RELAY_LAG_EVENTS.set(max(0, end - position))
        metrics.LEDGER_POSITION.set(end)

    def _end(self, at_least: int) -> int:
        now = time.monotonic()
        if self._recorder is not None and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._last = self._recorder.max_notification_id() or 0
        return max(at_least, self._last)

    @contextmanager
    def transaction(self, rows: Sequence[Recorded]) -> Iterator[None]:
        """One transaction; counts only what was committed."""
        with metrics.RELAY_TRANSACTION_SECONDS.time():
            yield
        metrics.RELAY_EVENTS.inc(len(rows))
        metrics.RELAY_BYTES.inc(sum(len(row.state) + len(row.stream_id) for row in rows))

    def failed(self, kind: str) -> None:
        """Publishing broke off; `kind` is one of `metrics.REASONS`."""
        metrics.RELAY_FAILURES.labels(kind).inc()


__all__ = ["Figures"]
