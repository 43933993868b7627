"""Asking the brokers of a cluster about topics, with sentences for people where they do not answer.

Needs the extra `cluster`; the client of Kafka is imported when it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from rentalwatch.errors import InvalidInputError, StorageError

ANSWER_MS = 5_000
"""How long no broker may answer before that is said. A broker that lives answers in milliseconds, one that
is just starting in three seconds."""

REQUEST_MS = 15_000
"""How long one request may take: the library's 30 s would outlast a supervisor's patience."""

AGAIN_SECONDS = 0.2
"""Before a question is asked again."""

UNREACHABLE = "RW-KAFKA-UNREACHABLE"

UNKNOWN_TOPIC, NO_LEADER, EXISTS = 3, 5, 36
"""Kafka's numbers for what may be so and is no fault of the cluster."""


Answer = TypeVar("Answer")


class Standing(NamedTuple):
    """How a topic is: `settings` as the brokers have them, those that were asked for; `led` if every
    partition has a leader, so that it can be written to."""

    name: str
    topic_id: str
    partitions: int
    replication: int
    led: bool
    settings: dict[str, str]


@contextmanager
def asking(bootstrap: str) -> Iterator[Any]:
    """A `KafkaAdminClient` on the brokers given (host:port, separated by commas), closed at the end.

    Raises StorageError: RW-KAFKA-UNREACHABLE when none answers within 5 s, RW-KAFKA for what they refuse.
    """
    from kafka.errors import KafkaError, KafkaTimeoutError, RetriableError

    try:
        client = _connected(bootstrap)
    except (KafkaError, OSError, ValueError) as e:
        raise unreachable(bootstrap) from e
    try:
        yield client
    except (KafkaTimeoutError, RetriableError) as e:
        raise unreachable(bootstrap, e) from e
    except KafkaError as e:
        raise refused(str(e)) from e
    finally:
        client.close()


def asked(bootstrap: str, question: Callable[[Any], Answer]) -> Answer:
    """The answer to a question that may be asked again, given a `KafkaAdminClient`. A broker that has just
    gone away is still named by the others for a moment and refuses: so it is asked again for 5 s.

    Raises StorageError as `asking` does.
    """
    give_up = time.monotonic() + ANSWER_MS / 1000
    while True:
        try:
            with asking(bootstrap) as admin:
                return question(admin)
        except StorageError as e:
            if e.code != UNREACHABLE or time.monotonic() > give_up:
                raise
        time.sleep(AGAIN_SECONDS)


def _connected(bootstrap: str) -> Any:
    """The library leaves its thread running when no broker answers: whoever asks again and again until one
    does would gather threads, each of them still trying. So the thread is ended here."""
    from kafka import KafkaAdminClient
    from kafka.net.compat import KafkaNetClient

    begun: list[Any] = []

    def begin(**settings: Any) -> Any:
        begun.append(KafkaNetClient(**settings))
        return begun[-1]

    try:
        return KafkaAdminClient(
            bootstrap_servers=[server.strip() for server in bootstrap.split(",")],
            bootstrap_timeout_ms=ANSWER_MS,
            request_timeout_ms=REQUEST_MS,
            kafka_client=begin,
        )
    except BaseException:
        for client in begun:
            client.close()
            client._manager._net.stop()
        raise


def unreachable(bootstrap: str, said: Exception | None = None) -> StorageError:
    """No broker answers, or none in time."""
    return StorageError(
        f"no broker of Kafka answers at {bootstrap}" + (f": {said}" if said else ""),
        todo="Check RENTALWATCH_KAFKA, and that the brokers run (`rentalwatch dev status`).",
        code=UNREACHABLE,
        bootstrap=bootstrap,
    )


def refused(said: str) -> StorageError:
    """A broker answers, and says no."""
    return StorageError(
        f"the broker says: {said}",
        todo="Check the brokers' logs and what this user of theirs may do.",
        code="RW-KAFKA",
    )


def number_of(admin: Any) -> int:
    """How many brokers the cluster has, those that are away for the moment included: a topic that is made
    while one restarts is to have as many copies as any other."""
    return len(admin.describe_cluster()["brokers"])


def copies(admin: Any, asked_for: int | None) -> int:
    """How many copies a topic gets: three, or as many as there are brokers. Raises InvalidInputError."""
    there = number_of(admin)
    found = min(3, there) if asked_for is None else asked_for
    if not 1 <= found <= there:
        raise InvalidInputError(
            f"{found} copies of a topic need as many brokers; there are {there}",
            todo="Start more brokers, or ask for fewer copies.",
            code="RW-OPTIONS",
        )
    return found


def standing(admin: Any, names: Sequence[str], settings: Sequence[str]) -> dict[str, Standing]:
    """Those of the topics that the broker asked knows of, by name, with these settings. Brokers hear of a
    topic, or a setting, a moment after it was made: what is missing may be there. Raises StorageError."""
    from kafka.admin import ConfigResource
    from kafka.errors import for_code

    topics = {topic["name"]: topic for topic in admin.describe_topics([*names])}
    for name, topic in topics.items():
        if topic["error_code"] not in (0, UNKNOWN_TOPIC, NO_LEADER):
            raise refused(f"{name}: {for_code(topic['error_code']).__name__}")
    asked = [ConfigResource("TOPIC", n, [*settings]) for n in names if topics[n]["error_code"] == 0]
    told = admin.describe_configs(asked, config_filter="all").get("topic", {}) if asked else {}
    return {name: _as_standing(topics[name], found) for name, found in told.items() if found}


def _as_standing(topic: Mapping[str, Any], told: Mapping[str, Any]) -> Standing:
    partitions = topic["partitions"]
    return Standing(
        topic["name"],
        str(topic["topic_id"]),
        len(partitions),
        min((len(partition["replica_nodes"]) for partition in partitions), default=0),
        all(partition["leader_id"] >= 0 for partition in partitions),
        {name: str(setting["value"]) for name, setting in told.items()},
    )


def create(admin: Any, topics: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Makes topics; returns those that nobody else made at the same time. Raises StorageError."""
    if not topics:
        return set()
    told = admin.create_topics(dict(topics), raise_errors=False)["topics"]
    for topic in told:
        if topic["error_code"] not in (0, EXISTS):
            raise refused(f"{topic['name']}: {topic['error_message']}")
    return {topic["name"] for topic in told if topic["error_code"] == 0}


def change(admin: Any, name: str, settings: Mapping[str, str]) -> None:
    """Changes settings of a topic; the others stay. Raises StorageError."""
    from kafka.admin import ConfigResource

    told = admin.alter_configs([ConfigResource("TOPIC", name, dict(settings))])["topic"][name]
    if told != "OK":
        raise refused(f"{name}: {told}")
