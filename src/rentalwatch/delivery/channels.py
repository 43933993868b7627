"""Channels as data: who is told of what, where and when. One YAML file, `RENTALWATCH_CHANNELS`.

Secrets are not in it: a channel names the environment variables that hold them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from rentalwatch.delivery.notification import Notification, Severity, SeverityWord
from rentalwatch.delivery.quiet import QuietHours
from rentalwatch.delivery.retrying import Retries
from rentalwatch.domain.events import AlertLevel, AreaPath
from rentalwatch.domain.instants import SECOND, Micros
from rentalwatch.errors import MisplacedError

Kind = Literal["webhook", "wecom", "dingtalk", "feishu", "smtp"]
ROBOTS = ("wecom", "dingtalk", "feishu")

ROBOT_URLS = {
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
    "dingtalk": "https://oapi.dingtalk.com/robot/send",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/",
}
"""Where the robots of each platform are asked; a channel may name another, such as a gateway of one's own."""

ROBOTS_A_MINUTE = 20
"""What each platform allows to one robot; who sends more is locked out for a while."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Address = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,190}$")]
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_SECRET = re.compile(r"key|token|secret|passw|sign|auth", re.IGNORECASE)


class Channel(BaseModel):
    """One way to one audience."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    kind: Kind
    levels: Annotated[tuple[AlertLevel, ...], Field(min_length=1)]
    areas: Annotated[tuple[AreaPath, ...], Field(min_length=1)]
    """Notifications for areas at or below one of these; `""` for all."""
    at_least: SeverityWord = Severity.NOTICE
    lang: Literal["zh", "en"] = "zh"
    zone: str = ""
    """Of its quiet hours and of the times in its messages; else the file's."""
    url: str = ""
    token_env: Variable | None = None
    """Holds what names a robot in its URL: 企业微信 `key`, 钉钉 `access_token`, 飞书 the last part."""
    secret_env: Variable | None = None
    """Holds what messages are signed with; of smtp the password."""
    host: Annotated[str, StringConstraints(max_length=253)] = ""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, StringConstraints(max_length=200)] = ""
    sender: Address | None = Field(default=None, alias="from")
    to: Annotated[tuple[Address, ...], Field(max_length=50)] = ()
    quiet: QuietHours | None = None
    digest: Annotated[float, Field(ge=0, le=24 * 60)] = 0.0
    """Minutes for which notifications of one place are gathered. Those put together always are."""
    per_minute: Annotated[int, Field(ge=1, le=10_000)] | None = None
    allow_private: bool = False
    """Whether it may reach loopback and private addresses, and speak without TLS."""

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str) -> str:
        parts = urlsplit(url)  # raises ValueError of its own
        if parts.username is not None or parts.password is not None:
            raise ValueError("holds a name or a password: put it into the environment, not into this file")
        if any(_SECRET.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
            raise ValueError("holds a secret: name the environment variable that has it (token_env)")
        if parts.hostname == urlsplit(ROBOT_URLS["feishu"]).hostname and _UUID.search(parts.path):
            raise ValueError(
                "ends with the robot's token: name the environment variable that has it (token_env)"
            )
        return url

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        return _zone(zone) if zone else zone

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Channel:
        for field, wanted in _fields_of(self.kind).items():
            given, shown = field in self.model_fields_set, "from" if field == "sender" else field
            if given and wanted == "never":
                raise MisplacedError(f"{self.kind} has no {shown}", shown)
            if not given and wanted == "always":
                raise MisplacedError(f"{self.kind} needs {shown}", shown)
        return self

    @model_validator(mode="after")
    def _speaks_safely(self) -> Channel:
        if self.kind == "smtp":
            if self.tls == "none" and (self.user or not self.allow_private):
                raise MisplacedError("mail without TLS, only with allow_private and without a login", "tls")
            if bool(self.user) != (self.secret_env is not None):
                raise MisplacedError("a login has a user and a secret_env", "user")
            return self
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise MisplacedError("is no URL of the kind https://host/path", "url")
        if parts.scheme == "http" and not self.allow_private:
            raise MisplacedError("http without TLS, only with allow_private", "url")
        if parts.fragment:
            raise MisplacedError("has a fragment, which is never sent", "url")
        parts.port  # noqa: B018 - raises ValueError where it is none
        return self

    @property
    def endpoint(self) -> str:
        """Where it posts to, without what the environment adds."""
        return self.url or ROBOT_URLS.get(self.kind, "")

    @property
    def limit(self) -> int | None:
        """Messages a minute, None for as many as there are."""
        return self.per_minute or (ROBOTS_A_MINUTE if self.kind in ROBOTS else None)

    def takes(self, notification: Notification) -> bool:
        """Whether its people are to be told."""
        return (
            notification.level in self.levels
            and notification.severity >= self.at_least
            and any(notification.area.startswith(area) for area in self.areas)
        )

    def goes_out(self, at: Micros, severity: Severity) -> Micros:
        """When a message is sent that was opened at an instant: after the digest and the quiet hours."""
        ready = at + int(self.digest * 60 * SECOND)
        return self.quiet.after(ready, severity, self.zone) if self.quiet else ready


def _fields_of(kind: str) -> dict[str, str]:
    """Which fields a kind always or never has."""
    mail = dict.fromkeys(("host", "sender", "to"), "always" if kind == "smtp" else "never")
    mail |= {} if kind == "smtp" else dict.fromkeys(("port", "tls", "user"), "never")
    web = {"url": "never", "token_env": "never"}
    web |= {"url": "always", "secret_env": "always"} if kind == "webhook" else {}
    web = {"token_env": "always"} if kind in ROBOTS else web
    return mail | web | ({"secret_env": "never"} if kind == "wecom" else {})


class Channels(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "Asia/Shanghai"
    retry: Retries = Retries()
    channels: tuple[Channel, ...]

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        return _zone(zone)

    @model_validator(mode="after")
    def _names_are_its_own(self, _info: ValidationInfo) -> Channels:
        twice = [name for name, n in Counter(c.name for c in self.channels).items() if n > 1]
        if twice:
            last = max(i for i, c in enumerate(self.channels) if c.name == twice[0])
            raise MisplacedError(f"{twice[0]} is the name of another channel", "channels", last, "name")
        return self

    def by_name(self) -> dict[str, Channel]:
        """Name → channel, each with its zone."""
        return {c.name: c if c.zone else c.model_copy(update={"zone": self.zone}) for c in self.channels}


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone, such as Asia/Shanghai")
    return name
