"""HTTP as far as a message needs it: one POST, whose answer is read as far as it may be.

The standard library's client, with our own way to connect: to a permitted address only, and in bounded time.
Redirects are not followed, they are answers that say no; so no server can send a message on to another one.
The environment's proxies are not asked: they would connect to what we may not.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from rentalwatch.delivery.addresses import connect
from rentalwatch.delivery.deadline import Deadline, Timeouts
from rentalwatch.delivery.outcomes import FailedError
from rentalwatch.domain.instants import Micros, instant

MAX_ANSWER = 16 * 1024
"""Bytes of an answer that are read; what robots answer has less than a hundred."""

_SECONDS = re.compile(r"^\d{1,9}$")
_PATH = "/%:@!$&'()*+,;=~-._"


class Answer(NamedTuple):
    """What the other side said: status, seconds asked to wait, the begin of the body, and whether that is
    all of it."""

    status: int
    wait: float | None
    body: bytes
    whole: bool


class _Connection(http.client.HTTPConnection):
    def __init__(self, url: str, private: bool, timeouts: Timeouts, deadline: Deadline) -> None:
        parts = urlsplit(url)
        self.secure = parts.scheme == "https"
        if parts.hostname is None:
            raise FailedError("forbidden", "url")
        super().__init__(parts.hostname, parts.port or (443 if self.secure else 80))
        self.private, self.timeouts, self.deadline = private, timeouts, deadline

    def connect(self) -> None:
        sock = connect(self.host, self.port, private=self.private, seconds=self.timeouts.connect)
        self.sock = sock
        self.deadline.watch(sock)
        sock.settimeout(self.timeouts.read)
        if self.secure:
            self.sock = trust().wrap_socket(sock, server_hostname=self.host)


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    private: bool,
    now: Micros,
    timeouts: Timeouts = Timeouts(),
) -> Answer:
    """Posts once. `now` is what dates in Retry-After are measured by. Raises FailedError: `forbidden`,
    `unreachable`, `timeout`, `broken`."""
    with Deadline(timeouts.total) as deadline:
        try:
            with closing(_Connection(url, private, timeouts, deadline)) as connection:
                connection.request("POST", _target(url), body, dict(headers))
                return _read(connection.getresponse(), deadline, now)
        except ssl.SSLError as e:
            raise FailedError("timeout" if deadline.over else "unreachable", "tls") from e
        except (OSError, http.client.HTTPException, ValueError) as e:
            raise _failed(e, deadline) from e


def _read(answer: http.client.HTTPResponse, deadline: Deadline, now: Micros) -> Answer:
    wait = retry_after(answer.headers.get("Retry-After"), now)
    said = answer.read(MAX_ANSWER)
    if deadline.over:  # a body without a stated length ends where the connection was cut
        raise TimeoutError
    whole = len(said) < MAX_ANSWER or answer.isclosed()
    if whole and answer.length:
        raise http.client.IncompleteRead(b"")
    return Answer(answer.status, wait, said, whole)


def _failed(error: Exception, deadline: Deadline) -> FailedError:
    if deadline.over or isinstance(error, TimeoutError):
        return FailedError("timeout", "answer")
    if isinstance(error, ValueError):
        return FailedError("broken", "url")
    return FailedError("broken", "reset" if isinstance(error, OSError) else "answer")


def _target(url: str) -> str:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return quote(parts.path or "/", safe=_PATH) + quote(query, safe=_PATH + "?")


def retry_after(said: str | None, now: Micros) -> float | None:
    """The seconds that a header Retry-After asks for, as a number or as a date; None if it says neither."""
    if said is None:
        return None
    if _SECONDS.match(said.strip()):
        return float(said)
    try:
        moment: datetime = parsedate_to_datetime(said)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - instant(now)).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates are believed: the system's, or those of SSL_CERT_FILE."""
    return ssl.create_default_context()
