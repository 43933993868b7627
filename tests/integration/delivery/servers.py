"""Real servers on this machine that take messages, or do what real ones do instead."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, NamedTuple

from tests.integration.delivery.mail_server import secured

TOO_LONG = 20.0
"""Seconds that a server hangs; far longer than any client of a test waits."""


class Request(NamedTuple):
    """What came."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[["Server", socket.socket], None]


class Server:
    """Answers each request by `choose`, which sees the request and how many came before it."""

    def __init__(self, choose: Callable[[int, Request], Behaviour]) -> None:
        self.choose, self.requests, self.port = choose, [], 0
        self.accepted: list[Request] = []
        self.lock, self.over = threading.Lock(), threading.Event()

    requests: list[Request]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def serving(
    behaviour: Behaviour | Callable[[int, Request], Behaviour],
    *,
    each: bool = False,
    tls: bool = False,
    raw: bool = False,
) -> Iterator[Server]:
    """A server that behaves so in every request; with `each`, as the function says for each of them. `raw`:
    it does not wait for the request."""
    server = Server(behaviour if each else lambda _nth, _request: behaviour)  # type: ignore[arg-type,return-value]

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            try:
                sock = secured(self.request) if tls else self.request
                request = Request("", {}, b"") if raw else received(sock)
                with server.lock:
                    nth = len(server.requests)
                    server.requests.append(request)
                    chosen = server.choose(nth, request)
                    if chosen is ok or chosen is robot_ok:
                        server.accepted.append(request)
                chosen(server, sock)
            except OSError:
                pass  # the client has gone, as it may

    class Listening(ThreadingTCPServer):
        daemon_threads, block_on_close, request_queue_size = True, False, 64

    with Listening(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_address[1]
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown()


def received(sock: socket.socket) -> Request:
    """One request, whole."""
    file = sock.makefile("rb")
    target = file.readline().decode().split(" ")[1]
    headers = {}
    while (line := file.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(target, headers, file.read(int(headers.get("content-length", "0"))))


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """An answer, whole."""

    def act(_server: Server, sock: socket.socket) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return act


def says(**said: Any) -> Behaviour:
    """200, and JSON, as robots do."""
    return answers(200, json.dumps(said).encode())


ok = answers(204)
robot_ok = says(errcode=0, errmsg="ok")


def hangs(server: Server, _sock: socket.socket) -> None:
    """Takes the request and says nothing."""
    server.over.wait(TOO_LONG)


def drips(server: Server, sock: socket.socket) -> None:
    """Says one byte at a time, each in time."""
    for sign in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000:
        sock.sendall(bytes([sign]))
        if server.over.wait(0.05):
            return


def resets(_server: Server, sock: socket.socket) -> None:
    """Breaks off in the midst of its answer."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nhalf of ")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def cuts(_server: Server, sock: socket.socket) -> None:
    """Ends in the midst of its answer, politely."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nhalf of ")


def vanishes(_server: Server, _sock: socket.socket) -> None:
    """Takes the request and closes the connection."""


def babbles(_server: Server, sock: socket.socket) -> None:
    """Says something that is no HTTP."""
    sock.sendall(b"220 mail.example ESMTP\r\n")


def floods(server: Server, sock: socket.socket) -> None:
    """200, and a body without an end."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not server.over.is_set():
        sock.sendall(b'{"errcode": 0} ' * 1_000)


def nobody() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
