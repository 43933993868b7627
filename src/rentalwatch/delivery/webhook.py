"""A webhook as Standard Webhooks 1.0 has it: JSON, signed, with an id by which a repeat is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rentalwatch.delivery import signing
from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.claiming import Claimed
from rentalwatch.delivery.outcomes import Result
from rentalwatch.delivery.posting import Answer
from rentalwatch.delivery.wording import title
from rentalwatch.domain.instants import SECOND, Micros, instant

TYPE = "rentalwatch.notifications"

Request = tuple[str, dict[str, str], bytes]
"""URL, headers, body."""


def request(channel: Channel, secrets: Mapping[str, str], claimed: Claimed, now: Micros) -> Request:
    """What is posted. The body is the same in every try; timestamp and signature are the try's."""
    body = json.dumps(_content(channel, claimed), ensure_ascii=False, separators=(",", ":")).encode()
    seconds = now // SECOND
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "rentalwatch",
        "webhook-id": claimed.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signing.standard(secrets["secret_env"], claimed.id, seconds, body),
    }
    return channel.endpoint, headers, body


def judged(answer: Answer) -> Result:
    """Sent is what was answered with 2xx; a redirect is a no."""
    if 200 <= answer.status < 300:
        return Result("sent", answer.status)
    if answer.status in (429, 503) and answer.wait is not None:
        return Result("limited", answer.status, wait=answer.wait)
    return Result("limited" if answer.status == 429 else "refused", answer.status)


def _content(channel: Channel, claimed: Claimed) -> dict[str, Any]:
    told = claimed.notifications
    first = told[0]
    return {
        "type": TYPE,
        "timestamp": instant(claimed.turn_from).isoformat().replace("+00:00", "Z"),
        "data": {
            "message": claimed.id,
            "level": first.level,
            "area": first.area,
            "place": first.place or first.area,
            "severity": first.severity.word,
            "title": {lang: title(told, lang) for lang in ("en", "zh")},
            "notifications": [
                n.model_dump(mode="json", include={"id", "about", "title", "body", "due"}) for n in told
            ],
        },
    }
