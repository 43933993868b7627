"""The topics of a cluster: their names, and how each is to be.

The one place where this stands; `docs/asyncapi.yaml` describes what lies in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rentalwatch.domain.instants import DAY

EVENT_PARTITIONS = 12
"""For ever: a key's partition follows from their number, so another number would put the later events of a
home into another partition than its earlier ones, and their order would be lost."""

SIGNAL_PARTITIONS = 12
"""As many as of events: a worker for each at most, and the key is the estate."""

MESSAGE_BYTES = 2 * 1024 * 1024
"""An event may be as large as a commit, 1 MiB; its key and headers come on top, which Kafka's own 1 MiB
would not hold."""

SIGNAL_BYTES = 5 * 1024 * 1024
"""A record of readings may be 4 MiB (`signals.records`); its key comes on top."""

SIGNAL_DAYS = 30
"""Readings show when people are at home and the hashes of their cards are personal data, so they are kept no
longer than this (domain §7): what is left then are counts for a home and day. What they led to is among the
events for ever."""

SETTINGS = (
    *("cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes"),
    *("min.insync.replicas", "unclean.leader.election.enable", "message.timestamp.type"),
)
"""The settings that matter here."""


class Setting(NamedTuple):
    """One setting of a topic. `mend` says when `apply` may change it on a topic that is there: "always",
    "raise" (a greater value, or -1 for no limit, stays), "never"."""

    name: str
    value: str
    mend: str = "always"


class Wanted(NamedTuple):
    """How a topic is to be."""

    name: str
    partitions: int
    settings: tuple[Setting, ...]


def events_topic(prefix: str) -> str:
    """Every event, published once, for ever."""
    return f"{prefix}.events.v1"


def progress_topic(prefix: str) -> str:
    """How far the relay has come."""
    return f"{prefix}.progress.v1"


def signals_topic(prefix: str) -> str:
    """Readings of meters, gates and listings, and what the warning rules need to know of homes."""
    return f"{prefix}.signals.v1"


def wanted(prefix: str) -> tuple[Wanted, Wanted, Wanted]:
    """How the topics are to be: events, progress, signals. `min.insync.replicas` follows the replication."""
    whole = Setting("unclean.leader.election.enable", "false")  # a broker that lags must not lead: it forgets
    large = Setting("max.message.bytes", str(MESSAGE_BYTES), "raise")
    keeps = (
        Setting("cleanup.policy", "delete"),
        Setting("retention.ms", "-1"),
        Setting("retention.bytes", "-1"),
    )
    passes = (
        Setting("cleanup.policy", "delete", "never"),
        # longer is put right as well: what is over it must not be kept
        Setting("retention.ms", str(SIGNAL_DAYS * DAY // 1_000)),
        # the brokers' own time: by a sender's clock that is off, readings would be kept for years
        Setting("message.timestamp.type", "LogAppendTime"),
    )
    larger = Setting("max.message.bytes", str(SIGNAL_BYTES), "raise")
    return (
        Wanted(events_topic(prefix), EVENT_PARTITIONS, (*keeps, whole, large)),
        Wanted(progress_topic(prefix), 1, (Setting("cleanup.policy", "compact"), whole)),
        Wanted(signals_topic(prefix), SIGNAL_PARTITIONS, (*passes, whole, larger)),
    )


def insync(replication: int) -> int:
    """How many replicas must have a record before it counts: two of three, so that one broker may fail and
    nothing acknowledged is lost; with fewer replicas one, since two of two would stop at every restart."""
    return 2 if replication >= 3 else 1


def settings_of(topic: Wanted, copies: int) -> tuple[Setting, ...]:
    """All settings of a topic that has so many copies."""
    return (*topic.settings, Setting("min.insync.replicas", str(insync(copies))))


def holds(setting: Setting, found: Mapping[str, str]) -> bool:
    """Whether a topic with these settings needs no change."""
    value = found.get(setting.name, "")
    if setting.mend == "raise":
        return value == "-1" or int(value or 0) >= int(setting.value)
    return value == setting.value


def as_made(topic: Wanted, copies: int) -> dict[str, Any]:
    """What a broker is told to make."""
    settings = {setting.name: setting.value for setting in settings_of(topic, copies)}
    return {"num_partitions": topic.partitions, "replication_factor": copies, "configs": settings}


def to_change(topic: Wanted, copies: int, found: Mapping[str, str]) -> dict[str, str]:
    """What a broker is told to change in a topic with these settings: nothing that would delete records, but
    readings that were kept longer than they may be."""
    settings = settings_of(topic, copies)
    return {s.name: s.value for s in settings if s.mend != "never" and not holds(s, found)}


def remark(replication: int) -> str:
    """What an operator should know of so many copies; empty if there are enough."""
    if replication >= 3:
        return ""
    if replication == 2:
        return "Two copies of each record: while one broker is away, a single disk holds the only one."
    return "One copy of each record: a single broker's disk is the only place where the topics lie."
