"""Health of a process over HTTP: /healthz (does it live?), /readyz (does it do its work?), /metrics.

Answers hold states and counts only; still, who may reach the port is decided by the address it is bound to.
"""

from __future__ import annotations

import errno
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from rentalwatch import __version__
from rentalwatch.errors import InvalidInputError, StorageError
from rentalwatch.observe import metrics

READ_SECONDS = 5.0
"""How long a client may take to send its request."""

STOP_POLL_SECONDS = 0.05
"""How soon the server notices that it is to end."""


class Health:
    """What a process says of itself. Safe to use from any thread.

    It is ready while it has no problem; a process that is still starting sets one before it serves. With
    `silence_seconds` it also counts as dead once `alive()` was not called for so long.
    """

    def __init__(
        self, process: str, silence_seconds: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.process, self.silence_seconds, self._clock = process, silence_seconds, clock
        self._problems: dict[str, str] = {}
        self._lock = threading.Lock()
        self._registry = metrics.served_by(process)
        self._heard = clock()
        metrics.PROCESS_INFO.labels(process, __version__).set(1)

    def problem(self, name: str, what: str | None) -> None:
        """Sets a reason for not being ready, in a sentence; None clears it."""
        with self._lock:
            if what is None:
                self._problems.pop(name, None)
            else:
                self._problems[name] = what

    def alive(self) -> None:
        """A sign of life of the process's main loop."""
        self._heard = self._clock()

    def problems(self) -> dict[str, str]:
        """Why it is not ready: name → sentence."""
        with self._lock:
            return dict(self._problems)

    def silent(self) -> bool:
        """Whether no sign of life came for too long."""
        return self.silence_seconds is not None and self._clock() - self._heard > self.silence_seconds

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        metrics.PROCESS_READY.labels(self.process).set(not self.problems() and not self.silent())
        return generate_latest(self._registry)


@contextmanager
def serving(health: Health, address: str) -> Iterator[int]:
    """Serves a process's health on `host:port` until the block ends; yields the port (0 lets the system
    choose one). Raises StorageError (RW-PORT-TAKEN) or InvalidInputError (RW-LISTEN)."""
    server = _listen(health, *_parsed(address))
    thread = threading.Thread(
        target=server.serve_forever, args=(STOP_POLL_SECONDS,), name="health", daemon=True
    )
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that dawdles must not hold up the end of the process
    health: Health

    def server_bind(self) -> None:
        """Without the look-up of the host's name, which waits where there is no name service."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]


class _Asked(BaseHTTPRequestHandler):
    server: _Server
    timeout = READ_SECONDS
    server_version, sys_version = "rentalwatch", ""

    def do_GET(self) -> None:
        health = self.server.health
        if self.path == "/healthz":
            silent = health.silent()
            self._answer({"process": health.process, "alive": not silent}, 503 if silent else 200)
        elif self.path == "/readyz":
            problems = health.problems() | (
                {"silent": "its main loop stands still"} if health.silent() else {}
            )
            said = {"process": health.process, "ready": not problems, "problems": problems}
            self._answer(said, 503 if problems else 200)
        elif self.path == "/metrics":
            self._send(health.exposition(), 200, CONTENT_TYPE_LATEST)
        else:
            self._answer({"paths": ["/healthz", "/readyz", "/metrics"]}, 404)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Requests are not logged: they come every few seconds for ever."""

    def _answer(self, said: dict[str, object], status: int) -> None:
        self._send(json.dumps(said, ensure_ascii=False).encode(), status, "application/json")

    def _send(self, body: bytes, status: int, kind: str) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", len(body)),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _parsed(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise InvalidInputError(
            f"{address!r} is no address to listen on",
            todo="Write host:port, such as 127.0.0.1:9464.",
            code="RW-LISTEN",
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def _listen(health: Health, host: str, port: int) -> _Server:
    server = type("_Server", (_Server,), {"address_family": socket.AF_INET6}) if ":" in host else _Server
    try:
        made: _Server = server((host, port), _Asked)
    except (OSError, OverflowError) as e:
        raise _refused(host, port, e) from e
    made.health = health
    return made


def _refused(host: str, port: int, error: Exception) -> StorageError | InvalidInputError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return StorageError(
            f"port {port} of {host} is taken by another process",
            todo="End that process, or choose another port with RENTALWATCH_LISTEN (port 0: any free one).",
            code="RW-PORT-TAKEN",
        )
    return InvalidInputError(
        f"cannot listen on {host}:{port}: {error}",
        todo="Set RENTALWATCH_LISTEN to an address of this machine.",
        code="RW-LISTEN",
    )
