"""Which notifications are told in one message: fifty alerts of one building are one, not fifty.

Pure: what waits and what is open comes in, what is to be written goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rentalwatch.domain.instants import Micros

MOST = 500
"""Notifications in one message; the next one opens another."""


class Key(NamedTuple):
    """What notifications of one message have in common."""

    channel: str
    level: str
    area: str
    place: str
    severity: int


class Waiting(NamedTuple):
    """A notification on its way to a channel."""

    id: str
    key: Key
    at: Micros


class Message(NamedTuple):
    """A message that nobody has tried to send: `parts` notifications so far, going out at `next_at`."""

    id: str
    key: Key
    next_at: Micros
    parts: int


class Grouped(NamedTuple):
    """Messages that are new, and which message each notification is told in (by position)."""

    opened: list[Message]
    joined: list[str]


def grouped(
    waiting: Sequence[Waiting],
    open_: Iterable[Message],
    goes_out: Callable[[Key, Micros], Micros],
    message_id: Callable[[Waiting], str],
) -> Grouped:
    """Puts every notification into the open message of its key, or opens one.

    A message stays open until it is first tried, which is when `goes_out` says for its first notification:
    after the digest's minutes and the quiet hours. Held up for longer, it goes on gathering, so that the
    alerts of a night in one building, or those that piled up behind a limit, are one message as well.
    Guarantees: each notification is in exactly one message, and no message holds more than `MOST`.
    """
    latest = {m.key: m for m in sorted(open_, key=lambda m: m.next_at)}
    counts = {m.id: m.parts for m in latest.values()}
    opened, joined = [], []
    for each in waiting:
        message = latest.get(each.key)
        if message is None or counts[message.id] >= MOST:
            message = Message(message_id(each), each.key, goes_out(each.key, each.at), 0)
            latest[each.key] = message
            counts[message.id] = 0
            opened.append(message)
        counts[message.id] += 1
        joined.append(message.id)
    return Grouped(opened, joined)
