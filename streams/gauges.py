"""What a worker shows of its partitions, whatever it folds them into."""

from __future__ import annotations

from typing import Protocol

from rentalwatch.observe import metrics


class Gauges(Protocol):
    """The metrics of one kind of worker."""

    def overtaken(self) -> None:
        """A batch was dropped, since another worker has the partition."""

    def stands(self, partition: int, why: str) -> None:
        """A partition stands still, by the name of the reason; "": it goes on."""

    def lag(self, partition: int, records: int, seconds: float) -> None:
        """So many records wait, the first for so long."""

    def forget(self, partition: int) -> None:
        """Another worker has the partition now."""


class ProjectionGauges:
    """Of a projector."""

    def overtaken(self) -> None:
        metrics.PROJECTION_OVERTAKEN.inc()

    def stands(self, partition: int, why: str) -> None:
        metrics.PROJECTION_GAP.labels(str(partition)).set(why == "gap")

    def lag(self, partition: int, records: int, seconds: float) -> None:
        metrics.PROJECTION_LAG_EVENTS.labels(str(partition)).set(records)
        metrics.PROJECTION_LAG_SECONDS.labels(str(partition)).set(seconds)

    def forget(self, partition: int) -> None:
        metrics.forget_partition(partition)


class SignalGauges:
    """Of a worker of early warning."""

    def overtaken(self) -> None:
        metrics.SIGNALS_OVERTAKEN.inc()

    def stands(self, partition: int, why: str) -> None:
        """A partition that stands still makes the process unready, which says enough."""

    def lag(self, partition: int, records: int, seconds: float) -> None:
        metrics.SIGNALS_LAG_RECORDS.labels(str(partition)).set(records)
        metrics.SIGNALS_LAG_SECONDS.labels(str(partition)).set(seconds)

    def forget(self, partition: int) -> None:
        metrics.forget_signals(partition)
