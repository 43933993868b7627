"""Who takes a notification: channels found by level and area, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.notification import Notification


class Directory:
    """The channels, by name and by whom they reach."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self.by_name = dict(channels)
        self._by_reach: dict[tuple[str, str], list[Channel]] = defaultdict(list)
        for channel in channels.values():
            for level in channel.levels:
                for area in channel.areas:
                    self._by_reach[level, area].append(channel)

    def taking(self, notification: Notification) -> list[Channel]:
        """Every channel that takes it, once, in the order of their names."""
        found = {
            channel.name: channel
            for area in _enclosing(notification.area)
            for channel in self._by_reach.get((notification.level, area), ())
            if notification.severity >= channel.at_least
        }
        return [found[name] for name in sorted(found)]


def _enclosing(area: str) -> Iterator[str]:
    """An area and all those in which it lies, the whole first."""
    yield ""
    for at, sign in enumerate(area):
        if sign == "/":
            yield area[: at + 1]
