"""Chat robots: 企业微信, 钉钉, 飞书. They answer 200 to everything; a code in the answer says yes or no.

Texts are sent as plain text, so that nothing in a title is taken for markup or wakes a whole group.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from rentalwatch.delivery import signing
from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.claiming import Claimed
from rentalwatch.delivery.outcomes import Result, short
from rentalwatch.delivery.posting import Answer
from rentalwatch.delivery.webhook import Request
from rentalwatch.delivery.wording import text
from rentalwatch.domain.instants import SECOND, Micros

LIMITS = {"wecom": 2_048, "dingtalk": 20_000, "feishu": 20_000}
"""Bytes of text that each takes (钉钉 and 飞书: of the whole request, below theirs)."""

TOO_MANY = frozenset({45_009, 130_101, 410_100, 660_026, 9_499, 11_232})
"""Codes for "too many": 企业微信 45009, 钉钉 130101, 410100 and 660026, 飞书 9499 and 11232."""

WAIT_SECONDS = 60.0
"""After such a code: their limits are for a minute."""

Body = dict[str, Any]


def request(channel: Channel, secrets: Mapping[str, str], claimed: Claimed, now: Micros) -> Request:
    """What is posted to the robot of a channel."""
    told = text(claimed.notifications, channel.lang, channel.zone, LIMITS[channel.kind])
    url, body = _ASKING[channel.kind](channel.endpoint, secrets, told, now)
    said = json.dumps(body, ensure_ascii=False).encode()
    return url, {"Content-Type": "application/json; charset=utf-8", "User-Agent": "rentalwatch"}, said


def judged(answer: Answer) -> Result:
    """Sent is what was answered with code 0; 200 alone says nothing, nor does an answer that is no JSON."""
    if answer.status == 429:
        return Result("limited", answer.status, wait=answer.wait or WAIT_SECONDS)
    if answer.status != 200:
        return Result("refused", answer.status, wait=answer.wait)
    code = _code(answer)
    if code is None:
        return Result("broken", answer.status, "no_code")
    if code in TOO_MANY:
        return Result("limited", answer.status, str(code), WAIT_SECONDS)
    return Result("sent", answer.status) if code == 0 else Result("refused", answer.status, short(code))


def _code(answer: Answer) -> int | None:
    """`errcode`, `code`, or `StatusCode` of older 飞书 robots; None if the answer has none."""
    try:
        said = json.loads(answer.body) if answer.whole else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    for name in ("errcode", "code", "StatusCode"):
        if name in said:
            code = said[name]
            return code if isinstance(code, int) and not isinstance(code, bool) else None
    return None


def _wecom(url: str, secrets: Mapping[str, str], told: str, _now: Micros) -> tuple[str, Body]:
    asked = _with(url, {"key": secrets["token_env"]})
    return asked, {"msgtype": "text", "text": {"content": told}}


def _dingtalk(url: str, secrets: Mapping[str, str], told: str, now: Micros) -> tuple[str, Body]:
    asked = {"access_token": secrets["token_env"]}
    if "secret_env" in secrets:
        milliseconds = now // 1_000
        asked |= {"timestamp": str(milliseconds)}
        asked |= {"sign": signing.dingtalk(secrets["secret_env"], milliseconds)}
    return _with(url, asked), {"msgtype": "text", "text": {"content": told}}


def _feishu(url: str, secrets: Mapping[str, str], told: str, now: Micros) -> tuple[str, Body]:
    # `<at user_id="all">` in a text would wake everybody
    body: Body = {"msg_type": "text", "content": {"text": told.replace("<", "＜")}}
    if "secret_env" in secrets:
        seconds = now // SECOND
        body |= {"timestamp": str(seconds), "sign": signing.feishu(secrets["secret_env"], seconds)}
    return f"{url.rstrip('/')}/{quote(secrets['token_env'], safe='')}", body


def _with(url: str, asked: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"


_ASKING = {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}
