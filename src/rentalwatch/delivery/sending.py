"""One try: a message, its channel and its secrets go in, what became of it comes out."""

from __future__ import annotations

from collections.abc import Mapping

from rentalwatch.delivery import mail, robots, webhook
from rentalwatch.delivery.channels import ROBOTS, Channel
from rentalwatch.delivery.claiming import Claimed
from rentalwatch.delivery.deadline import Timeouts
from rentalwatch.delivery.outcomes import FailedError, Result
from rentalwatch.delivery.posting import post
from rentalwatch.domain.instants import Micros


def send(
    channel: Channel,
    secrets: Mapping[str, str],
    claimed: Claimed,
    now: Micros,
    timeouts: Timeouts = Timeouts(),
) -> Result:
    """Tries once, in bounded time. `sent` only if the other side said so. Raises nothing of the network."""
    try:
        if channel.kind == "smtp":
            return mail.send(channel, secrets, claimed, now, timeouts)
        is_robot = channel.kind in ROBOTS
        asking, judged = (robots.request, robots.judged) if is_robot else (webhook.request, webhook.judged)
        url, headers, body = asking(channel, secrets, claimed, now)
        private = channel.allow_private
        return judged(post(url, headers, body, private=private, now=now, timeouts=timeouts))
    except FailedError as e:
        return e.result
