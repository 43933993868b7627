"""Every metric of every process, in one place; `docs/metrics.md` says what each means, a test compares.

Names begin with `rentalwatch_` and end with their unit. Labels have few values that are known beforehand: no
file, no person, no record is ever named in one. A process serves only the metrics that it sets (`served_by`),
so that a 0 is a measurement.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

disable_created_metrics()  # type: ignore[no-untyped-call]

COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from a commit on a fast disk (1 ms) to one that a person has given up on (10 s)."""

VISIBLE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds from recorded to visible: the promises lie at 0.15 (half of all), 0.25 and 1 (99 of 100)."""

OUTCOMES = ("stored", "again", "refused", "failed")
"""Of a command: stored; stored before; refused by a rule; the disk or the database stood in the way."""

REASONS = ("kafka", "database", "leadership", "refused", "other")
"""Why the relay broke off: the broker, the database, another leader, its progress does not fit the ledger."""

SENDINGS = ("sent", "refused", "limited", "unreachable", "timeout", "forbidden", "broken", "unknown")
"""What became of a try to send a message (docs/delivery.md)."""

CAUSES = ("a", "b1", "b2", "b3")
"""Why a home counts as omitted (docs/targets.md)."""


def _counter(name: str, says: str, labels: Iterable[str] = ()) -> Counter:
    return Counter(name, says, labels, registry=None)


def _gauge(name: str, says: str, labels: Iterable[str] = ()) -> Gauge:
    return Gauge(name, says, labels, registry=None)


def _histogram(name: str, says: str, buckets: tuple[float, ...] = COMMIT_BUCKETS) -> Histogram:
    return Histogram(name, says, buckets=buckets, registry=None)


PROCESS_READY = _gauge("rentalwatch_process_ready", "1 while /readyz answers 200, else 0.", ["process"])
PROCESS_INFO = _gauge(
    "rentalwatch_process_info", "Always 1; which process and version.", ["process", "version"]
)

LEDGER_COMMIT_SECONDS = _histogram(
    "rentalwatch_ledger_commit_seconds", "From asking for the write lock to the end of the commit."
)
LEDGER_EVENTS = _counter("rentalwatch_ledger_events_total", "Events appended.")
LEDGER_COMMANDS = _counter("rentalwatch_ledger_commands_total", "Commands taken, by outcome.", ["outcome"])
LEDGER_CLOCK_SKEW_SECONDS = _gauge(
    "rentalwatch_ledger_clock_skew_seconds", "How far the last commit's recorded_at ran ahead of the clock."
)
LEDGER_POSITION = _gauge(
    "rentalwatch_ledger_position", "Position of the last event of the ledger, as last seen."
)

RELAY_LEADER = _gauge("rentalwatch_relay_leader", "1 in the relay that publishes, 0 in a standby.")
RELAY_EVENTS = _counter("rentalwatch_relay_events_total", "Events published (committed to Kafka).")
RELAY_BYTES = _counter("rentalwatch_relay_bytes_total", "Bytes of the keys and values of published events.")
RELAY_TRANSACTION_SECONDS = _histogram(
    "rentalwatch_relay_transaction_seconds", "One Kafka transaction, from begin to the end of its commit."
)
RELAY_LAG_EVENTS = _gauge("rentalwatch_relay_lag_events", "Events in the ledger that are not published.")
RELAY_LAG_SECONDS = _gauge(
    "rentalwatch_relay_lag_seconds", "Age of the oldest event not published, 0 if none."
)
RELAY_FAILURES = _counter("rentalwatch_relay_failures_total", "Times that publishing broke off.", ["reason"])
RELAY_POSITION = _gauge("rentalwatch_relay_position", "Position of the last published event.")

PROJECTION_LAG_EVENTS = _gauge(
    "rentalwatch_projection_lag_events", "Events in a partition not yet in the read models.", ["partition"]
)
PROJECTION_LAG_SECONDS = _gauge(
    "rentalwatch_projection_lag_seconds",
    "Age of a partition's oldest event not applied, 0 if none.",
    ["partition"],
)
PROJECTION_GAP = _gauge(
    "rentalwatch_projection_gap",
    "1 while a partition stands still because a version is missing.",
    ["partition"],
)
PROJECTION_EVENTS = _counter("rentalwatch_projection_events_total", "Events applied to the read models.")
PROJECTION_BATCH_SECONDS = _histogram(
    "rentalwatch_projection_batch_seconds", "One database transaction of the projector, whole."
)
PROJECTION_VISIBLE_SECONDS = _histogram(
    "rentalwatch_projection_visible_seconds",
    "From recorded_at to visible in the read models, once a batch for its oldest event.",
    VISIBLE_BUCKETS,
)
PROJECTION_OVERTAKEN = _counter(
    "rentalwatch_projection_batches_overtaken_total",
    "Batches dropped because another worker had the partition.",
)
PROJECTION_REPEATS = _counter("rentalwatch_projection_repeats_total", "Events dropped: applied before.")
PROJECTION_PARKED_STREAMS = _gauge("rentalwatch_projection_parked_streams", "Files set aside (parked).")
PROJECTION_PARKED_RECORDS = _gauge("rentalwatch_projection_parked_records", "Records of the topic set aside.")
PROJECTION_FOLD_VERSION = _gauge("rentalwatch_projection_fold_version", "Fold version this worker applies.")
PROJECTION_REBUILD_RATIO = _gauge(
    "rentalwatch_projection_rebuild_ratio",
    "How much of a rebuild is done, 0 to 1; absent without one.",
    ["fold"],
)

DELIVERY_PENDING = _gauge(
    "rentalwatch_delivery_pending_messages", "Messages, and notifications on their way into one, not sent."
)
DELIVERY_LATE_SECONDS = _gauge(
    "rentalwatch_delivery_late_seconds",
    "For how long the oldest message that is due has not been sent, 0 if none.",
)
DELIVERY_ATTEMPTS = _counter(
    "rentalwatch_delivery_attempts_total", "Tries of this process, by outcome.", ["outcome"]
)
DELIVERY_ATTEMPT_SECONDS = _histogram(
    "rentalwatch_delivery_attempt_seconds", "One try, from its begin to the answer.", VISIBLE_BUCKETS
)
DELIVERY_GIVEN_UP = _gauge(
    "rentalwatch_delivery_given_up_messages", "Messages that were given up, until they are replayed."
)
DELIVERY_UNTOLD = _gauge("rentalwatch_delivery_untold_notifications", "Notifications that no channel took.")

SIGNALS_READINGS = _counter(
    "rentalwatch_signals_readings_total", "Readings that came in, by what became of them.", ["became"]
)
SIGNALS_ALERTS = _counter(
    "rentalwatch_signals_alerts_total", "Alerts recorded that no ledger had before.", ["kind"]
)
SIGNALS_ALERTS_REFUSED = _counter(
    "rentalwatch_signals_alerts_refused_total",
    "Alerts that the ledger refused: it does not know their homes.",
)
SIGNALS_BATCH_SECONDS = _histogram(
    "rentalwatch_signals_batch_seconds", "One batch of records: judged, alerts recorded, counts written."
)
SIGNALS_ALERT_SECONDS = _histogram(
    "rentalwatch_signals_alert_seconds",
    "From when a record lay on the topic to its alerts recorded, once a batch for its oldest record.",
    VISIBLE_BUCKETS,
)
SIGNALS_LAG_RECORDS = _gauge(
    "rentalwatch_signals_lag_records", "Records of a partition that are not judged yet.", ["partition"]
)
SIGNALS_LAG_SECONDS = _gauge(
    "rentalwatch_signals_lag_seconds",
    "Age of a partition's oldest record not judged, 0 if none.",
    ["partition"],
)
SIGNALS_OVERTAKEN = _counter(
    "rentalwatch_signals_batches_overtaken_total",
    "Batches dropped because another worker had the partition.",
)
SIGNALS_FORGOTTEN = _counter(
    "rentalwatch_signals_places_forgotten_total",
    "Times that the topic no longer held what was to be judged next, so that records were passed over.",
)

TARGET_KNOWN = _gauge("rentalwatch_target_known_homes", "Homes in the book.", ["area"])
TARGET_OMITTED = _gauge("rentalwatch_target_omitted_homes", "Zero omission: homes left undone.", ["area"])
TARGET_OMITTED_CAUSE = _gauge(
    "rentalwatch_target_omitted_cause_homes", "Homes left undone, by cause.", ["area", "cause"]
)
TARGET_CONFIRMED_FIRST = _gauge(
    "rentalwatch_target_confirmed_first_homes", "Zero growth: first confirmed this year.", ["area"]
)
TARGET_NET_GROWTH = _gauge(
    "rentalwatch_target_net_growth_homes", "Open homes now less those on 1 January; may be below 0.", ["area"]
)
TARGET_OPEN = _gauge("rentalwatch_target_open_homes", "Homes with an open finding.", ["area"])
TARGET_RELAPSED = _gauge(
    "rentalwatch_target_relapsed_homes", "Zero relapse: homes relapsed this year.", ["area"]
)
TARGET_CLAIMS_UNVERIFIED = _gauge(
    "rentalwatch_target_unverified_claims", "Claims that nobody has verified.", ["area"]
)

for _outcome in OUTCOMES:
    LEDGER_COMMANDS.labels(_outcome)
for _kind in ("alert", "relapse_alert"):
    SIGNALS_ALERTS.labels(_kind)
for _reason in REASONS:
    RELAY_FAILURES.labels(_reason)
for _sending in SENDINGS:
    DELIVERY_ATTEMPTS.labels(_sending)

ALL: dict[str, MetricWrapperBase] = {
    found._name: found for found in list(globals().values()) if isinstance(found, MetricWrapperBase)
}
"""Name → metric. A counter's name is here without `_total`."""

GROUPS = {
    "relay": ("process", "ledger", "relay"),
    "worker": ("process", "projection", "target"),
    "early-warning": ("process", "ledger", "signals"),
    "delivery": ("process", "delivery"),
}
"""Process → the second words of the names of the metrics that it serves; another process serves all."""


def served_by(process: str) -> CollectorRegistry:
    """What /metrics of a process shows: its own metrics, and memory, CPU and open files as `process_*`."""
    registry = CollectorRegistry()
    groups = GROUPS.get(process)
    for name, metric in ALL.items():
        if groups is None or name.split("_")[1] in groups:
            registry.register(metric)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


def forget_signals(partition: int) -> None:
    """Takes a partition's figures away: another worker of early warning has it now."""
    for metric in (SIGNALS_LAG_RECORDS, SIGNALS_LAG_SECONDS):
        metric.remove_by_labels({"partition": str(partition)})


def forget_partition(partition: int) -> None:
    """Takes a partition's figures away: another worker has it now. Unknown ones are no error."""
    for metric in (PROJECTION_LAG_EVENTS, PROJECTION_LAG_SECONDS, PROJECTION_GAP):
        metric.remove_by_labels({"partition": str(partition)})
