"""The topics of a cluster as they are: making them, and refusing one that would forget.

How each is to be stands in `wanted_topics`. Needs the extra `cluster` once a function is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rentalwatch.errors import InvalidInputError, NotFoundError, NotPermittedError
from rentalwatch.ledger import brokers
from rentalwatch.ledger.brokers import Standing, asking
from rentalwatch.ledger.wanted_topics import (
    EVENT_PARTITIONS,
    SETTINGS,
    Wanted,
    events_topic,
    holds,
    progress_topic,
    remark,
    settings_of,
    signals_topic,
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
    "signals_topic",
    "wanted",
]

LEADER_SECONDS = 30
"""How long a new topic may be without a leader for each of its partitions."""

PATIENCE_SECONDS = 2
"""How long `check` looks for a topic that a broker may not have heard of yet."""


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
    topics = wanted(prefix)
    with asking(bootstrap) as admin:
        copies = _copies(replication, brokers.number_of(admin))
        there = _checked(admin, topics)
        missing = [topic for topic in topics if topic.name not in there]
        made = brokers.create(admin, {topic.name: _as_made(topic, copies) for topic in missing})
        admin.wait_for_topics([topic.name for topic in topics], timeout_ms=LEADER_SECONDS * 1_000)
        there = _checked(admin, topics, LEADER_SECONDS)
        return [_put_right(admin, topic, there[topic.name], topic.name in made) for topic in topics]


def show(bootstrap: str, prefix: str) -> list[Standing]:
    """The topics as they are; those that are missing are left out. Raises StorageError."""
    with asking(bootstrap) as admin:
        return list(_standing(admin, wanted(prefix)).values())


def check(bootstrap: str, prefix: str) -> str:
    """The topic id of the events topic, once it is certain that neither it nor the progress topic forgets.

    Raises NotFoundError (RW-TOPIC-MISSING), NotPermittedError (RW-TOPIC-FORGETS, RW-TOPIC-PARTITIONS),
    StorageError (RW-KAFKA-UNREACHABLE, RW-KAFKA).
    """
    needed = wanted(prefix)[:2]
    with asking(bootstrap) as admin:
        there = _checked(admin, needed, PATIENCE_SECONDS)
    for topic in needed:
        if topic.name not in there:
            raise NotFoundError(
                f"there is no topic {topic.name}",
                todo="Run `rentalwatch topics apply`. If it was there before: `rentalwatch relay recover`.",
                code="RW-TOPIC-MISSING",
                topic=topic.name,
            )
        _refuse_forgetting(topic, there[topic.name])
    return there[events_topic(prefix)].topic_id


def _standing(admin: Any, topics: Iterable[Wanted], within: float = 0) -> dict[str, Standing]:
    names = [topic.name for topic in topics]
    return brokers.standing(admin, names, SETTINGS, within)


def _checked(admin: Any, topics: Iterable[Wanted], within: float = 0) -> dict[str, Standing]:
    topics = tuple(topics)
    there = _standing(admin, topics, within)
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


def _copies(wanted_copies: int | None, there: int) -> int:
    copies = min(3, there) if wanted_copies is None else wanted_copies
    if not 1 <= copies <= there:
        raise InvalidInputError(
            f"{copies} copies of a topic need as many brokers; {there} answer",
            todo="Start more brokers, or ask for fewer copies.",
            code="RW-OPTIONS",
        )
    return copies


def _as_made(topic: Wanted, copies: int) -> dict[str, Any]:
    settings = {setting.name: setting.value for setting in settings_of(topic, copies)}
    return {"num_partitions": topic.partitions, "replication_factor": copies, "configs": settings}


def _put_right(admin: Any, topic: Wanted, found: Standing, made: bool) -> Applied:
    differing = [s for s in settings_of(topic, found.replication) if not holds(s, found.settings)]
    changes = {s.name: s.value for s in differing if s.mend != "never"}
    if changes:
        brokers.change(admin, topic.name, changes)
    left = tuple(s.name for s in differing if s.mend == "never")
    done = "created" if made else "changed" if changes else "unchanged"
    return Applied(found._replace(settings=found.settings | changes), done, tuple(changes), left)
