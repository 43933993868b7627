"""The topics of a cluster as they are: making them, and refusing one that would forget.

How each is to be stands in `wanted_topics`. Needs the extra `cluster` once a function is called.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger import brokers
from rentalwatch.ledger.brokers import Standing, asked
from rentalwatch.ledger.wanted_topics import (
    EVENT_PARTITIONS,
    SETTINGS,
    Wanted,
    as_made,
    events_topic,
    holds,
    progress_topic,
    remark,
    signals_topic,
    to_change,
    wanted,
)

__all__ = [
    "EVENT_PARTITIONS",
    "Applied",
    "Standing",
    "apply",
    "check",
    "events_topic",
    "progress_topic",
    "remark",
    "show",
    "signals_id",
    "signals_topic",
    "wanted",
]

SETTLED_SECONDS = 30
"""How long `apply` waits until all topics are as they are to be, each partition with a leader."""

PATIENCE_SECONDS = 1
"""How long `check` goes on looking: a broker may hear a moment later of what `apply` has just done."""

POLL_SECONDS = 0.1
"""Between two looks."""


class Applied(NamedTuple):
    """What `apply` did with a topic.

    `done` is "created", "changed" or "unchanged"; `changes` names the settings that were put right, `left`
    those that differ and stay, since changing them would delete something."""

    standing: Standing
    done: str
    changes: tuple[str, ...]
    left: tuple[str, ...]


def apply(bootstrap: str, prefix: str, replication: int | None = None) -> list[Applied]:
    """Makes the topics that are missing, waits until every partition has a leader, and puts right what
    differs where that loses nothing. Repeatable, and safe when several do it at once.

    `replication` is of topics that are made (default: 3, or the number of brokers if that is smaller).
    Raises NotPermittedError (RW-TOPIC-PARTITIONS) on another number of partitions, before anything is made or
    changed; InvalidInputError on more copies than brokers; StorageError when brokers do not answer or refuse.
    """
    topics, done = wanted(prefix), _Done()
    there = asked(bootstrap, lambda admin: _made_so(admin, topics, replication, done))
    return [_applied(topic, there[topic.name], done) for topic in topics]


def _made_so(
    admin: Any, topics: Sequence[Wanted], replication: int | None, done: _Done
) -> dict[str, Standing]:
    copies = brokers.copies(admin, replication)
    give_up = time.monotonic() + SETTLED_SECONDS
    while (there := _settled(admin, topics, copies, done)) is None:
        if time.monotonic() > give_up:
            raise brokers.refused(f"the topics are not ready within {SETTLED_SECONDS} s")
        time.sleep(POLL_SECONDS)
    return there


def show(bootstrap: str, prefix: str) -> list[Standing]:
    """The topics as they are; those that are missing are left out. Raises StorageError."""
    return list(asked(bootstrap, lambda admin: _standing(admin, wanted(prefix))).values())


def check(bootstrap: str, prefix: str) -> str:
    """The topic id of the events topic, once it is certain that neither it nor the progress topic forgets.

    Raises NotFoundError (RW-TOPIC-MISSING), NotPermittedError (RW-TOPIC-FORGETS, RW-TOPIC-PARTITIONS),
    StorageError (RW-KAFKA-UNREACHABLE, RW-KAFKA).
    """
    return asked(bootstrap, lambda admin: _certain_at_last(admin, wanted(prefix)[:2]))


def signals_id(bootstrap: str, prefix: str) -> str:
    """The topic id of the topic of signals. Raises NotFoundError (RW-TOPIC-MISSING), NotPermittedError
    (RW-TOPIC-PARTITIONS), StorageError as `check`."""
    topic = wanted(prefix)[2]

    def found(admin: Any) -> str:
        there = _checked(admin, [topic])
        if topic.name not in there:
            raise _missing(topic)
        return there[topic.name].topic_id

    return asked(bootstrap, found)


def _certain_at_last(admin: Any, needed: Sequence[Wanted]) -> str:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return _certain(admin, needed)
        except (NotFoundError, NotPermittedError):
            if time.monotonic() > give_up:
                raise
        time.sleep(POLL_SECONDS)


def _certain(admin: Any, needed: Sequence[Wanted]) -> str:
    there = _checked(admin, needed)
    for topic in needed:
        if topic.name not in there:
            raise _missing(topic)
        _refuse_forgetting(topic, there[topic.name])
    return there[needed[0].name].topic_id


def _missing(topic: Wanted) -> NotFoundError:
    return NotFoundError(
        f"there is no topic {topic.name}",
        todo="Run `rentalwatch topics apply`. If it was there before: `rentalwatch relay recover`.",
        code="RW-TOPIC-MISSING",
        topic=topic.name,
    )


def _standing(admin: Any, topics: Sequence[Wanted]) -> dict[str, Standing]:
    return brokers.standing(admin, [topic.name for topic in topics], SETTINGS)


def _checked(admin: Any, topics: Sequence[Wanted]) -> dict[str, Standing]:
    there = _standing(admin, topics)
    for topic in topics:
        found = there[topic.name].partitions if topic.name in there else topic.partitions
        if found != topic.partitions:
            raise NotPermittedError(
                f"the topic {topic.name} has {found} partitions instead of {topic.partitions}",
                todo="Their number can never change, since a key's partition follows from it. Begin with"
                " another RENTALWATCH_TOPICS; or delete the topic, then `rentalwatch relay recover`.",
                code="RW-TOPIC-PARTITIONS",
                topic=topic.name,
            )
    return there


def _refuse_forgetting(topic: Wanted, found: Standing) -> None:
    for setting in topic.settings:
        value = found.settings.get(setting.name)
        if setting.mend == "always" and value != setting.value:
            raise NotPermittedError(
                f"the topic {topic.name} would forget: its {setting.name} is {value}, not {setting.value}",
                todo="Run `rentalwatch topics apply`, then `rentalwatch verify --kafka`: it says whether"
                " anything was forgotten already.",
                code="RW-TOPIC-FORGETS",
                topic=topic.name,
                setting=setting.name,
            )


class _Done:
    """What one `apply` has done so far."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.changed: dict[str, dict[str, str]] = {}


def _settled(admin: Any, topics: Sequence[Wanted], copies: int, done: _Done) -> dict[str, Standing] | None:
    """Does what is still to be done; the topics once that is nothing and all can be written to."""
    there = _checked(admin, topics)
    missing = {topic.name: as_made(topic, copies) for topic in topics if topic.name not in there}
    done.made |= brokers.create(admin, missing)
    wrong = {
        t.name: to_change(t, there[t.name].replication, there[t.name].settings)
        for t in topics
        if t.name in there
    }
    for name, settings in wrong.items():
        if settings:
            brokers.change(admin, name, settings)
            done.changed[name] = done.changed.get(name, {}) | settings
    ready = not missing and not any(wrong.values()) and all(topic.led for topic in there.values())
    return there if ready else None


def _applied(topic: Wanted, found: Standing, done: _Done) -> Applied:
    changes = tuple(done.changed.get(topic.name, ()))
    said = "created" if topic.name in done.made else "changed" if changes else "unchanged"
    return Applied(
        found, said, changes, tuple(s.name for s in topic.settings if not holds(s, found.settings))
    )
