"""Where the messages of Kafka and of PostgreSQL begin and end, for a proxy that cuts between them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

PRODUCE, FETCH, INIT_PRODUCER_ID, END_TXN = 0, 1, 22, 26
"""Kafka's numbers of requests that are worth cutting."""

CHUNK = 65_536
STARTUP = (80_877_103, 80_877_104)
"""PostgreSQL: asking for TLS or GSS; what follows is a start-up message again."""


class Wire:
    """One protocol: where a message from the client ends, and which is the one to cut at."""

    def frames(self, client: socket.socket) -> Iterator[bytes]:
        """Whole messages of the client."""
        raise NotImplementedError

    def answers(self, server: socket.socket) -> Iterator[bytes]:
        """What the server says, in pieces that may be passed on."""
        raise NotImplementedError

    def is_it(self, frame: bytes) -> int | None:
        """A number of this message if it is one to cut at, by which its answer is known; else None."""
        raise NotImplementedError

    def answers_it(self, answer: bytes, number: int) -> bool:
        """Whether this is its answer."""
        raise NotImplementedError


class KafkaWire(Wire):
    """Messages begin with their length; brokers name each other's ports, which become the proxies'."""

    def __init__(self, ports: dict[int, int]) -> None:
        self.ports, self.api_key = ports, END_TXN

    def frames(self, client: socket.socket) -> Iterator[bytes]:
        while head := _exactly(client, 4):
            yield head + (_exactly(client, struct.unpack(">i", head)[0]) or b"")

    def answers(self, server: socket.socket) -> Iterator[bytes]:
        for frame in self.frames(server):
            yield self._renamed(frame)

    def _renamed(self, frame: bytes) -> bytes:
        for real, ours in self.ports.items():
            frame = frame.replace(
                b"127.0.0.1" + struct.pack(">i", real), b"127.0.0.1" + struct.pack(">i", ours)
            )
        return frame

    def is_it(self, frame: bytes) -> int | None:
        api_key, _, correlation = struct.unpack(">hhi", frame[4:12])
        return int(correlation) if api_key == self.api_key else None

    def answers_it(self, answer: bytes, number: int) -> bool:
        return bool(struct.unpack(">i", answer[4:8])[0] == number)


class PostgresWire(Wire):
    """Messages begin with a letter and their length, after a start-up message without one."""

    word = b"COMMIT"

    def frames(self, client: socket.socket) -> Iterator[bytes]:
        starting = True
        while head := _exactly(client, 4 if starting else 5):
            size = struct.unpack(">i", head[-4:])[0] - 4
            body = _exactly(client, size) or b""
            yield head + body
            starting = starting and size == 4 and struct.unpack(">i", body)[0] in STARTUP

    def answers(self, server: socket.socket) -> Iterator[bytes]:
        while chunk := server.recv(CHUNK):
            yield chunk

    def is_it(self, frame: bytes) -> int | None:
        return 1 if frame[:1] in b"QP" and self.word in frame.upper() else None

    def answers_it(self, answer: bytes, number: int) -> bool:
        return self.word in answer


def _exactly(end: socket.socket, size: int) -> bytes | None:
    """So many bytes; None if the other side closed."""
    found = bytearray()
    while len(found) < size:
        chunk = end.recv(min(CHUNK, size - len(found)))
        if not chunk:
            return None
        found += chunk
    return bytes(found)
